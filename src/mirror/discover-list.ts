/** Discovery without a changelog: the serials in the project list compared with the catalogue (kind `list`). */
import type { Demand } from '../catalogue/contract.ts';
import type { ListedProject, Serial } from '../pypi/types.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { backwards } from './dialect.ts';
import {
  addSuspects,
  emptyList,
  isKnownAsListed,
  knownList,
  readList,
  rememberList,
  removedSince,
  revalidateUnlisted,
} from './listing.ts';

/**
 * Makes every project due whose serial on the list is above that of the page we have, and every project that the list
 * lost a suspect. The list's own serial is the new end of what is discovered: it may be committed once all of them have
 * been tried, not before, for a project's serial tells its last change only.
 *
 * @throws UPSTREAM_SERIAL_BACKWARDS, UPSTREAM_LIST_IMPLAUSIBLE (P7)
 */
export async function discoverByList(
  deps: MirrorDeps,
  options: Pick<SyncOptions, 'full' | 'allowRemovals'>,
  signal: AbortSignal,
): Promise<void> {
  const { full } = options;
  const { catalogue, upstream } = deps;
  const { discovered } = catalogue.progress();
  const listing = await upstream.projects(signal, discovered === null || full ? null : knownList(deps));
  if (listing.unchanged) {
    tell(deps, discovered ?? 0);
    return;
  }
  refuseOlder(deps, discovered, listing.serial);
  if (discovered === null) catalogue.startListing();
  const first = discovered === null ? 0 : discovered + 1;
  const read = await readList(deps, listing, (kept, others) => {
    catalogue.addDue(
      kept
        .filter((entry) => full || isNewer(deps, entry))
        .filter(({ name, serial: its }) => !removedSince(deps, name, its))
        .map((entry) => demandOf(entry, first, full)),
    );
    passBy(deps, others);
  });
  const { serial, entries } = read;
  // Where only the entries have serials, an old list shows itself at its end.
  if (serial !== null) refuseOlder(deps, discovered, serial);
  if (discovered === null && entries === 0) emptyList(deps, serial ?? 0);
  addSuspects(deps, read, listing.serial, options);
  if (full) revalidateUnlisted(deps);
  catalogue.atomically(() => {
    if (discovered === null) catalogue.finishListing(serial ?? 0);
    else catalogue.setDiscovered(serial ?? discovered);
    rememberList(deps, listing, entries);
  });
  tell(deps, serial ?? discovered ?? 0);
}

/** Nobody asks for these; but what is known of them from before may not be what upstream has any more. */
function passBy({ catalogue }: MirrorDeps, others: readonly ListedProject[]): void {
  for (const { name, serial } of others) {
    const known = catalogue.project(name);
    if (known === null || serial === null || (known.serial ?? 0) >= serial) continue;
    const held = { ...demandWithoutChange(name, null, 'selection'), required: serial };
    if (known.published) catalogue.addDue([held]);
    else if (known.leftOut !== null) catalogue.outdateLeftOut([name]);
  }
}

function isNewer(deps: MirrorDeps, entry: ListedProject): boolean {
  const ours = deps.catalogue.project(entry.name)?.serial ?? null;
  return !isKnownAsListed(deps, entry) || ours === null || (entry.serial ?? 0) > ours;
}

/** No changelog will tell the rest, so the page must have reached what the list says. */
function demandOf({ name, displayName, serial }: ListedProject, first: Serial, replan: boolean): Demand {
  const required = serial ?? 0;
  return { name, displayName, first, required, removed: null, takedowns: [], replan, source: 'list' };
}

function refuseOlder(deps: MirrorDeps, discovered: Serial | null, serial: Serial | null): void {
  if (discovered !== null && serial !== null && serial < discovered)
    throw backwards(deps, discovered, serial);
}

function tell(deps: MirrorDeps, head: Serial): void {
  deps.emit({ type: 'discovered', head, projects: deps.catalogue.untriedCount(), why: 'project list' });
}
