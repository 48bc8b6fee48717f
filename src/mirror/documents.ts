/** Step 6, the documents that hang on a project: attestations of its files (PEP 740), and its JSON API document. */
import type { DocrootPath } from '../pypi/types.ts';
import { type ApiDocument, bringApiDocument, keepApiDocument } from './api-document.ts';
import { type Attestations, askAttestations, wantedAttestations } from './attestations.ts';
import { type Brought, orElse } from './brought.ts';
import type { MirrorDeps } from './deps.ts';
import { OutageWatch } from './outage.ts';
import type { Outcome } from './outcome.ts';
import { parallel } from './parallel.ts';

/**
 * Brings in what the published projects' documents say, into staging. One that cannot be had keeps nothing back: the page
 * is published without it, or with the one that is there, and the project is owed. After an interruption what was not
 * asked for leaves its project due.
 */
export async function bringDocuments(
  deps: MirrorDeps,
  outcomes: readonly Outcome[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const watch = new OutageWatch(deps, signal);
  const attested = new Map<DocrootPath, Brought<Attestations>>();
  const documents = new Map<Outcome, Brought<ApiDocument>>();
  const tasks = outcomes.flatMap((outcome) => [
    ...wantedAttestations(outcome).map((file) => async (either: AbortSignal) => {
      const held = file.heldProvenance;
      const brought = await orElse<Attestations>(watch, held, () => askAttestations(deps, file, either));
      attested.set(file.path, brought);
    }),
    ...(outcome.update === null || !deps.settings.jsonApi
      ? []
      : [
          async (either: AbortSignal) => {
            documents.set(outcome, await bringApiDocument(deps, outcome, watch, either));
          },
        ]),
  ]);
  await parallel(tasks, deps.settings.pagesAtOnce, signal, (task, either) => task(either));
  const complete: Outcome[] = [];
  for (const outcome of outcomes) {
    const asked = documents.get(outcome) ?? null;
    const isKept = asked === null && outcome.update !== null && deps.settings.jsonApi;
    const document = isKept ? await keepApiDocument(deps, outcome) : (asked?.value ?? null);
    complete.push(withDocuments(deps, outcome, attested, document, asked));
  }
  return complete;
}

function withDocuments(
  deps: MirrorDeps,
  outcome: Outcome,
  attested: ReadonlyMap<DocrootPath, Brought<Attestations>>,
  document: ApiDocument | null,
  asked: Brought<ApiDocument> | null,
): Outcome {
  const { update } = outcome;
  if (update === null) return outcome;
  const wanted = new Map(wantedAttestations(outcome).map((file) => [file.path, attested.get(file.path)]));
  const isComplete =
    [...wanted.values()].every((brought) => brought !== undefined) &&
    (asked !== null || !deps.settings.jsonApi);
  const errors = [...[...wanted.values()].map((brought) => brought?.error ?? null), asked?.error ?? null];
  const failure = outcome.failure ?? errors.find((error) => error !== null) ?? null;
  return {
    ...outcome,
    update: {
      ...update,
      files: update.files.map((file) => ({
        ...file,
        provenance: wanted.has(file.path) ? (wanted.get(file.path)?.value ?? null) : file.provenance,
      })),
      api: document?.known ?? null,
    },
    staged: [...outcome.staged, ...[...wanted].flatMap(([, brought]) => brought?.value?.staged ?? [])],
    document: document?.state ?? 'kept',
    settled: outcome.settled && isComplete && failure === null,
    failure,
  };
}
