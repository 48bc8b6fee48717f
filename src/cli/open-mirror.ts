/** The one place that puts a mirror together: lock, catalogue, store, selection and upstream, from the settings. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteCatalogue } from '../catalogue/sqlite.ts';
import type { Clock } from '../clock.ts';
import { isoTime } from '../clock.ts';
import type { Settings } from '../config/settings.ts';
import { isJubjubError, JubjubError } from '../errors.ts';
import type { Emit, RunEvent } from '../events.ts';
import type { MirrorDeps, MirrorSettings } from '../mirror/deps.ts';
import { refuseOtherUpstream } from '../mirror/run.ts';
import { DEFAULT_RETRY } from '../retry.ts';
import { buildSelection } from '../selection/selection.ts';
import { errnoOf, storeError } from '../store/fs-errors.ts';
import type { HashFile } from '../store/hashing.ts';
import { LocalStore, mirrorFolders, prepareFolders } from '../store/local.ts';
import { acquireLock } from '../store/lock.ts';
import { openingError } from '../store/opening-error.ts';
import { UnflushedMark } from '../store/unflushed-mark.ts';
import { createUpstream, STREAMS_PER_CONNECTION_MAX } from '../upstream/index.ts';
import { version } from './version.ts';

export interface OpenMirrorOptions {
  readonly clock: Clock;
  readonly emit: Emit;
  /** Where proxies are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  /** Nothing on disk may change: the catalogue is read, or stands in memory while there is none. */
  readonly dryRun: boolean;
  /** A directory of another upstream is opened all the same; see mirror/accept.ts. */
  readonly acceptUpstream: boolean;
  /** Reads and hashes docroot files. @default on this thread */
  readonly hash?: HashFile;
}

export interface OpenMirror {
  readonly deps: MirrorDeps;
  /** To be called after a repair has looked at everything, and all of it is right. @throws STORE_* */
  settleDoubt(): Promise<void>;
  /** Closes connections and the catalogue, then lets the lock go. */
  close(): Promise<void>;
}

/** A temporary database, on disk where it grows large, that goes when it is closed. */
const UNNAMED = '';

const IN_DOUBT: RunEvent = {
  type: 'warning',
  code: 'STORE_IN_DOUBT',
  message:
    'the machine was started anew after runs that did not flush ([store] flush = "off"), and what they wrote may be lost: run `jubjub verify --repair`; until then no sync ends with 0',
};

export function catalogueFile(directory: string): string {
  return join(mirrorFolders(directory).state, 'catalogue.db');
}

/**
 * Opens a mirror for writing; the lock is held until `close`.
 * @throws LOCK_HELD, STORE_*, CATALOGUE_UNREADABLE, CONFIG_INVALID; DIRECTORY_OTHER_UPSTREAM with nothing touched
 */
export async function openMirror(settings: Settings, options: OpenMirrorOptions): Promise<OpenMirror> {
  const { clock, emit, dryRun } = options;
  // Before anything is made on disk: settings that cannot work must leave no trace.
  const upstream = createUpstream(settings.upstream, { clock, emit, env: options.env, version: version() });
  const file = catalogueFile(settings.directory);
  const isNew = !existsSync(file);
  const folders = dryRun ? mirrorFolders(settings.directory) : await prepareFolders(settings.directory);
  const lock = dryRun && isNew ? null : acquireLock(folders.state);
  let catalogue: SqliteCatalogue | undefined;
  try {
    const opened = openCatalogue(dryRun && isNew ? UNNAMED : file);
    catalogue = opened;
    if (dryRun) opened.pretend();
    // Before the first change, the holder's name included: another upstream's directory stays untouched.
    if (!options.acceptUpstream) refuseOtherUpstream(opened, upstream);
    lock?.announce({ pid: options.pid, since: isoTime(clock.now()) });
    const mark = new UnflushedMark(folders, settings.store.flush);
    const isInDoubt = !dryRun && (await mark.begin());
    if (isInDoubt) emit(IN_DOUBT);
    const deps: MirrorDeps = {
      upstream,
      catalogue: opened,
      store: new LocalStore(
        folders,
        settings.store.flush,
        (message) => emit({ type: 'warning', code: 'STORE_SLOW', message }),
        options.hash,
      ),
      selection: buildSelection(settings.selection),
      clock,
      emit,
      holdsLock: () => lock === null || lock.stillHeld(),
      settings: mirrorSettings(settings),
      isInDoubt,
    };
    const close = async () => {
      await upstream.close();
      opened.close();
      lock?.release();
    };
    return { deps, close, settleDoubt: async () => (isInDoubt ? mark.settle() : undefined) };
  } catch (error) {
    await upstream.close();
    catalogue?.close();
    lock?.release();
    throw error;
  }
}

/** @throws STORE_* with the operating system's reason, CATALOGUE_UNREADABLE */
function openCatalogue(file: string): SqliteCatalogue {
  try {
    return new SqliteCatalogue(file);
  } catch (error) {
    if (!isJubjubError(error, 'STORE_NOT_WRITABLE')) throw error;
    const trouble = openingError(file);
    if (trouble === undefined) throw error;
    throw storeError(trouble.error, 'could not open the catalogue', trouble.path);
  }
}

function mirrorSettings(settings: Settings): MirrorSettings {
  const eachMax = settings.upstream.http2 ? STREAMS_PER_CONNECTION_MAX : 1;
  return {
    ...settings.sync,
    mirrorFiles: settings.files.mirror,
    mirrorMetadata: settings.files.metadata,
    mirrorProvenance: settings.files.provenance,
    ...settings.pages,
    ...settings.prune,
    expiryMs: settings.upstream.expiryMs,
    pagesAtOnce: settings.upstream.pageConnections * eachMax,
    filesAtOnce: settings.upstream.fileConnections * eachMax,
    fileRetry: DEFAULT_RETRY,
  };
}

/**
 * Opens a mirror for looking only: no lock is taken and nothing is made on disk, so that a run may go on beside it.
 * @throws USAGE_INVALID when there is no mirror yet; STORE_*, CATALOGUE_UNREADABLE, CONFIG_INVALID, DIRECTORY_OTHER_UPSTREAM
 */
export async function openMirrorToLook(
  settings: Settings,
  { clock, emit, env, hash }: Pick<OpenMirrorOptions, 'clock' | 'emit' | 'env' | 'hash'>,
): Promise<OpenMirror> {
  const upstream = createUpstream(settings.upstream, { clock, emit, env, version: version() });
  let catalogue: SqliteCatalogue | undefined;
  try {
    const opened = openCatalogueReadOnly(settings);
    catalogue = opened;
    if (opened.identity() !== null) refuseOtherUpstream(opened, upstream);
    const deps: MirrorDeps = {
      upstream,
      catalogue: opened,
      store: new LocalStore(mirrorFolders(settings.directory), undefined, undefined, hash),
      selection: buildSelection(settings.selection),
      clock,
      emit,
      holdsLock: () => false,
      settings: mirrorSettings(settings),
    };
    const close = async () => {
      await upstream.close();
      opened.close();
    };
    // Whoever only looks writes down nothing.
    return { deps, close, settleDoubt: async () => {} };
  } catch (error) {
    await upstream.close();
    catalogue?.close();
    throw error;
  }
}

/**
 * Refuses upstream settings that only show themselves as useless when they are used, such as a `ca-file` without
 * certificates; asks nothing and touches nothing.
 * @throws CONFIG_INVALID
 */
export async function tryUpstream(
  settings: Settings,
  options: Pick<OpenMirrorOptions, 'clock' | 'emit' | 'env'>,
): Promise<void> {
  await createUpstream(settings.upstream, { ...options, version: version() }).close();
}

/**
 * Opens the catalogue beside a running sync, for reading only.
 * @throws USAGE_INVALID when there is no mirror yet; STORE_NOT_WRITABLE when it is somebody else's
 */
export function openCatalogueReadOnly(settings: Settings): SqliteCatalogue {
  refuseNoMirror(settings);
  const file = catalogueFile(settings.directory);
  try {
    return new SqliteCatalogue(file, { readOnly: true });
  } catch (error) {
    if (!isJubjubError(error, 'STORE_NOT_WRITABLE')) throw error;
    const trouble = openingError(file);
    if (trouble !== undefined && errnoOf(trouble.error) !== 'EACCES')
      throw storeError(
        trouble.error,
        'could not open the catalogue, which SQLite must do to read it',
        trouble.path,
      );
    // SQLite writes beside a catalogue even to read it, unless a run has it open: other users may read the file and be none the wiser.
    throw new JubjubError('STORE_NOT_WRITABLE', 'the catalogue is another user’s', {
      path: file,
      expected: 'the user that the mirror belongs to: SQLite must write beside a catalogue to read it',
      received: 'a user who may not write there',
      effect: 'nothing was read, and nothing was changed',
      hint: 'run it as the user that runs `jubjub sync`',
      cause: error,
    });
  }
}

/** For commands that work on what is there: a wrong directory must not become a mirror. @throws as `openCatalogueReadOnly` */
export function refuseNoMirror(settings: Settings): void {
  const file = catalogueFile(settings.directory);
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw storeError(error, 'could not open the catalogue', file);
    throw new JubjubError('USAGE_INVALID', 'there is no mirror here yet', {
      path: settings.directory,
      expected: 'a directory that `jubjub sync` has worked in',
      received: 'no catalogue',
      hint: 'run `jubjub sync` first, or check `directory` in the configuration',
    });
  }
}
