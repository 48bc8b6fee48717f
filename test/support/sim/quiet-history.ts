/**
 * What else may happen to an index, for histories that ask for it: changes that no changelog row announces, and wheels
 * that are not what they seem.
 *
 * A mirror must survive these because only looking at every page finds them (trap 9): nothing of it may be lost for
 * ever, and nothing of it may remove what is still there. One in four is not purged either, so that the edge keeps
 * the page of before for its day.
 */
import type { Recipe } from '../../../src/demo/distribution.ts';
import type { FoundFile } from '../../../src/demo/index-core.ts';
import type { IndexProject } from '../../../src/demo/index-model.ts';
import type { IndexState, QuietOptions } from '../../../src/demo/index-state.ts';
import type { JsonObject } from '../../../src/pypi/types.ts';
import type { Prng } from '../prng.ts';
import { makeWheel } from '../wheels.ts';
import { oddWheel } from './odd-wheels.ts';

/** Does one thing and tells it in words; null when there was nothing to do it to. */
export type Happening = (state: IndexState, prng: Prng) => string | null;

type QuietHappening = (
  state: IndexState,
  prng: Prng,
  recipe: (state: IndexState, prng: Prng) => Recipe,
) => string | null;

const UNPURGED_SHARE = 0.25;
/** The bombs are for tests of their own: they cost memory here, too. */
const ODD_KINDS = [
  'other-metadata',
  'no-zip',
  'cut-zip',
  'no-metadata',
  'two-dist-infos',
  'metadata-twice',
  'overlapping',
] as const;
const STATUSES = ['active', 'archived', 'deprecated'] as const;
const REASONS = [null, 'superseded by snark', 'see <issue> & "notes"', ''] as const;

function maybePurged(prng: Prng): QuietOptions {
  return { purges: !prng.chance(UNPURGED_SHARE) };
}

function somePick<T>(prng: Prng, items: readonly T[]): T | null {
  return items.length === 0 ? null : prng.pick(items);
}

function someProject(state: IndexState, prng: Prng, accept: (project: IndexProject) => boolean = () => true) {
  return somePick(prng, [...state.projects].filter(accept));
}

function someFile(state: IndexState, prng: Prng, accept: (found: FoundFile) => boolean): FoundFile | null {
  const found = [...state.projects].flatMap((project) =>
    [...project.releases.values()].flatMap((release) =>
      [...release.files.values()].map((file) => ({ project, release, file })).filter(accept),
    ),
  );
  return somePick(prng, found);
}

/** A provenance document that differs from every other one by its number. */
export function provenanceNumber(number: number): JsonObject {
  const publisher = { claims: null, kind: 'GitHub', repository: `carroll/snark-${number}` };
  return { attestation_bundles: [{ attestations: [], publisher }], version: 1 };
}

/** A wheel whose page does not say that it has metadata; without these there is nothing to back-fill. */
const withhold: QuietHappening = (state, prng, recipe) => {
  const wheel = makeWheel(recipe(state, prng));
  if (state.filenameUsed(wheel.filename)) return null;
  state.uploadFile(wheel, null, { advertiseMetadata: false });
  return `withhold the metadata of ${wheel.filename}`;
};

const odd: QuietHappening = (state, prng, recipe) => {
  const kind = prng.pick(ODD_KINDS);
  const wheel = oddWheel(recipe(state, prng), kind);
  if (state.filenameUsed(wheel.filename)) return null;
  state.uploadFile(wheel);
  return `odd wheel (${kind}) ${wheel.filename}`;
};

const backfill: QuietHappening = (state, prng) => {
  const found = someFile(state, prng, ({ file }) => file.withheldMetadata !== null);
  if (found === null) return null;
  state.backfillMetadata(found.file.filename, null, maybePurged(prng));
  return `backfill ${found.file.filename}`;
};

const provenance: QuietHappening = (state, prng) => {
  const found = someFile(state, prng, () => true);
  if (found === null) return null;
  const document = prng.chance(0.1) ? null : provenanceNumber(prng.int(2 ** 31));
  state.setProvenance(found.file.filename, document, maybePurged(prng));
  return `provenance of ${found.file.filename} ${document === null ? 'gone' : 'changed'}`;
};

const status: QuietHappening = (state, prng) => {
  const project = someProject(state, prng, (one) => one.status !== 'quarantined');
  if (project === null) return null;
  const [to, reason] = [prng.pick(STATUSES), prng.pick(REASONS)];
  state.setProjectStatus(project.displayName, to, reason, maybePurged(prng));
  return `status of ${project.displayName}: ${to}, ${JSON.stringify(reason)}`;
};

const vanish: QuietHappening = (state, prng) => {
  const project = someProject(state, prng);
  if (project === null) return null;
  state.removeProject(project.displayName, { journal: false, ...maybePurged(prng) });
  return `vanish ${project.displayName}`;
};

const ownership: QuietHappening = (state, prng) => {
  const project = someProject(state, prng);
  if (project === null) return null;
  const slug = prng.pick([null, 'wonderland', 'looking-glass']);
  state.setOrganization(project.displayName, slug, maybePurged(prng));
  return `ownership of ${project.displayName}: ${slug}`;
};

const vulnerability: QuietHappening = (state, prng) => {
  const found = someFile(state, prng, () => true);
  if (found === null) return null;
  const id = `PYSEC-2026-${prng.int(1000)}`;
  const report = {
    aliases: [],
    details: 'It is a Boojum.',
    fixed_in: [],
    id,
    source: 'osv',
    withdrawn: null,
  };
  const link = `https://osv.example/${id}`;
  const { displayName } = found.project;
  const reports = prng.chance(0.2) ? [] : [{ ...report, link, summary: null }];
  state.setVulnerabilities(displayName, found.release.version, reports, maybePurged(prng));
  return `vulnerability of ${displayName} ${found.release.version}`;
};

/** By kind. All of them are off unless a history gives them a weight. */
export const QUIET_STEPS = {
  withhold,
  odd,
  backfill,
  provenance,
  status,
  vanish,
  ownership,
  vulnerability,
} satisfies Readonly<Record<string, QuietHappening>>;

export type QuietKind = keyof typeof QUIET_STEPS;
export type QuietWeights = Readonly<Partial<Record<QuietKind, number>>>;

/** All kinds, about as often as yanks and removals. */
export const QUIET_WEIGHTS: QuietWeights = {
  withhold: 12,
  odd: 4,
  backfill: 4,
  provenance: 6,
  status: 4,
  vanish: 2,
  ownership: 2,
  vulnerability: 2,
};
