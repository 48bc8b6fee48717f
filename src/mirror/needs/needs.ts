/**
 * What kept releases need of other projects: followed from the roots, written down, and made due. Read this first.
 *
 *  1. closure       from the roots over what is published, which needs there are (closure.ts): the files that speak for the
 *                   kept releases (releases.ts), what each says (learn-needs.ts), for the declared environments (requirements.ts)
 *  2. changes       which projects are other for that than they were (changes.ts)
 *  3. write         the needs, and what they make due, in one transaction
 *  4. tell          what is needed and not there, and what cannot be known (report.ts, tell.ts)
 *
 * What becomes due is worked off in ordinary waves, and what these publish may need more: the caller asks again until nothing is due.
 */
import type { Demand } from '../../catalogue/contract.ts';
import { JubjubError } from '../../errors.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { demandWithoutChange } from '../demands.ts';
import type { MirrorDeps } from '../deps.ts';
import { failureOf } from '../outcome.ts';
import { type PlannedFor, specifiersOf } from './asks.ts';
import { demandsOfChange } from './changes.ts';
import { type Closure, closureOf } from './closure.ts';
import { type Needs, signatureOf, unionOf } from './gathered.ts';
import { needsWarnings } from './tell.ts';

export { chainOf } from './chain.ts';
export {
  type NeedsReport,
  needsReport,
  type UnknownNeeds,
  type UnmetNeed,
  unmetNeeds,
  unmetRequirements,
} from './report.ts';
export { requirementWarnings } from './tell.ts';

/** Projects that come in for being needed only: so many more at once are a mistake in the rules, or somebody's malice. */
export const NEEDED_PROJECTS_PER_RUN_MAX = 20_000;

/** What became of following needs once. */
export interface Followed {
  /** Projects that became due by it. */
  readonly due: number;
  /** Of these, those that are not here yet. */
  readonly newcomers: number;
}

const NOTHING: Followed = { due: 0, newcomers: 0 };

/** To be raised when needs are followed otherwise than before: then they are counted anew. */
const FOLLOWED = 1;

/**
 * Brings what is needed up to date with what is published. Returns how many projects became due by it; none, at once, when nothing has
 * changed since the last time. No more than `projectsLeft` may come in. A file of which upstream fails to say just now what it needs is owed, and asked about by the next run;
 * until then nothing leaves for want of being needed (P7).
 *
 * @throws INTERRUPTED, STORE_*, CATALOGUE_UNREADABLE, LIMIT_NEEDS (then nothing is written); UPSTREAM_* when it is an outage
 */
export async function followNeeds(
  deps: MirrorDeps,
  projectsLeft: number,
  signal: AbortSignal,
): Promise<Followed> {
  const { catalogue } = deps;
  const fingerprint = fingerprintOf(deps);
  if (!catalogue.areNeedsStale(fingerprint)) return NOTHING;
  const before = neededSoFar(deps);
  const closure = await closureOf(deps, before.specifiers, signal);
  const isWhole = closure.unasked.size === 0;
  const needs = isWhole ? closure.needs : unionOf(closure.needs, writtenNeeds(deps));
  const followed = catalogue.atomically(() => {
    const found = demandsOfChange(deps, before.specifiers, needs);
    const newcomers = found.filter((demand) => isNew(deps, demand)).length;
    refuseTooMany(newcomers, projectsLeft);
    if (!isAlike(before, needs))
      catalogue.replaceNeeds([...needs.names()].flatMap((name) => needs.needsOf(name)));
    catalogue.addDue(found);
    // While something is due they are counted once more: what comes of it is told, too.
    if (isWhole && found.length === 0) catalogue.setNeedsFresh(fingerprint);
    return { due: found.length, newcomers };
  });
  if (followed.due > 0) return followed;
  for (const warning of needsWarnings(deps, closure)) deps.emit(warning);
  owe(deps, closure);
  return NOTHING;
}

function isNew({ catalogue }: MirrorDeps, { name, source }: Demand): boolean {
  return source !== 'selection' && !catalogue.isPublished(name);
}

/** @throws LIMIT_NEEDS */
function refuseTooMany(count: number, left: number): void {
  if (count <= left) return;
  throw new JubjubError('LIMIT_NEEDS', `${count} more projects are needed than before`, {
    expected: `at most ${left} more in this run`,
    received: String(count),
    effect: 'none of them comes in, and nothing leaves; the rest of the mirror is up to date',
    hint:
      'look with `jubjub explain` who needs so much, and leave it out with `[projects] block`; ' +
      'what is meant to be there can be asked for by name, in `[projects] allow` or `requirements`',
  });
}

/** P7, P8: what could not be asked is owed: the run does not end with 0, and the next one tries those projects first. */
function owe(deps: MirrorDeps, { unasked }: Closure): void {
  const { catalogue, clock } = deps;
  const failures = new Map([...unasked.values()].map(({ project, error }) => [project, error]));
  if (failures.size === 0) return;
  catalogue.atomically(() => {
    catalogue.addDue([...failures.keys()].map((name) => demandWithoutChange(name, null, 'settings')));
    const owed = [...failures].map(([name, error]) => {
      const due = catalogue.due(name);
      return due === null ? [] : [failureOf(deps, due, error)];
    });
    catalogue.fail(owed.flat(), clock.now());
  });
}

/** What the needs depend on, besides what is published. */
function fingerprintOf({ selection }: MirrorDeps): string {
  const places = selection.environments.map(({ python, platform }) => `${python} ${platform}`).sort();
  return `${FOLLOWED} ${JSON.stringify(places)} ${selection.fingerprint}`;
}

/** The needs as they are written down. */
function writtenNeeds({ catalogue }: MirrorDeps): Needs {
  return { names: () => catalogue.neededNames(), needsOf: (name) => catalogue.needsOf(name) };
}

/** What is to be remembered of them while they are counted anew. */
interface Before {
  readonly specifiers: PlannedFor;
  readonly signatures: ReadonlyMap<ProjectName, string>;
}

function neededSoFar(deps: MirrorDeps): Before {
  const written = writtenNeeds(deps);
  const specifiers = new Map<ProjectName, ReadonlySet<string>>();
  const signatures = new Map<ProjectName, string>();
  for (const name of written.names()) {
    const needs = written.needsOf(name);
    specifiers.set(name, specifiersOf(needs));
    signatures.set(name, signatureOf(needs));
  }
  return { specifiers, signatures };
}

/** Then nothing is to be written: comparing here is quicker. */
function isAlike({ signatures }: Before, now: Needs): boolean {
  const names = [...now.names()];
  return (
    names.length === signatures.size &&
    names.every((name) => signatures.get(name) === signatureOf(now.needsOf(name)))
  );
}
