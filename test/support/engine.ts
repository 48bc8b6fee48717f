/** The whole engine for tests: the real upstream client and SQLite against the simulated upstream, in simulated time. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import type { RunEvent, SyncSummary } from '../../src/events.ts';
import type { MirrorDeps, MirrorSettings, SyncOptions } from '../../src/mirror/deps.ts';
import { runSync } from '../../src/mirror/sync.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { buildSelection } from '../../src/selection/selection.ts';
import type { Store } from '../../src/store/contract.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { type ConnectionsFactory, createUpstream } from '../../src/upstream/index.ts';
import { Lifeline } from './lifeline.ts';
import { MemoryStore } from './memory-store.ts';
import { mortalCatalogue } from './mortal-catalogue.ts';
import type { Prng } from './prng.ts';
import type { Sim } from './sim/sim.ts';
import { type SomeSelection, selectionSettings } from './some-selection.ts';
import { upstreamSettings } from './upstream-kit.ts';

/** Waits that keep their shape and cost nothing in simulated time. */
const QUICK_RETRY = { attemptsMax: 3, firstWaitMs: 200, waitMsMax: 2_000, retryAfterMsMax: 15 * 60_000 };

/** As mirror.toml has them by default, without the sweep: tests count requests, and those of the sweep ask for it. */
const SETTINGS: MirrorSettings = {
  replayMs: 15 * 60_000,
  settleMs: 0,
  stalePatienceMs: 60_000,
  pendingLimit: 1000,
  removalLimit: { projects: 20, share: 0.01 },
  mirrorFiles: true,
  mirrorMetadata: true,
  mirrorProvenance: true,
  baseUrl: null,
  jsonApi: false,
  precompress: false,
  reconcileShare: null,
  expiryMs: 30 * 60_000,
  hideAfterMs: 15 * 60_000,
  deleteAfterMs: 14 * 24 * 3_600_000,
  pagesAtOnce: 6,
  filesAtOnce: 4,
  fileRetry: QUICK_RETRY,
};

const PLAIN: SyncOptions = {
  dryRun: false,
  full: false,
  projects: [],
  allowRemovals: null,
  acceptUpstream: false,
};

/** What a test may change between two runs, as an operator may. */
export interface EngineOptions {
  settings: Partial<MirrorSettings>;
  upstream: Partial<UpstreamSettings>;
  allow: readonly string[];
  block: readonly string[];
  selection: SomeSelection;
  /** @default the simulation's wire; real sockets to any other upstream */
  connections: ConnectionsFactory | null;
  /** Puts something wrong between the engine and its parts. */
  wrap: (deps: MirrorDeps) => MirrorDeps;
}

export type Tree = ReadonlyMap<string, Uint8Array>;

/** Where a mirror's catalogue is. */
export interface CataloguePlace {
  /** Its file; where it has none, one beside which its lock would lie. */
  readonly file: string;
  open(): SqliteCatalogue;
}

/** A catalogue as every mirror has it. */
export function inFile(file: string): CataloguePlace {
  return { file, open: () => new SqliteCatalogue(file) };
}

const running: AbortSignal = new AbortController().signal;

/** A mirror directory with all that works on it; each run is a process of its own. */
export class Engine<S extends Store = MemoryStore> {
  readonly sim: Sim;
  readonly store: S;
  readonly lifeline: Lifeline;
  readonly options: EngineOptions;
  /** Of the last run. */
  events: RunEvent[] = [];
  catalogue: SqliteCatalogue;
  readonly #place: CataloguePlace;
  /** The connection of the last dry run. */
  #pretended: SqliteCatalogue | null = null;

  constructor(
    sim: Sim,
    store: S,
    lifeline: Lifeline,
    place: CataloguePlace,
    options: Partial<EngineOptions>,
  ) {
    this.sim = sim;
    this.store = store;
    this.lifeline = lifeline;
    this.#place = place;
    this.options = {
      settings: {},
      upstream: {},
      allow: [],
      block: [],
      selection: {},
      connections: null,
      wrap: (deps) => deps,
      ...options,
    };
    this.catalogue = place.open();
  }

  /** One run of sync, as a process that starts and ends. `onEvent` hears of things as they happen. */
  run(
    options: Partial<SyncOptions> = {},
    signal = running,
    onEvent: (event: RunEvent) => void = () => {},
  ): Promise<SyncSummary> {
    const { dryRun = false } = options;
    return this.act(dryRun, (deps) => runSync(deps, { ...PLAIN, ...options }, signal), onEvent);
  }

  /** Any other command that works on the mirror, in the same way. */
  async act<T>(
    dryRun: boolean,
    action: (deps: MirrorDeps) => Promise<T>,
    onEvent: (event: RunEvent) => void = () => {},
  ): Promise<T> {
    const events: RunEvent[] = [];
    this.events = events;
    const emit = (event: RunEvent) => {
      events.push(event);
      onEvent(event);
    };
    const { clock } = this.sim;
    const settings = upstreamSettings(this.sim.url, {
      fileHosts: [new URL(this.sim.filesUrl).host],
      ...this.options.upstream,
    });
    const upstream = createUpstream(settings, {
      clock,
      emit,
      version: '0.0.0',
      retry: QUICK_RETRY,
      connections:
        this.options.connections ?? (settings.url === this.sim.url ? this.sim.connections : undefined),
    });
    // A dry run has a connection of its own, whose transaction is never committed.
    const pretended = dryRun ? this.#place.open() : null;
    this.#pretended = pretended;
    pretended?.pretend();
    try {
      const deps: MirrorDeps = {
        upstream,
        catalogue: mortalCatalogue(pretended ?? this.catalogue, this.lifeline),
        store: this.store,
        selection: this.#selection(),
        clock,
        emit,
        settings: { ...SETTINGS, ...this.options.settings },
        holdsLock: () => true,
      };
      return await action(this.options.wrap(deps));
    } finally {
      await upstream.close();
      pretended?.close();
    }
  }

  #selection() {
    const { allow, block, selection } = this.options;
    return buildSelection(
      selectionSettings({ ...selection, projects: { allow, block, ...selection.projects } }),
    );
  }

  /** For tests that look into the catalogue behind its back, or change it so. */
  get catalogueFile(): string {
    return this.#place.file;
  }

  /** The next process opens what the last one left. */
  reopen(): void {
    this.#pretended?.close();
    this.catalogue.close();
    this.catalogue = this.#place.open();
    this.lifeline.revive();
  }

  close(): void {
    this.catalogue.close();
  }

  /** The files a project has in the catalogue, by name. */
  files(name: string) {
    return this.catalogue.filesOf(normalizeName(name));
  }

  /** Names that are pending, with the code of the last failure. */
  pending(): Record<string, string> {
    return Object.fromEntries(this.catalogue.pending(1000).map(({ name, code }) => [name, code]));
  }
}

interface MortalStore extends Store {
  killed(): void;
  crash(prng: Prng): void;
}

/** What follows the death of a process: the power went too, or it did not. */
export function afterDeath(engine: Engine<MortalStore>, powerCut: Prng | null): void {
  if (powerCut === null) engine.store.killed();
  else engine.store.crash(powerCut);
  engine.reopen();
}

/** In memory where the system has such a place: most tests kill processes, not machines, and need no real flush. */
export const FAST_DIRECTORY =
  process.env['JUBJUB_SCRATCH'] ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir());

let emptyCatalogue: Buffer | null = null;

/** A new catalogue's file, made once: each migration would cost every engine its milliseconds. */
function newCatalogue(file: string): Buffer {
  if (emptyCatalogue !== null) return emptyCatalogue;
  new SqliteCatalogue(file).close();
  emptyCatalogue = readFileSync(file);
  return emptyCatalogue;
}

/** Where a test's catalogue lies; gone when the test ends. */
export function catalogueFile(
  t: Pick<TestContext, 'after'>,
  parent = FAST_DIRECTORY,
): { directory: string; file: string } {
  const directory = mkdtempSync(join(parent, 'jubjub-engine-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'catalogue.db');
  writeFileSync(file, newCatalogue(file));
  return { directory, file };
}

/** A new mirror in memory; only its catalogue lies in a file, unless told otherwise, because a transaction has to be real. */
export function memoryEngine(
  t: Pick<TestContext, 'after'>,
  sim: Sim,
  options: Partial<EngineOptions> = {},
  place: CataloguePlace = inFile(catalogueFile(t).file),
): Engine {
  const lifeline = new Lifeline();
  const engine = new Engine(sim, new MemoryStore(lifeline), lifeline, place, options);
  t.after(() => engine.close());
  return engine;
}

/** A new mirror on the disk. */
export async function localEngine(
  t: Pick<TestContext, 'after'>,
  sim: Sim,
  options: Partial<EngineOptions> = {},
): Promise<{ readonly engine: Engine<LocalStore>; readonly web: string }> {
  const { directory, file } = catalogueFile(t, tmpdir());
  const folders = await prepareFolders(directory);
  const engine = new Engine(sim, new LocalStore(folders), new Lifeline(), inFile(file), options);
  t.after(() => engine.close());
  return { engine, web: folders.web };
}

/** Every file below a directory with its bytes and its modification time, by path from there. */
export function treeOnDisk(
  directory: string,
): Map<string, { readonly bytes: Buffer; readonly mtimeNs: bigint }> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    paths
      .map((path) => ({ path, stat: statSync(join(directory, path), { bigint: true }) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ path, stat }) => [path, { bytes: readFileSync(join(directory, path)), mtimeNs: stat.mtimeNs }]),
  );
}
