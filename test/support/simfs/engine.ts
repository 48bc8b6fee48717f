/** The whole engine over the real store on a simulated disk: each run is a process of its own, from the making of its folders on. */

import type { RunEvent } from '../../../src/events.ts';
import type { MirrorDeps } from '../../../src/mirror/deps.ts';
import { type FlushMode, LocalStore, mirrorFolders, prepareFolders } from '../../../src/store/local.ts';
import {
  type CataloguePlace,
  catalogueFile,
  Engine,
  type EngineOptions,
  inFile,
  type Tree,
} from '../engine.ts';
import { Lifeline } from '../lifeline.ts';
import type { Prng } from '../prng.ts';
import type { Sim } from '../sim/sim.ts';
import { SimDisk } from './disk.ts';
import { isErrno } from './errors.ts';
import { installSimFs } from './install.ts';
import type { CallHook, SimCall, SimProcess, Verdict } from './process.ts';

/** What belongs to a mirror on a simulated disk besides its store: ways to look at it, to disturb it and to end it. */
export class SimShelves {
  readonly disk: SimDisk;
  readonly lifeline: Lifeline;
  /** Asked before each call what is to become of it; after it, the lifeline. */
  hook: CallHook = () => undefined;
  #process: SimProcess;
  #local: LocalStore;
  readonly #mode: FlushMode | undefined;

  constructor(disk: SimDisk, lifeline: Lifeline, mode?: FlushMode) {
    this.disk = disk;
    this.lifeline = lifeline;
    this.#mode = mode;
    this.#process = disk.boot();
    this.#local = this.#open();
    disk.hook = (call) => this.#judge(call);
  }

  /** Of the process that runs, or ran last. */
  get process(): SimProcess {
    return this.#process;
  }

  /** The store of the process that runs; of a new one when that is dead. */
  get local(): LocalStore {
    if (this.#process.isDead) this.begin();
    return this.#local;
  }

  /** The next process. The one before has come to its end. */
  begin(): void {
    this.#process.kill();
    this.#process = this.disk.boot();
    this.#local = this.#open();
  }

  /** What a process does before it runs. @throws STORE_* */
  async prepare(): Promise<void> {
    await prepareFolders(this.#process.root);
  }

  tree(): Tree {
    return this.disk.tree('web');
  }

  trash(): Tree {
    return this.disk.tree('state/trash');
  }

  /** The whole lines of the audit. */
  auditLines(): string[] {
    const text = Buffer.from(this.disk.tree('state').get('audit.jsonl') ?? []).toString('utf8');
    return text.split('\n').slice(0, -1);
  }

  /** Hears of each file of the docroot as it appears, changes or vanishes (null). */
  watchDocroot(listener: (path: string, bytes: Uint8Array | null) => void): void {
    this.disk.onName = ({ path, inode }) => {
      if (!path.startsWith('web/') || (inode !== null && inode.kind !== 'file')) return;
      listener(path.slice('web/'.length), inode === null ? null : inode.bytes);
    };
  }

  /** The process is gone; everything it did is there. */
  killed(): void {
    this.disk.kill();
  }

  /** The same, and what was not flushed is lost, torn or there: as chance has it. */
  crash(prng: Prng): void {
    this.disk.crash(prng);
  }

  #open(): LocalStore {
    return new LocalStore(mirrorFolders(this.#process.root), this.#mode);
  }

  /** A lifeline that fails a step with an error of the operating system fails the call with it. */
  #judge(call: SimCall): Verdict {
    const verdict = this.hook(call);
    if (verdict === 'die') this.lifeline.dieAfter(0);
    try {
      if (call.changes || verdict === 'die') this.lifeline.step(call.text);
      else this.lifeline.alive();
    } catch (error) {
      if (this.lifeline.isDead) call.process.kill();
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (!isErrno(code)) throw error;
      return { fail: code };
    }
    return verdict;
  }
}

export type SimStore = LocalStore & SimShelves;

/** The store of whatever process runs, and all that tests do to it. */
function simStore(shelves: SimShelves): SimStore {
  return new Proxy(shelves, {
    get(target, key) {
      const owner = key in target ? target : target.local;
      const value: unknown = Reflect.get(owner, key, owner);
      return typeof value === 'function' ? value.bind(owner) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  }) as SimStore;
}

export class SimEngine extends Engine<SimStore> {
  /** @throws STORE_* when the folders cannot be made: then nothing has run */
  override async act<T>(
    dryRun: boolean,
    action: (deps: MirrorDeps) => Promise<T>,
    onEvent: (event: RunEvent) => void = () => {},
  ): Promise<T> {
    this.store.begin();
    if (!dryRun) await this.store.prepare();
    return super.act(dryRun, action, onEvent);
  }
}

/** A new mirror on a simulated disk; only its catalogue lies on a real one, because SQLite keeps its promises by itself. */
export function simEngine(
  t: Parameters<typeof catalogueFile>[0],
  sim: Sim,
  options: Partial<EngineOptions> = {},
  {
    disk = new SimDisk(),
    mode,
    hasSync = true,
    place = inFile(catalogueFile(t).file),
  }: SimEngineOptions = {},
): SimEngine {
  installSimFs();
  disk.hasSync = hasSync;
  const lifeline = new Lifeline();
  disk.now = () => sim.clock.now();
  disk.sleep = (durationMs) => sim.clock.sleep(durationMs, new AbortController().signal);
  const engine = new SimEngine(sim, simStore(new SimShelves(disk, lifeline, mode)), lifeline, place, options);
  t.after(() => engine.close());
  return engine;
}

export interface SimEngineOptions {
  /** @default an empty one */
  readonly disk?: SimDisk;
  /** `[store] flush`. @default as shipped */
  readonly mode?: FlushMode;
  /** See `SimDisk.hasSync`. @default true */
  readonly hasSync?: boolean;
  /** Of the catalogue. @default a new file */
  readonly place?: CataloguePlace;
}
