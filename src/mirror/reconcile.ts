/** The reconcile sweep: finds the changes that no changelog row announces, a share of all projects in each run. */
import type { Demand } from '../catalogue/contract.ts';
import type { ListedProject, ProjectName } from '../pypi/types.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import {
  addSuspects,
  emitCompared,
  isKnownAsListed,
  knownList,
  type RemovalsAllowed,
  readList,
  rememberList,
  removedSince,
} from './listing.ts';

/** A list this long is compared by every run; reading a longer one takes seconds. */
const LIST_ENTRIES_SMALL = 20_000;
/** A longer list is compared so many times while the sweep goes once through all projects: once a day with the defaults. */
const COMPARISONS_PER_CYCLE = 7;

/**
 * Makes due the share of all projects that was validated longest ago, and compares the project list. What is found there
 * is due like anything else: the same waves, the same limits, and what a killed run leaves undone stays due.
 *
 * @throws UPSTREAM_LIST_IMPLAUSIBLE (P7)
 */
export async function reconcile(
  deps: MirrorDeps,
  allowed: RemovalsAllowed,
  signal: AbortSignal,
): Promise<void> {
  const { catalogue } = deps;
  const share = deps.settings.reconcileShare;
  const isChangelog = kindOf(deps) === 'changelog';
  // Before the share is taken, so that a project is not asked for twice. What a faulty first list lacked only another list clears.
  if (isChangelog && (share !== null || catalogue.hasDoubted()))
    await compareListInTurn(deps, share ?? 1, allowed, signal);
  if (share === null) return;
  const leftOut = deps.selection.fingerprint === '' ? 0 : catalogue.counts().leftOut;
  const count = Math.ceil((catalogue.publishedCount() + leftOut) * share);
  catalogue.addDue(catalogue.leastRecentlyValidated(count).map((name) => look(name, null)));
}

function look(name: ProjectName, displayName: string | null): Demand {
  return { ...demandWithoutChange(name, displayName, 'reconcile'), replan: false };
}

/** An earlier list has lost it. */
function isDoubted({ catalogue }: MirrorDeps, name: ProjectName): boolean {
  return catalogue.project(name)?.withdrawn === true || catalogue.due(name)?.source === 'unlisted';
}

/** On the list again: that counts for more than whatever else asks for it. */
function listed(name: ProjectName, displayName: string | null): Demand {
  return { ...demandWithoutChange(name, displayName, 'list'), replan: false };
}

async function compareListInTurn(
  deps: MirrorDeps,
  share: number,
  allowed: RemovalsAllowed,
  signal: AbortSignal,
): Promise<void> {
  const { catalogue } = deps;
  const memory = catalogue.listMemory();
  if (memory !== null && memory.entries > LIST_ENTRIES_SMALL) {
    const every = Math.max(1, Math.round(1 / share / COMPARISONS_PER_CYCLE));
    catalogue.setListMemory({ ...memory, runs: memory.runs + 1 });
    if (memory.runs + 1 < every && !catalogue.hasAbsent() && !catalogue.hasDoubted()) return;
  }
  const listing = await deps.upstream.projects(signal, knownList(deps));
  if (listing.unchanged) {
    rememberList(deps, listing, memory?.entries ?? 0);
    return;
  }
  const read = await readList(deps, listing, (kept) =>
    catalogue.addDue(
      kept
        .filter(({ name }) => !removedSince(deps, name, listing.serial))
        .filter((entry) => differs(deps, entry))
        .map(({ name, displayName }) =>
          isDoubted(deps, name) ? listed(name, displayName) : look(name, displayName),
        ),
    ),
  );
  addSuspects(deps, read, listing.serial, allowed);
  rememberList(deps, listing, read.entries);
  emitCompared(deps);
}

/** Not with us at all, spelled as we do not know it, or newer there, though the changelog that we have read does not say so. */
function differs(deps: MirrorDeps, entry: ListedProject): boolean {
  const { name, serial } = entry;
  const known = deps.catalogue.project(name);
  if (known === null || !isKnownAsListed(deps, entry)) return true;
  const discovered = deps.catalogue.progress().discovered ?? 0;
  return serial !== null && known.serial !== null && serial > known.serial && serial <= discovered;
}
