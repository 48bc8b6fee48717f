/** A mirror on a simulated disk that can be put back to where it was, as often as wanted, and run from there. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isJubjubError, type JubjubError } from '../../../src/errors.ts';
import { checkAlways, checkPages } from '../check-promise.ts';
import { checkAudit, checkTrash } from '../check-trash.ts';
import { catalogueFile, inFile, type Tree } from '../engine.ts';
import { OriginHistory } from '../origin-history.ts';
import { type Sim, startSim } from '../sim/sim.ts';
import { SimDisk } from './disk.ts';
import { type SimEngine, simEngine } from './engine.ts';
import type { DiskImage } from './image.ts';
import type { SimCall } from './process.ts';
import { type Phase, STORIES, type StoryName } from './story.ts';

/** Neither covered by the promise that two mirrors agree (contract, "The promise"). */
const REPORTS: ReadonlySet<string> = new Set(['status.json', 'last-modified']);

/** A mirror between two processes. */
export interface Saved {
  readonly image: DiskImage;
  /** The bytes of the catalogue's file. */
  readonly catalogue: Buffer;
}

/** Before the first process. */
const NOTHING: Saved = { image: new SimDisk().image(), catalogue: Buffer.alloc(0) };

/** How a run ended; `error` is what stopped it. */
export interface Ended {
  readonly status: number;
  readonly error: JubjubError | null;
}

/** What an undisturbed run of the present phase does. */
export interface Undisturbed {
  readonly tree: Tree;
  /** Whatever changes the disk or the catalogue. */
  readonly steps: readonly string[];
  /** Whatever asks anything of the disk. */
  readonly calls: readonly Pick<SimCall, 'name' | 'text'>[];
}

export class Explorer {
  readonly story: StoryName;
  readonly #sim: Sim;
  readonly #origin: OriginHistory;
  #phase = -1;
  #startMs = 0;
  #base: Saved = NOTHING;
  #end: Saved = NOTHING;

  private constructor(story: StoryName, sim: Sim) {
    this.story = story;
    this.#sim = sim;
    this.#origin = new OriginHistory(sim.state, { site: sim.url, files: sim.filesUrl });
  }

  static async start(story: StoryName): Promise<Explorer> {
    const explorer = new Explorer(story, await startSim({ cdn: false }));
    // The making of a catalogue's tables is SQLite's affair, and takes longer than all that follows.
    await explorer.with(NOTHING, async () => {});
    explorer.#end = { image: NOTHING.image, catalogue: explorer.#last.catalogue };
    return explorer;
  }

  async close(): Promise<void> {
    await this.#sim.close();
  }

  /** The same for two states of which the same comes now. */
  keyOf({ image, catalogue }: Saved): string {
    const digest = createHash('sha256').update(catalogue).digest('hex');
    return `${this.story} ${this.#phase} ${image.hash} ${digest}`;
  }

  /** Where the run of this phase begins. */
  get base(): Saved {
    return this.#base;
  }

  /** What undisturbed runs leave of this phase. */
  get end(): Saved {
    return this.#end;
  }

  /** Goes on to the next phase: upstream changes, and one run shows what is to come of it. Null after the last. */
  async next(): Promise<{ readonly phase: Phase; readonly undisturbed: Undisturbed } | null> {
    const phase = STORIES[this.story].phases[this.#phase + 1];
    if (phase === undefined) return null;
    this.#phase += 1;
    this.#base = this.#end;
    this.#toStart();
    this.#sim.advance(phase.afterMs);
    phase.change(this.#sim);
    this.#startMs = this.#sim.clock.now();
    const calls: SimCall[] = [];
    const undisturbed = await this.with(this.#base, async (engine) => {
      engine.store.hook = (call) => void calls.push(call);
      assert.deepEqual(await this.run(engine), { status: 0, error: null });
      this.check(engine);
      checkPages(engine.store.tree(), engine.catalogue);
      assert.equal(engine.store.process.open.size, 0, 'no file is left open');
      return { tree: shown(engine), steps: [...engine.lifeline.steps], calls };
    });
    this.#end = this.#last;
    return { phase, undisturbed };
  }

  #last: Saved = NOTHING;

  /** As the last `with` has left it. */
  get last(): Saved {
    return this.#last;
  }

  /** Does something with the mirror as it was saved, at the time at which the phase begins. */
  async with<T>(saved: Saved, action: (engine: SimEngine) => Promise<T>): Promise<T> {
    this.#toStart();
    this.#sim.requests.length = 0;
    const undo: (() => void)[] = [];
    const cleanup = { after: (step: unknown) => void undo.push(step as () => void) };
    const { file } = catalogueFile(cleanup);
    if (saved.catalogue.length > 0) writeFileSync(file, saved.catalogue);
    const disk = new SimDisk(saved.image);
    const { settings } = STORIES[this.story];
    const engine = simEngine(cleanup, this.#sim, { settings }, { disk, place: inFile(file) });
    try {
      const result = await action(engine);
      engine.close();
      this.#last = { image: disk.image(), catalogue: readFileSync(file) };
      return result;
    } finally {
      disk.kill();
      for (const step of undo.reverse()) step();
    }
  }

  /** A run as a process: what it throws before it has begun is how it ended, too. */
  async run(engine: SimEngine): Promise<Ended> {
    try {
      const { exitStatus } = await engine.run();
      const stopped = engine.events.findLast((event) => event.type === 'stopped');
      return { status: exitStatus, error: stopped?.error ?? null };
    } catch (error) {
      if (!isJubjubError(error)) throw error;
      return { status: error.exitStatus, error };
    }
  }

  /** P1, P2, P3, P6 and what must be known of every file, at any instant. */
  check({ store, catalogue }: SimEngine): void {
    checkAlways(store.tree(), catalogue, this.#origin);
    checkTrash(store.trash(), catalogue, this.#origin.names);
    checkAudit(store, catalogue);
  }

  #toStart(): void {
    if (this.#startMs > 0) this.#sim.advance(this.#startMs - this.#sim.clock.now());
  }
}

/** The docroot but its reports. */
export function shown({ store }: SimEngine): Tree {
  return withoutReports(store.tree());
}

export function withoutReports(tree: Tree): Tree {
  return new Map([...tree].filter(([path]) => !REPORTS.has(path)));
}

/** P4: byte for byte. */
export function assertSameTree(found: Tree, expected: Tree, what: string): void {
  const paths = new Set([...found.keys(), ...expected.keys()]);
  const differing = [...paths].filter(
    (path) => !Buffer.from(found.get(path) ?? 'absent').equals(expected.get(path) ?? Buffer.from('absent')),
  );
  assert.deepEqual(differing, [], `P4: ${what}`);
}
