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
import type { Need } from '../../catalogue/contract.ts';
import type { MirrorDeps } from '../deps.ts';
import { specifierSet } from './asks.ts';
import { byName, demandsOfChange, type NeedsByName } from './changes.ts';
import { closureOf, type PlannedFor } from './closure.ts';
import { needsWarnings } from './tell.ts';

export { chainOf } from './chain.ts';
export { type NeedsReport, needsReport, type UnknownNeeds, type UnmetNeed, unmetNeeds } from './report.ts';

/** To be raised when needs are followed otherwise than before: then they are counted anew. */
const FOLLOWED = 1;

/**
 * Brings what is needed up to date with what is published. Returns how many projects became due by it; 0, at once, when nothing has
 * changed since the last time. A file of which upstream fails to say just now what it needs is told of, and asked about by the next run;
 * until then nothing leaves for want of being needed (P7).
 *
 * @throws INTERRUPTED, STORE_*, CATALOGUE_UNREADABLE; UPSTREAM_* when it is an outage
 */
export async function followNeeds(deps: MirrorDeps, signal: AbortSignal): Promise<number> {
  const { catalogue } = deps;
  const fingerprint = fingerprintOf(deps);
  if (!catalogue.areNeedsStale(fingerprint)) return 0;
  const before = neededSoFar(deps);
  const closure = await closureOf(deps, plannedFor(before), signal);
  const isWhole = closure.unasked.size === 0;
  const needs = isWhole ? closure.needs : [...closure.needs, ...[...before.values()].flat()];
  const demands = catalogue.atomically(() => {
    const found = demandsOfChange(deps, before, byName(needs));
    if (!isAlike(before, needs)) catalogue.replaceNeeds(needs);
    catalogue.addDue(found);
    // While something is due they are counted once more: what comes of it is told, too.
    if (isWhole && found.length === 0) catalogue.setNeedsFresh(fingerprint);
    return found;
  });
  if (demands.length === 0) for (const warning of needsWarnings(deps, closure)) deps.emit(warning);
  return demands.length;
}

/** Nothing is to be written, then: comparing is quicker here than in the catalogue. */
function isAlike(before: NeedsByName, now: readonly Need[]): boolean {
  const were = new Set([...before.values()].flat().map(spell));
  return were.size === now.length && now.every((need) => were.has(spell(need)));
}

function spell({ name, of, by, specifier, extras }: Need): string {
  return [name, of, by, specifier, ...extras.toSorted()].join('\n');
}

/** What the needs depend on, besides what is published. */
function fingerprintOf({ selection }: MirrorDeps): string {
  const places = selection.environments.map(({ python, platform }) => `${python} ${platform}`).sort();
  return `${FOLLOWED} ${JSON.stringify(places)} ${selection.fingerprint}`;
}

function neededSoFar({ catalogue }: MirrorDeps): NeedsByName {
  const needs = new Map<Need['name'], readonly Need[]>();
  for (const name of catalogue.neededNames()) needs.set(name, catalogue.needsOf(name));
  return needs;
}

function plannedFor(needs: NeedsByName): PlannedFor {
  return new Map([...needs].map(([name, asks]) => [name, specifierSet(asks)]));
}
