/** The attestations of files (PEP 740): stored beside them, asked for again with their project, because they may change. */
import type { KnownFile } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import { provenancePath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import type { Outcome } from './outcome.ts';
import type { PlannedFile } from './plan.ts';

/** Attestations as they are to be remembered, and the staged path when they are new. */
export type Attestations = (NonNullable<KnownFile['provenance']> & { readonly staged?: DocrootPath }) | null;

/** Those that are missing; all of them when their project is revalidated. */
export function wantedAttestations({ project, update }: Outcome): PlannedFile[] {
  if (update === null) return [];
  const published = new Set(update.files.map((file) => file.path));
  return (project.plan?.files ?? []).filter(
    (file) =>
      file.provenanceUrl !== null &&
      published.has(file.path) &&
      (project.revalidates || file.heldProvenance === null),
  );
}

/** Asks for one file's attestations and stages them when they say something new. @throws UPSTREAM_*, STORE_*, INTERRUPTED */
export async function askAttestations(
  deps: MirrorDeps,
  file: PlannedFile,
  signal: AbortSignal,
): Promise<Attestations> {
  const held = file.heldProvenance;
  const validator = held?.validator ?? null;
  const encoding = validator?.encoding ?? 'gzip';
  const url = file.provenanceUrl ?? '';
  const reply = await deps.upstream.document({ what: 'provenance', url, validator, encoding }, signal);
  if (reply.kind === 'unchanged') return held;
  if (reply.kind === 'absent') return withoutAnswer(file, reply.isRefused === true);
  const sha256 = sha256Of(reply.bytes);
  const path = provenancePath(file.path);
  // P5: what says the same is not written again.
  if (sha256 === held?.sha256) return { sha256, validator: reply.validator };
  await deps.store.stageBytes(path, reply.bytes);
  return { sha256, validator: reply.validator, staged: path };
}

/**
 * Attestations that lie beside a file, and that its page does not tell of any more: that is upstream's word, which a 404 alone is not (P7).
 * They go after the page (P1). Where another project has a file at the same path they stay, and a sweep looks at them.
 */
export function takenBack({ catalogue }: MirrorDeps, { project, update }: Outcome): DocrootPath[] {
  const published = new Set(update?.files.map(({ path }) => path));
  return (project.plan?.files ?? [])
    .filter(({ provenanceUrl, heldProvenance }) => provenanceUrl === null && heldProvenance !== null)
    .filter(({ path }) => published.has(path) && catalogue.filesAt(path).length === 1)
    .map(({ path }) => provenancePath(path));
}

/**
 * P7: its page still says that there are attestations, so that a 404 takes away none that we have; it is owed. An index that
 * refuses all of them owes nobody anything.
 */
function withoutAnswer(file: PlannedFile, isRefused: boolean): Attestations {
  if (file.heldProvenance === null || isRefused) return file.heldProvenance;
  throw new JubjubError('UPSTREAM_ABSENT', `the attestations are not there any more: ${file.filename}`, {
    url: file.provenanceUrl ?? '',
    expected: 'the attestations that the page tells of',
    received: '404',
    effect: 'those that we have stay; the project is pending',
  });
}
