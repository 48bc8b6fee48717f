/** The thread in which seeds are played: it is given one after the other, and answers each with what came of it. */
import { parentPort } from 'node:worker_threads';
import { type Counts, Coverage } from './coverage.ts';
import { type Played, playScenario, type Violation } from './player.ts';
import { drawScenario } from './scenario.ts';
import { shorten, withActs } from './shorten.ts';

/** What a thread is asked to play. */
export interface SeedTask {
  readonly seed: number;
  /** Only these acts; null: all. */
  readonly acts: readonly number[] | null;
  /** Try so many shorter histories after a violation. */
  readonly shortenTriesMax: number;
}

/** What came of a seed. */
export interface SeedResult {
  readonly seed: number;
  readonly runs: number;
  readonly looks: number;
  readonly violation: Violation | null;
  /** The same promise broken with fewer acts. */
  readonly shortened: Violation | null;
  readonly counts: Counts;
}

/** Plays a seed, and shortens what breaks in it. */
export async function playSeed({ seed, acts, shortenTriesMax }: SeedTask): Promise<SeedResult> {
  const drawn = drawScenario(seed);
  const scenario = acts === null ? drawn : withActs(drawn, acts);
  const coverage = new Coverage();
  const { violation, runs, looks }: Played = await playScenario(scenario, { coverage });
  const shortened =
    violation === null || shortenTriesMax === 0
      ? null
      : await shorten(scenario, violation, {
          triesMax: shortenTriesMax,
          play: async (shorter) => (await playScenario(shorter)).violation,
        });
  return { seed, runs, looks, violation, shortened, counts: coverage.counts };
}

parentPort?.on('message', (task: SeedTask) => {
  void playSeed(task).then((result) => parentPort?.postMessage(result));
});
