/** The sweep: walks the whole docroot and finds what the catalogue does not know; moves that to the trash when it is asked to. */
import type { SweptFile } from '../catalogue/contract.ts';
import { interrupted, isoTime } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import type { FileCount } from '../events.ts';
import { parseDocrootPath, sweptPath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { DocrootEntry } from '../store/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOfPath } from './known-paths.ts';
import { refuseLostLock } from './lost-lock.ts';
import { plus } from './prune.ts';

const FILES_PER_BATCH = 500;
/** A docroot of which the catalogue knows less than this is not its docroot. */
const KNOWN_SHARE_MIN = 0.5;
const NOTHING: FileCount = { files: 0, bytes: 0 };

/** Something that the catalogue does not know. */
export interface Found {
  /**
   * `orphan`: it lies where only we write. `foreign`: it lies elsewhere. `by-hand`: it is not ours to move: a link, something
   * that is no file, a directory that cannot be read, or a name that no path of ours can have.
   */
  readonly kind: 'orphan' | 'foreign' | 'by-hand';
  /** As the walk tells it. */
  readonly path: string;
  readonly bytes: number;
  readonly what: DocrootEntry['kind'] | 'name';
}

export interface SweepOptions {
  /** Move what was found; else it is only told. */
  readonly apply: boolean;
  /** Move up to so many files, whatever share of the docroot that is; null leaves it to the limit. */
  readonly allowed: number | null;
}

export interface SweepResult {
  /** Everything in the docroot. */
  readonly all: FileCount;
  readonly found: FileCount;
  readonly moved: FileCount;
  readonly byHand: number;
  /** Directories that could not be read: what is below them was not looked at. */
  readonly unreadable: number;
}

/**
 * Tells what it finds, or moves it to `state/trash/swept/<time>/`, from where `delete-after` takes it; nothing is deleted
 * directly. With `apply` the docroot is walked twice: nothing is moved before it is known how much that would be.
 *
 * @throws USAGE_INVALID when the catalogue cannot tell what belongs here, LIMIT_SWEEP, STORE_*, CATALOGUE_UNREADABLE,
 *   LOCK_HELD, INTERRUPTED
 */
export async function sweep(
  deps: MirrorDeps,
  { apply, allowed }: SweepOptions,
  tell: (found: Found) => void,
  signal: AbortSignal,
): Promise<SweepResult> {
  refuseIgnorant(deps);
  const result = { all: NOTHING, found: NOTHING, moved: NOTHING, byHand: 0, unreadable: 0 };
  for await (const entry of deps.store.walk(signal)) {
    if (entry.kind === 'file') result.all = plus(result.all, { files: 1, bytes: entry.sizeBytes });
    const found = judge(deps, entry);
    if (found === null) continue;
    if (found.kind === 'by-hand') result.byHand += 1;
    else result.found = plus(result.found, { files: 1, bytes: found.bytes });
    if (found.what === 'unreadable') result.unreadable += 1;
    if (!apply) tell(found);
  }
  if (!apply) return result;
  refuseTooMuch(result, allowed);
  return { ...result, moved: await moveFound(deps, tell, signal) };
}

/** By a catalogue that does not know the mirror yet everything would be swept away. */
function refuseIgnorant({ catalogue }: MirrorDeps): void {
  if (catalogue.progress().serial !== null && catalogue.publishedCount() > 0) return;
  throw new JubjubError('USAGE_INVALID', 'the catalogue does not know yet what belongs into the docroot', {
    expected: 'a catalogue of a first sync that was completed, with published projects',
    received: `${catalogue.publishedCount()} published projects, ${catalogue.progress().serial === null ? 'no' : 'a'} committed serial`,
    effect: 'nothing was touched',
    hint: 'run `jubjub sync` to its end first',
  });
}

function refuseTooMuch({ all, found }: Pick<SweepResult, 'all' | 'found'>, allowed: number | null): void {
  const limit = allowed ?? Math.floor(all.files * KNOWN_SHARE_MIN);
  if (found.files <= limit) return;
  throw new JubjubError('LIMIT_SWEEP', `this sweep would move ${found.files} of ${all.files} files`, {
    expected: allowed === null ? 'at most half of the docroot' : `at most ${limit} (--allow-sweep)`,
    received: `${found.files} files that the catalogue does not know`,
    effect: 'nothing was moved',
    hint: `look at them with \`jubjub prune --sweep\`; if they are meant to go: jubjub prune --sweep --apply --allow-sweep ${found.files}`,
  });
}

/** What an entry of the walk is, when it is not known; null when all is well. */
function judge(deps: MirrorDeps, entry: DocrootEntry): Found | null {
  const { path, kind, sizeBytes: bytes } = entry;
  if (kind === 'unreadable') return { kind: 'by-hand', path, bytes, what: kind };
  const docrootPath = parseDocrootPath(path);
  const ours = kindOfPath(path, deps);
  const isWanted = ours === 'sidecar' && docrootPath !== null ? wantsSidecar(deps, docrootPath) : true;
  if (ours !== 'orphan' && ours !== 'foreign' && isWanted) return null;
  // A link may be how the operator spread the mirror over disks, and to move it would take all away that it leads to.
  if (kind !== 'file') return { kind: 'by-hand', path, bytes, what: kind };
  if (docrootPath === null) return { kind: 'by-hand', path, bytes, what: 'name' };
  return { kind: ours === 'foreign' ? 'foreign' : 'orphan', path, bytes, what: kind };
}

/** Of a file that is only planned nobody can say yet what is to lie beside it. */
function wantsSidecar({ catalogue }: MirrorDeps, path: DocrootPath): boolean {
  const isMetadata = path.endsWith('.metadata');
  const file = parseDocrootPath(path.replace(/\.(?:metadata|provenance)$/, ''));
  const rows = file === null ? [] : catalogue.filesAt(file);
  return rows.some(({ state, metadataSha256, provenance }) => {
    return state === 'intended' || (isMetadata ? metadataSha256 : provenance) !== null;
  });
}

async function moveFound(
  deps: MirrorDeps,
  tell: (found: Found) => void,
  signal: AbortSignal,
): Promise<FileCount> {
  const stamp = isoTime(deps.clock.now()).replaceAll(/[-:]/g, '');
  let moved = NOTHING;
  let batch: Found[] = [];
  const flush = async () => {
    moved = plus(moved, await moveBatch(deps, batch, stamp));
    batch = [];
  };
  for await (const entry of deps.store.walk(signal)) {
    const found = judge(deps, entry);
    if (found === null) continue;
    tell(found);
    if (found.kind === 'by-hand') continue;
    batch.push(found);
    if (batch.length < FILES_PER_BATCH) continue;
    if (signal.aborted) throw interrupted();
    await flush();
  }
  await flush();
  return moved;
}

async function moveBatch(deps: MirrorDeps, batch: readonly Found[], stamp: string): Promise<FileCount> {
  refuseLostLock(deps);
  const moves = await Promise.all(
    batch.map(async ({ path, bytes, kind }) => {
      const from = parseDocrootPath(path) as DocrootPath;
      return { from, to: await freePlace(deps, stamp, from), bytes, kind };
    }),
  );
  const moved = new Set((await deps.store.hide(moves)).map(({ from }) => from));
  const swept = moves.flatMap(({ from, to, bytes, kind }): SweptFile[] =>
    moved.has(from) ? [{ path: from, to, sizeBytes: bytes, why: WHY[kind] }] : [],
  );
  deps.catalogue.noteSwept(swept, deps.clock.now());
  return { files: swept.length, bytes: swept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}

const WHY: Readonly<Record<Found['kind'], string>> = {
  orphan: 'swept: the catalogue does not know it',
  foreign: 'swept: it is not part of the mirror',
  'by-hand': '',
};

/** Two sweeps in one second, of a file that somebody put there again: nothing in the trash is written over. */
async function freePlace(deps: MirrorDeps, stamp: string, path: DocrootPath): Promise<SweptFile['to']> {
  for (let number = 1; ; number++) {
    const to = sweptPath(number === 1 ? stamp : `${stamp}-${number}`, path);
    if ((await deps.store.trashedSize(to)) === null) return to;
  }
}
