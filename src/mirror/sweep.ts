/** The sweep: walks the whole docroot and finds what the catalogue does not know; moves that to the trash when it is asked to. */
import { interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import type { FileCount } from '../events.ts';
import { parseDocrootPath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { DocrootEntry } from '../store/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOfPath } from './known-paths.ts';
import { refuseLostLock } from './lost-lock.ts';
import { promisedDocuments } from './manifest.ts';
import { plus } from './prune.ts';
import { putAway } from './put-away.ts';

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
  /** Files that were to be moved and could not be. */
  readonly stuck: number;
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
  const promised = await promisedDocuments(deps);
  const result = { all: NOTHING, found: NOTHING, moved: NOTHING, stuck: 0, byHand: 0, unreadable: 0 };
  for await (const entry of deps.store.walk(signal)) {
    if (entry.kind === 'file') result.all = plus(result.all, { files: 1, bytes: entry.sizeBytes });
    const found = judge(deps, promised, entry);
    if (found === null) continue;
    if (found.kind === 'by-hand') result.byHand += 1;
    else result.found = plus(result.found, { files: 1, bytes: found.bytes });
    if (found.what === 'unreadable') result.unreadable += 1;
    if (!apply) tell(found);
  }
  if (!apply) return result;
  refuseTooMuch(result, allowed);
  return { ...result, ...(await moveFound(deps, promised, tell, signal)) };
}

/** By a catalogue that does not know the mirror yet everything would be swept away. */
function refuseIgnorant({ catalogue }: MirrorDeps): void {
  const hasSynced = catalogue.progress().serial !== null;
  if (hasSynced && catalogue.publishedCount() > 0) return;
  throw new JubjubError('USAGE_INVALID', 'the catalogue does not know what belongs into the docroot', {
    expected: 'a catalogue of a first sync that was completed, with published projects',
    received: `${catalogue.publishedCount()} published projects, ${hasSynced ? 'a' : 'no'} committed serial`,
    effect: 'nothing was touched',
    hint: hasSynced
      ? 'the rules keep nothing: see [projects] in the configuration, and jubjub explain'
      : 'run `jubjub sync` to its end first',
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

/** What an entry of the walk is, when it is neither known nor `promised` by the proof; null when all is well. */
function judge(deps: MirrorDeps, promised: ReadonlySet<string>, entry: DocrootEntry): Found | null {
  const { path, kind, sizeBytes: bytes } = entry;
  if (promised.has(path)) return null;
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

/**
 * Of a file that is only planned, or whose project is due, nobody can say yet what is to lie beside it; of a withdrawn one all that does
 * goes, or is held, with it.
 */
function wantsSidecar({ catalogue }: MirrorDeps, path: DocrootPath): boolean {
  const isMetadata = path.endsWith('.metadata');
  const file = parseDocrootPath(path.replace(/\.(?:metadata|provenance)$/, ''));
  if (file === null) return false;
  const rows = catalogue.filesAt(file);
  if (rows.length > 0 && catalogue.isDueAt(file)) return true;
  return rows.some(({ state, metadataSha256, provenance }) => {
    return state !== 'published' || (isMetadata ? metadataSha256 : provenance) !== null;
  });
}

async function moveFound(
  deps: MirrorDeps,
  promised: ReadonlySet<string>,
  tell: (found: Found) => void,
  signal: AbortSignal,
): Promise<Pick<SweepResult, 'moved' | 'stuck'>> {
  const result = { moved: NOTHING, stuck: 0 };
  let batch: Found[] = [];
  const flush = async () => {
    const { moved, stuck } = await moveBatch(deps, batch);
    result.moved = plus(result.moved, moved);
    result.stuck += stuck;
    batch = [];
  };
  for await (const entry of deps.store.walk(signal)) {
    const found = judge(deps, promised, entry);
    if (found === null) continue;
    tell(found);
    if (found.kind === 'by-hand') continue;
    batch.push(found);
    if (batch.length < FILES_PER_BATCH) continue;
    if (signal.aborted) throw interrupted();
    await flush();
  }
  await flush();
  return result;
}

async function moveBatch(
  deps: MirrorDeps,
  batch: readonly Found[],
): Promise<Pick<SweepResult, 'moved' | 'stuck'>> {
  refuseLostLock(deps);
  const files = batch.map(({ path, bytes: sizeBytes, kind }) => {
    return { path: parseDocrootPath(path) as DocrootPath, sizeBytes, why: WHY[kind] };
  });
  const { moved, stuck } = await putAway(deps, files);
  const [[, failure] = []] = stuck;
  // Nothing at all goes: then it is the trash.
  if (moved.size === 0 && failure !== undefined) throw failure;
  for (const [path, { facts, message }] of stuck) {
    const why = `${path} could not be moved into the trash: ${facts.received ?? message}`;
    deps.emit({ type: 'warning', code: 'NOT_MOVED', message: why });
  }
  const gone = files.filter(({ path }) => moved.has(path));
  const bytes = gone.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { moved: { files: gone.length, bytes }, stuck: stuck.size };
}

const WHY: Readonly<Record<Found['kind'], string>> = {
  orphan: 'swept: the catalogue does not know it',
  foreign: 'swept: it is not part of the mirror',
  'by-hand': '',
};
