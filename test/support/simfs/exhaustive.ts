/**
 * Everything that can happen to a small history: a power cut at every step with every state that it may leave of the disk, and the
 * failure of every call with every error.
 */
import assert from 'node:assert/strict';
import { checkPages } from '../check-promise.ts';
import type { SimEngine } from './engine.ts';
import { canFailWith, ERRNOS } from './errnos.ts';
import type { Errno } from './errors.ts';
import { assertSameTree, Explorer, type Saved, shown, type Undisturbed, withoutReports } from './explorer.ts';
import type { StoryName } from './story.ts';

/** What is tried; everything, when nothing is said. */
export interface Extent {
  readonly story: StoryName;
  /** Numbers of the phases, from 0 on. */
  readonly isPhase?: (phase: number) => boolean;
  readonly isCrash?: (step: number) => boolean;
  readonly isState?: (state: number) => boolean;
  readonly isCall?: (call: number) => boolean;
  /** Has the system of a process that was killed a `sync` for whole file systems? @default of every second */
  readonly hasSync?: (step: number) => boolean;
  readonly errnos?: readonly Errno[];
  /** At one step no more states are looked at than this. */
  readonly looksMax: number;
  readonly onProgress?: (counts: Counts) => void;
}

export interface Counts {
  /** Steps before which the process was ended. */
  crashes: number;
  /** States that power cuts left there, each step for itself. */
  states: number;
  /** Steps with more states than were looked at, by their history. */
  readonly capped: Map<StoryName, number>;
  /** States of disk and catalogue, each once. */
  readonly distinct: Set<string>;
  /** Runs that put a distinct state in order, and power cuts that they were followed by. */
  recoveries: number;
  cutsAfterwards: number;
  failedCalls: number;
  /** How runs with a failed call ended, by the name of the call: `write 6`. */
  readonly endings: Map<string, number>;
}

export function newCounts(): Counts {
  const numbers = { crashes: 0, states: 0, recoveries: 0, cutsAfterwards: 0, failedCalls: 0 };
  return { ...numbers, capped: new Map(), distinct: new Set(), endings: new Map() };
}

/** Adds what another share has found. */
export function addCounts(sum: Counts, { capped, distinct, endings, ...numbers }: Counts): void {
  for (const [key, value] of Object.entries(numbers)) sum[key as keyof typeof numbers] += value;
  for (const [story, steps] of capped) sum.capped.set(story, (sum.capped.get(story) ?? 0) + steps);
  for (const key of distinct) sum.distinct.add(key);
  for (const [ending, runs] of endings) sum.endings.set(ending, (sum.endings.get(ending) ?? 0) + runs);
}

/** What a failed call does to those after it. */
const REPEATS = ['once', 'from then on'] as const;
type Repeat = (typeof REPEATS)[number];
/** Calls that make something durable. */
const FLUSHES = /sync$|^syncfs$/;

/** After a run has ended all is flushed: what is not, and may be lost without harm, has few states. */
const CUTS_AFTERWARDS_MAX = 64;
/** Tries all of a history that is asked for. @throws what broke, with what replays it */
export async function exhaust(extent: Extent, counts: Counts): Promise<void> {
  const explorer = await Explorer.start(extent.story);
  try {
    for (let phase = 0; ; phase++) {
      const next = await explorer.next();
      if (next === null) return;
      if (extent.isPhase?.(phase) === false) continue;
      const where = `--story ${extent.story} --phase ${phase}`;
      await crashEverywhere(explorer, next.undisturbed, extent, counts, where);
      await failEverything(explorer, next.undisturbed, extent, counts, where);
    }
  } finally {
    await explorer.close();
  }
}

/** What broke, and how to see it again. */
async function replayable<T>(command: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new Error(`replay: npm run exhaustive -- ${command}\n${error}`, { cause: error });
  }
}

async function crashEverywhere(
  explorer: Explorer,
  undisturbed: Undisturbed,
  extent: Extent,
  counts: Counts,
  where: string,
): Promise<void> {
  // After the last step there is one more moment: the process has ended well.
  for (let step = 0; step <= undisturbed.steps.length; step++) {
    if (extent.isCrash?.(step) === false) continue;
    const before = undisturbed.steps[step] ?? 'the end';
    const { images, isCapped } = await explorer.with(explorer.base, async (engine) => {
      engine.lifeline.dieAfter(step);
      await explorer.run(engine);
      return engine.store.disk.crashStates(extent.looksMax);
    });
    const { catalogue } = explorer.last;
    counts.crashes += 1;
    counts.states += images.length;
    counts.capped.set(extent.story, (counts.capped.get(extent.story) ?? 0) + Number(isCapped));
    for (const [state, image] of images.entries()) {
      const saved = { image, catalogue };
      if (extent.isState?.(state) === false) continue;
      await replayable(`${where} --crash ${step} --state ${state}   (before ${before})`, () =>
        recoverOnce(explorer, saved, undisturbed, counts),
      );
    }
    // The state after those of power cuts: everything is there, and not all of it is flushed.
    if (extent.isState?.(images.length) !== false) {
      const hasSync = extent.hasSync?.(step) ?? step % 2 === 0;
      const how = `--looks ${extent.looksMax}${hasSync ? '' : ' --no-sync'} --crash ${step}`;
      await replayable(`${where} ${how} --state ${images.length}   (killed before ${before})`, () =>
        recoverKilled(explorer, step, undisturbed, hasSync, counts),
      );
    }
    extent.onProgress?.(counts);
  }
}

/** One run puts a state in order (P4), and what it has done survives. A state that was tried already is not tried again. */
async function recoverOnce(
  explorer: Explorer,
  saved: Saved,
  undisturbed: Undisturbed,
  counts: Counts,
): Promise<void> {
  const key = explorer.keyOf(saved);
  if (counts.distinct.has(key)) return;
  counts.distinct.add(key);
  await explorer.with(saved, (engine) => putInOrder(explorer, engine, undisturbed, counts));
}

/** Only the process dies: what it did not live to flush is there, and no later power cut may take it from the run that found it. */
async function recoverKilled(
  explorer: Explorer,
  step: number,
  undisturbed: Undisturbed,
  hasSync: boolean,
  counts: Counts,
): Promise<void> {
  await explorer.with(explorer.base, async (engine) => {
    engine.lifeline.dieAfter(step);
    await explorer.run(engine);
    engine.store.killed();
    engine.store.disk.hasSync = hasSync;
    engine.reopen();
    await putInOrder(explorer, engine, undisturbed, counts);
  });
}

async function putInOrder(
  explorer: Explorer,
  engine: SimEngine,
  undisturbed: Undisturbed,
  counts: Counts,
): Promise<void> {
  explorer.check(engine);
  const ended = await explorer.run(engine);
  assert.equal(ended.status, 0, `a run in fair weather ended with ${ended.status}: ${ended.error}`);
  explorer.check(engine);
  checkPages(engine.store.tree(), engine.catalogue);
  assertSameTree(shown(engine), undisturbed.tree, 'one run makes the tree of an undisturbed mirror');
  counts.recoveries += 1;
  const { images } = engine.store.disk.crashStates(CUTS_AFTERWARDS_MAX);
  for (const image of images)
    assertSameTree(withoutReports(image.files('web')), undisturbed.tree, 'a power cut after a recovery');
  counts.cutsAfterwards += images.length;
}

async function failEverything(
  explorer: Explorer,
  undisturbed: Undisturbed,
  { isCall, errnos = ERRNOS, onProgress }: Extent,
  counts: Counts,
  where: string,
): Promise<void> {
  for (const [call, { name, text }] of undisturbed.calls.entries()) {
    if (isCall?.(call) === false) continue;
    for (const errno of errnos.filter((one) => canFailWith(name, one)))
      for (const repeat of REPEATS) {
        const how = `--call ${call} --errno ${errno}`;
        await replayable(`${where} ${how}   (${text} fails ${repeat})`, async () => {
          const status = await failCall(explorer, undisturbed, { call, errno, repeat }, counts);
          if (repeat === 'once' && FLUSHES.test(name))
            await recoverAfterFailedFlush(explorer, undisturbed, { call, errno, repeat }, counts);
          const ending = `${name} ${status}`;
          counts.endings.set(ending, (counts.endings.get(ending) ?? 0) + 1);
        });
        counts.failedCalls += 1;
      }
    if (name === 'write')
      await replayable(`${where} --call ${call}   (${text} is short)`, () =>
        writeShort(explorer, undisturbed, call),
      );
    onProgress?.(counts);
  }
}

interface Failure {
  readonly call: number;
  readonly errno: Errno;
  readonly repeat: Repeat;
}

/** The n-th call fails; then the power goes, or it does not; then one run puts all in order. Returns the exit status. */
async function failCall(
  explorer: Explorer,
  undisturbed: Undisturbed,
  { call, errno, repeat }: Failure,
  counts: Counts,
): Promise<number> {
  const { ended, lost } = await explorer.with(explorer.base, async (engine) => {
    const run = await runWithFailure(explorer, engine, { call, errno, repeat });
    const { images } = engine.store.disk.crashStates(CUTS_AFTERWARDS_MAX);
    // P8: with 0 nobody was told of anything, so nothing may be missing, now or after a power cut.
    if (run.status === 0) {
      assertSameTree(shown(engine), undisturbed.tree, 'a run that ended with 0, though a call failed');
      assert.deepEqual(
        engine.catalogue.unwrittenAudit(1),
        [],
        'P8: the audit is not written, and the status is 0',
      );
      for (const after of images)
        assertSameTree(withoutReports(after.files('web')), undisturbed.tree, 'a power cut after such a run');
    }
    return { ended: run, lost: images.at(-1) };
  });
  assertTold(ended.status, ended.error?.facts.path, ended.error?.facts.received, errno);
  const { catalogue, image } = explorer.last;
  for (const after of [image, ...(lost === undefined ? [] : [lost])])
    await recoverOnce(explorer, { image: after, catalogue }, undisturbed, counts);
  return ended.status;
}

function runWithFailure(
  explorer: Explorer,
  engine: SimEngine,
  { call, errno, repeat }: Failure,
): ReturnType<Explorer['run']> {
  let made = -1;
  engine.store.hook = ({ name }) => {
    made += 1;
    const isDue = repeat === 'once' ? made === call : made >= call;
    return isDue && canFailWith(name, errno) ? { fail: errno } : undefined;
  };
  return explorer.run(engine);
}

/** What a flush failed for still reads as it should, so the next run must not believe it: a power cut after that one would tell. */
async function recoverAfterFailedFlush(
  explorer: Explorer,
  undisturbed: Undisturbed,
  failure: Failure,
  counts: Counts,
): Promise<void> {
  await explorer.with(explorer.base, async (engine) => {
    await runWithFailure(explorer, engine, failure);
    engine.store.hook = () => undefined;
    engine.store.killed();
    engine.reopen();
    await putInOrder(explorer, engine, undisturbed, counts);
  });
}

/** A write takes only the first bytes, and no call fails: whoever writes has to go on. */
async function writeShort(explorer: Explorer, undisturbed: Undisturbed, call: number): Promise<void> {
  await explorer.with(explorer.base, async (engine) => {
    let made = -1;
    engine.store.hook = () => {
      made += 1;
      return made === call ? { shortBytes: 3 } : undefined;
    };
    assert.deepEqual(await explorer.run(engine), { status: 0, error: null });
    assertSameTree(shown(engine), undisturbed.tree, 'a run with a short write');
  });
}

/** Whoever reads the message knows what failed where, and why. */
function assertTold(
  status: number,
  path: string | undefined,
  reason: string | undefined,
  errno: Errno,
): void {
  assert.ok([0, 3, 6].includes(status), `exit status ${status}`);
  if (status !== 6) return;
  assert.match(path ?? '', /^\/sim-disk\//, 'the error names the path');
  assert.match(reason ?? '', new RegExp(errno), 'the error gives the reason of the operating system');
}
