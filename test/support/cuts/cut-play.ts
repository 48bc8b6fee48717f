/**
 * One run of the built program on a disk of which everything is known, and then power cuts: at any write, with any part of what was
 * not flushed. After each the file system is mounted as a reboot would do it, and must hold a mirror that keeps the promise.
 */
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqliteCatalogue } from '../../../src/catalogue/sqlite.ts';
import { checkAlways } from '../check-promise.ts';
import { formatImage, mountImage, unmount } from '../loop-disk.ts';
import { MirrorPlace } from '../mirror-place.ts';
import { OriginHistory } from '../origin-history.ts';
import type { Prng } from '../prng.ts';
import { told } from '../program.ts';
import { randomHistory } from '../sim/history.ts';
import { startWorld, uploadSmall } from '../world.ts';
import { diskAfterCut, type Kept, type LogEntry } from './block-log.ts';
import { openLoggedDisk } from './logged-disk.ts';

type Hooks = { after(hook: () => unknown): void };

export interface CutPlayOptions {
  readonly directory: string;
  readonly seed: number;
  /** As `[store] flush`. */
  readonly flush: string;
  /** Of the file system: how much it looks after by itself. */
  readonly mount: string;
  /** How much happens upstream before the run. */
  readonly events: number;
}

/** A run, as its disk saw it. */
interface Recorded {
  readonly before: Uint8Array;
  readonly log: readonly LogEntry[];
  readonly status: number;
}

export interface Cut {
  /** Right after so many entries of the log. */
  readonly at: number;
  readonly kept: Kept;
}

const DISK_BYTES = 16 * 1024 ** 2;
const KEPT: readonly Kept[] = ['none', 'all', 'some writes', 'some sectors'];

export class CutPlay {
  readonly log: readonly LogEntry[];
  readonly #hooks: Hooks;
  readonly #directory: string;
  readonly #before: Uint8Array;
  readonly #origin: OriginHistory;
  /** What an undisturbed run ends with, and makes. */
  readonly #status: number;
  readonly #undisturbed: Record<string, string>;

  private constructor(
    hooks: Hooks,
    directory: string,
    recorded: Recorded,
    origin: OriginHistory,
    undisturbed: Record<string, string>,
  ) {
    this.#hooks = hooks;
    this.#directory = directory;
    this.#before = recorded.before;
    this.log = recorded.log;
    this.#origin = origin;
    this.#status = recorded.status;
    this.#undisturbed = undisturbed;
  }

  /** Records the run; a text says why no such disk can be had here. */
  static async start(hooks: Hooks, options: CutPlayOptions): Promise<CutPlay | string> {
    const { directory, seed, flush, events } = options;
    const sim = await startWorld(hooks);
    const origin = new OriginHistory(sim.state, { site: sim.url, files: sim.filesUrl });
    uploadSmall(sim, ['cheshire', 'dormouse', 'hatter']);
    const first = new MirrorPlace(join(directory, 'first')).configure(sim.url, {
      more: `[sync]\nstale-patience = "0s"\n[prune]\nhide-after = "0s"\n[store]\nflush = "${flush}"\n`,
    });
    await first.sync(hooks);
    uploadSmall(sim, ['cheshire', 'march-hare'], '2.0');
    sim.state.removeProject('dormouse');
    randomHistory(seed, sim.state, events);
    const recorded = await recordRun(hooks, first, options);
    if (typeof recorded === 'string') return recorded;
    await first.sync(hooks, recorded.status);
    return new CutPlay(hooks, directory, recorded, origin, first.shape());
  }

  /** Any moment of the run, and any fate of what was not flushed then. */
  randomCut(prng: Prng): Cut {
    return { at: 1 + prng.int(this.log.length), kept: prng.pick(KEPT) };
  }

  /** Rejects when what the cut leaves breaks the promise, or is not healed by one run. */
  async play({ at, kept }: Cut, prng: Prng): Promise<void> {
    const image = join(this.#directory, 'cut.image');
    const directory = join(this.#directory, 'cut');
    writeFileSync(image, diskAfterCut(this.#before, this.log, at, kept, prng));
    const refused = mountImage(image, directory, 'loop,noatime');
    assert.equal(refused, null, 'the file system itself survives');
    try {
      const place = new MirrorPlace(directory);
      this.#check(place, at);
      await place.sync(this.#hooks, this.#status);
      assert.deepEqual(place.shape(), this.#undisturbed, 'one run heals');
    } finally {
      unmount(directory);
      rmSync(image);
    }
  }

  /** P1, P2, P3 and P6; and what the run has told to be committed is. */
  #check(place: MirrorPlace, at: number): void {
    const catalogue = new SqliteCatalogue(place.catalogueFile);
    try {
      const marks = this.log
        .slice(0, at)
        .flatMap((entry) => (entry.kind === 'mark' ? [Number(entry.text)] : []));
      const serial = catalogue.progress().serial ?? 0;
      assert.ok(serial >= (marks.at(-1) ?? 0), `P2: ${marks.at(-1)} was told to be committed, ${serial} is`);
      checkAlways(place.tree(), catalogue, this.#origin);
    } finally {
      catalogue.close();
    }
  }
}

/** Puts a mirror on a disk of its own and runs `sync` there, as a process. */
async function recordRun(
  hooks: Hooks,
  first: MirrorPlace,
  { directory, mount }: CutPlayOptions,
): Promise<Recorded | string> {
  const image = join(directory, 'disk.image');
  const filled = join(directory, 'filled');
  const refused = formatImage(image, { sizeBytes: DISK_BYTES }) ?? mountImage(image, filled, 'loop,noatime');
  if (refused !== null) return `a file system in a file cannot be mounted here: ${refused}`;
  cpSync(first.directory, filled, { recursive: true });
  unmount(filled);
  const disk = openLoggedDisk(hooks, { image, mount });
  if (typeof disk === 'string') return disk;
  const running = new MirrorPlace(disk.directory).start(hooks, ['sync', '--json']);
  const committed = running.line('stdout', /"type":"committed"/);
  void committed
    .then((line) => disk.mark(String((JSON.parse(line) as { serial: number }).serial)))
    .catch(() => {});
  const ended = await running.ended;
  assert.ok(ended.status === 0 || ended.status === 3, told(ended));
  return { before: disk.before, log: await disk.log(), status: ended.status };
}
