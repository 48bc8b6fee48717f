/** The project list: the beginning of a first sync, and what it is compared with later. */
import { type Attempt, type DueProject, FIRST_NONE } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import type { ListedProject, ProjectName, Serial } from '../pypi/types.ts';
import type { ListState, ProjectListing } from '../upstream/contract.ts';
import { keepsName } from './chosen.ts';
import { demandOfFirstList, demandWithoutChange } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';
import { type RowTime, windowStart } from './replay.ts';
import { forgetLost, ReservedWatch } from './reserved.ts';

/** Rows looked back at to find the start of the replay window; each step is one more question. */
const LOOK_BACK_ROWS = [1_000, 10_000, 50_000] as const;
/** How old the list may be when upstream does not say so: the edge keeps the JSON list 30 minutes, and 5 more (trap 10). */
export const LIST_AGE_MS_MAX = 40 * 60_000;
/** An upstream that lists nothing but has a journal this short is worked off from the journal alone. */
const SHORT_JOURNAL_ROWS = 50_000;
/** A list that lost more than this share of what we publish is not believed (P7). */
const PLAUSIBLE_SHARE = 0.5;
/** No cache keeps a 404 for so long, nor through so many runs. */
const GONE_MS_MIN = 24 * 3_600_000;
const GONE_RUNS_MIN = 5;

/** What the operator says of removals; see `refuseImplausible`. */
export type RemovalsAllowed = Pick<SyncOptions, 'allowRemovals'> &
  Partial<Pick<SyncOptions, 'acceptUpstream'>>;

/** What became of a list that was read to its end. */
export interface ListRead {
  readonly serial: Serial | null;
  readonly entries: number;
  /** Names on it that are reserved here. */
  readonly reserved: ReadonlySet<ProjectName>;
}

/** Reads a list to its end, noting every name on it; `take` gets the entries that the selection keeps by their names, and the others, in batches. */
export async function readList(
  deps: MirrorDeps,
  listing: ProjectListing,
  take: (kept: readonly ListedProject[], others: readonly ListedProject[]) => void,
): Promise<ListRead> {
  const { catalogue } = deps;
  const reserved = new ReservedWatch(deps);
  catalogue.clearSeen();
  let entries = 0;
  let highest: Serial | null = null;
  for await (const batch of listing.batches) {
    entries += batch.length;
    for (const { serial } of batch) if (serial !== null) highest = Math.max(highest ?? 0, serial);
    catalogue.noteSeen(batch.map(({ name }) => name));
    for (const { name } of batch) reserved.seen(name, null);
    const kept = new Set(batch.filter(({ name }) => keepsName(deps, name)));
    take(
      batch.filter((entry) => kept.has(entry)),
      batch.filter((entry) => !kept.has(entry)),
    );
  }
  const { names } = reserved;
  reserved.flush();
  return { serial: listing.serial ?? highest, entries, reserved: names };
}

/** Remembers a list whose every entry has been taken account of. */
export function rememberList(deps: MirrorDeps, listing: ProjectListing, entries: number): void {
  const before = deps.catalogue.listMemory();
  const isCounted = before !== null && before.state.counter === listing.state.counter;
  // After the first list of an upstream every page is asked for: none is older than its counter.
  const sinceMs = isCounted ? before.countedMs : null;
  const countedMs = sinceMs ?? (before === null ? 0 : deps.clock.now());
  deps.catalogue.setListMemory({ state: listing.state, entries, runs: 0, countedMs });
}

/**
 * What to ask for a newer list with; null: for the whole of it. A project that answered 404 needs the word of the list, even
 * of one that has not changed.
 */
export function knownList(deps: MirrorDeps): ListState | null {
  return deps.catalogue.hasAbsent() ? null : (deps.catalogue.listMemory()?.state ?? null);
}

/**
 * Begins a first sync of an upstream with a changelog: the head serial first, then the list, so that nothing falls between
 * the two (trap 5). Everything listed becomes due; the changelog is to be replayed from before the list was made, less the
 * replay window. Projects that are published already (an old tree or an upstream that was taken over) and not listed
 * become suspects.
 */
export async function listFirst(
  deps: MirrorDeps,
  allowed: RemovalsAllowed,
  signal: AbortSignal,
): Promise<void> {
  const { catalogue, upstream } = deps;
  const head = await upstream.head(signal);
  const listing = await upstream.projects(signal);
  catalogue.startListing();
  const read = await readList(deps, listing, (kept) =>
    catalogue.addDue(kept.map((entry) => demandOfFirstList(entry, head))),
  );
  const { entries } = read;
  const windowMs = deps.settings.replayMs + (listing.serial === null ? LIST_AGE_MS_MAX : 0);
  let start = Math.min(listing.serial ?? head, await rewind(deps, head, windowMs, signal));
  if (entries === 0 && head > 0) start = emptyList(deps, head);
  addSuspects(deps, read, listing.serial, allowed, 0);
  // P2: what was brought in by its name and quarantined is on no list, and the row of its removal may be older than those that are read.
  catalogue.addDue(
    catalogue
      .quarantinedNames()
      .map((name) => ({ ...demandWithoutChange(name, null, 'reconcile'), first: 0 })),
  );
  catalogue.atomically(() => {
    catalogue.finishListing(start);
    rememberList(deps, listing, entries);
  });
  deps.emit({ type: 'discovered', head, projects: catalogue.untriedCount(), why: 'project list' });
}

/** The serial before the rows of the last `windowMs` before the head. */
export async function rewind(
  deps: MirrorDeps,
  head: Serial,
  windowMs: number,
  signal: AbortSignal,
): Promise<Serial> {
  let start = head;
  for (const lookBack of LOOK_BACK_ROWS) {
    const since = Math.max(0, head - lookBack);
    const times: RowTime[] = [];
    for await (const batch of deps.upstream.changes(since, signal)) {
      for (const { serial, timestampS } of batch) times.push({ serial, timestampS });
      // What comes after the head is discovered later; an upstream that never ends must not be followed.
      if ((batch.at(-1)?.serial ?? 0) >= head) break;
    }
    if (times.length === 0) return head;
    const found = windowStart(times, windowMs);
    start = Math.min(head, found.serial);
    if (found.reached || since === 0) break;
  }
  return start;
}

/** An index whose projects were all removed lists nothing and is in order; the same from a large one is a fault. */
export function emptyList(deps: MirrorDeps, head: Serial): Serial {
  if (head <= SHORT_JOURNAL_ROWS) return 0;
  throw new JubjubError('UPSTREAM_LIST_IMPLAUSIBLE', 'the upstream lists no projects at all', {
    url: deps.upstream.identity,
    expected: `the projects of an index whose head serial is ${head}`,
    received: 'an empty list',
    effect: 'nothing was changed',
    hint: 'try again later; if it stays so, a proxy may be answering in place of the upstream',
  });
}

/**
 * Compares the list with what we show: what we lack becomes due, and to revalidate (`--full`) everything does. What we
 * show and the list does not have becomes due as a suspect then, and only a 404 of its own page confirms it (P6, P7).
 * Returns the serial of the list, or null.
 */
export async function compareWithList(
  deps: MirrorDeps,
  revalidate: RemovalsAllowed | null,
  signal: AbortSignal,
): Promise<Serial | null> {
  const { catalogue } = deps;
  const listing = await deps.upstream.projects(signal);
  const read = await readList(deps, listing, (kept) => {
    const isKnown = (name: ProjectName) => catalogue.isPublished(name) || catalogue.isLeftOut(name);
    const wanted = kept.filter(({ name }) => revalidate !== null || !isKnown(name));
    const current = wanted.filter(({ name }) => !removedSince(deps, name, listing.serial));
    catalogue.addDue(current.map(({ name, displayName }) => demandWithoutChange(name, displayName, 'list')));
  });
  if (revalidate !== null) {
    addSuspects(deps, read, listing.serial, revalidate);
    revalidateUnlisted(deps);
    rememberList(deps, listing, read.entries);
  }
  emitCompared(deps);
  return read.serial;
}

/** `--full` looks at every page that we have; those that are due by now are on the list, or suspects, and no list has the quarantined. */
export function revalidateUnlisted({ catalogue, clock }: MirrorDeps): void {
  const nowMs = clock.now();
  const names = [...catalogue.validatedBefore(nowMs, nowMs)].filter((name) => catalogue.isPublished(name));
  catalogue.addDue(names.map((name) => demandWithoutChange(name, null, 'reconcile')));
}

/**
 * P4: is it here, or left out, and its spelling known? Who brings in a project by its name (`--project`) does not learn how upstream
 * spells that: only the list tells, and an index that has no changelog tells it nowhere else.
 */
export function isKnownAsListed({ catalogue }: MirrorDeps, { name, displayName }: ListedProject): boolean {
  const known = catalogue.project(name);
  if (known === null || !(known.published || known.leftOut !== null)) return false;
  return known.displayName !== null || displayName === name;
}

export function emitCompared(deps: MirrorDeps): void {
  const { discovered } = deps.catalogue.progress();
  const projects = deps.catalogue.untriedCount();
  deps.emit({ type: 'discovered', head: discovered ?? 0, projects, why: 'project list' });
}

/** The list is up to half an hour old: it may still have a project that the changelog has removed since. */
export function removedSince(deps: MirrorDeps, name: ProjectName, listSerial: Serial | null): boolean {
  const removed = deps.catalogue.project(name)?.removed ?? null;
  return removed !== null && (listSerial === null || removed > listSerial);
}

/**
 * Makes due what we show and the list that was just read does not have, and clears whom it does have.
 *
 * @param first the serial of their demand; 0 where no changelog row will tell of their removal (`hasLeftTheList`)
 * @throws UPSTREAM_LIST_IMPLAUSIBLE
 */
export function addSuspects(
  deps: MirrorDeps,
  { reserved }: ListRead,
  listSerial: Serial | null,
  allowed: RemovalsAllowed,
  first: Serial = FIRST_NONE,
): void {
  const { catalogue } = deps;
  const cleared = new Set(
    catalogue.dueRemovals().filter((name) => catalogue.due(name)?.source === 'unlisted'),
  );
  if (cleared.size > 0) for (const name of catalogue.unseen(listSerial)) cleared.delete(name);
  try {
    refuseImplausible(deps, listSerial, allowed);
  } finally {
    // P7: an earlier list lacked it and this one does not, so that a 404 of its page proves nothing any more: not even when this
    // one is a fault for what it lacks.
    catalogue.addDue([...cleared].map((name) => demandWithoutChange(name, null, 'list')));
  }
  forgetLost(deps, reserved, listSerial);
  catalogue.atomically(() => {
    for (const name of catalogue.unseen(listSerial)) {
      const due = catalogue.due(name);
      if (cleared.has(name) || isMadeAgain(due, listSerial) || isSaidQuarantined(deps, name, due)) continue;
      catalogue.addDue([{ ...demandWithoutChange(name, null, 'unlisted'), first }]);
    }
  });
}

/** Rows say that it was removed, and is there again since the list was made: a 404 may be one that the edge remembers. */
function isMadeAgain(due: DueProject | null, listSerial: Serial | null): boolean {
  if (due?.removed == null || due.required <= due.removed) return false;
  return listSerial === null ? due.pending?.code !== 'UPSTREAM_ABSENT' : due.required > listSerial;
}

/**
 * P7: what is quarantined is on no list and has its page all the same, so that a 404 of it proves nothing. One that we publish as
 * such is no suspect (`unseen`); neither is one of which only the changelog says so yet, unless its page has been gone for days: then it
 * was removed, and no row said so.
 */
function isSaidQuarantined(
  { catalogue, clock }: MirrorDeps,
  name: ProjectName,
  due: DueProject | null,
): boolean {
  if (due?.pending != null && isLongGone(due.pending, clock.now())) return false;
  // A page as new as the row has overtaken it, and so has the removal of the project.
  const past = Math.max(due?.removed ?? 0, catalogue.project(name)?.serial ?? 0);
  const last = due?.takedowns.findLast(
    ({ serial, effect }) =>
      serial > past && (effect.kind === 'quarantine-project' || effect.kind === 'clear-project'),
  );
  return last?.effect.kind === 'quarantine-project';
}

function isLongGone({ code, attempts, sinceMs }: Attempt, nowMs: number): boolean {
  return code === 'UPSTREAM_ABSENT' && attempts >= GONE_RUNS_MIN && nowMs - sinceMs >= GONE_MS_MIN;
}

/**
 * P7: a list that lost half of what we publish is a fault, whatever it says. Unless the operator allows that many removals:
 * an adopted tree may have kept more of what upstream removed than upstream has now. Each is still asked for by itself.
 */
export function refuseImplausible(
  deps: MirrorDeps,
  listSerial: Serial | null,
  { allowRemovals, acceptUpstream = false }: RemovalsAllowed,
): void {
  const { catalogue } = deps;
  const published = catalogue.listableCount();
  let unlisted = 0;
  for (const name of catalogue.unseen(listSerial)) if (catalogue.isPublished(name)) unlisted += 1;
  if (published - unlisted >= published * PLAUSIBLE_SHARE || unlisted <= (allowRemovals ?? 0)) return;
  const command = `jubjub sync${acceptUpstream ? ' --accept-upstream' : ''}`;
  throw new JubjubError(
    'UPSTREAM_LIST_IMPLAUSIBLE',
    'the upstream lists far fewer projects than this mirror has',
    {
      url: deps.upstream.identity,
      expected: `most of the ${published} published projects`,
      received: `${published - unlisted} of them`,
      effect: 'nothing is removed because of it',
      hint: `try again later; if it really lacks what this mirror has: ${command} --allow-removals ${unlisted}`,
    },
  );
}
