/** Discovery at an upstream without serials: new and lost names from its list, and pages that are no longer fresh (kind `poll`). */
import type { Demand, ListMemory } from '../catalogue/contract.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { ProjectListing } from '../upstream/contract.ts';
import { demandOfFirstList, demandWithoutChange } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { addSuspects, isKnownAsListed, knownList, readList, rememberList } from './listing.ts';

/** Nothing is decided by the serials of such an upstream's list, should it have any. */
const NO_SERIAL = 0;
const DEMANDS_PER_WRITE = 2_000;
/** However often a server says that nothing has changed on it: older pages are asked for again. */
const HINT_MS_MAX = 24 * 3_600_000;

/**
 * Makes due what the list has and we do not, what we have and the list does not (suspects), and every page that was
 * validated longer ago than `expiry`. The catalogue's serial stays 0: there is nothing to count.
 *
 * @throws UPSTREAM_LIST_IMPLAUSIBLE (P7)
 */
export async function discoverByPolling(
  deps: MirrorDeps,
  options: Pick<SyncOptions, 'full' | 'allowRemovals'>,
  signal: AbortSignal,
): Promise<void> {
  const { full } = options;
  const { catalogue, upstream } = deps;
  const isFirst = catalogue.progress().discovered === null;
  const memory = catalogue.listMemory();
  const listing = await upstream.projects(signal, isFirst || full ? null : knownList(deps));
  const quietSinceMs = unchangedSinceMs(deps, listing, memory);
  if (!listing.unchanged) {
    if (isFirst) catalogue.startListing();
    const read = await readList(deps, listing, (kept) => {
      const wanted = kept.filter((entry) => isFirst || !isKnownAsListed(deps, entry));
      catalogue.addDue(
        wanted.map((entry) =>
          isFirst
            ? demandOfFirstList(entry, NO_SERIAL)
            : demandWithoutChange(entry.name, entry.displayName, 'list'),
        ),
      );
    });
    addSuspects(deps, read, null, options);
    catalogue.atomically(() => {
      if (isFirst) catalogue.finishListing(0);
      rememberList(deps, listing, read.entries);
    });
  }
  if (!isFirst) expire(deps, staleAtMs(deps, full, quietSinceMs), full);
  const projects = catalogue.untriedCount();
  deps.emit({ type: 'discovered', head: 0, projects, why: 'project list' });
}

/**
 * When this server's counter was first what it is now: pages that were validated since are as they were. Null: it has none,
 * it has moved, or it is not to be believed.
 *
 * devpi counts everything that changes on it. That is a hint only: what it copies from elsewhere it looks for when it is
 * asked, so that its counter stands still as long as nobody asks. Its pages show that by PyPI's serial.
 */
function unchangedSinceMs(
  deps: MirrorDeps,
  listing: ProjectListing,
  memory: ListMemory | null,
): number | null {
  const counter = memory?.state.counter ?? null;
  if (memory === null || counter === null || listing.state.counter !== counter) return null;
  return deps.catalogue.hasSerials() ? null : memory.countedMs;
}

/** Pages that were validated then or before are to be asked for again. */
function staleAtMs(deps: MirrorDeps, full: boolean, quietSinceMs: number | null): number {
  const nowMs = deps.clock.now();
  if (full) return nowMs;
  const expiredMs = nowMs - deps.settings.expiryMs;
  if (quietSinceMs === null) return expiredMs;
  // A page that was still fresh when the counter moved may be what moved it.
  return Math.max(nowMs - HINT_MS_MAX, Math.min(expiredMs, quietSinceMs));
}

function expire(deps: MirrorDeps, staleMs: number, replan: boolean): void {
  const { catalogue } = deps;
  let demands: Demand[] = [];
  const write = () => {
    catalogue.addDue(demands);
    demands = [];
  };
  for (const name of catalogue.validatedBefore(staleMs, deps.clock.now())) {
    demands.push(revalidation(name, replan));
    if (demands.length >= DEMANDS_PER_WRITE) write();
  }
  write();
}

function revalidation(name: ProjectName, replan: boolean): Demand {
  return { ...demandWithoutChange(name, null, 'reconcile'), replan };
}
