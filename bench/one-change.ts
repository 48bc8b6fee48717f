/**
 * Goal 4, first part: one change among all projects of PyPI, against the run with nothing new. Each change is another release of a
 * project, with its file. The commit is left out of both, because the root index is written in it (bench/root-index.ts).
 */
import type { Bench } from './support/bench.ts';
import { numberOption } from './support/bench.ts';
import { alternate, peakMbOf, shownSeconds, shownSpread, spread } from './support/measure.ts';
import { type SyncMeasured, startQuietIndex, syncOnce } from './support/quiet-index.ts';
import { counted, mirrorOf, SCALE_OPTIONS } from './support/scaled-mirror.ts';

const RATIO_MAX = 1.5;
const PROJECT = 'bench-first';

export const bench: Bench = {
  name: 'one-change',
  goal: `one change among 737,000 projects: at most ${RATIO_MAX} x a run with nothing new, the root index aside`,
  rounds: 9,
  options: SCALE_OPTIONS,
  async run(context) {
    const { directory } = await mirrorOf(context);
    const index = await startQuietIndex(directory);
    const change = () => {
      index.release(PROJECT);
      return syncOnce(index);
    };
    try {
      await syncOnce(index);
      const runs = await alternate({ nothing: () => syncOnce(index), change }, context.rounds);
      if (context.profile) {
        index.release(PROJECT);
        await syncOnce(index, context);
      }
      const apart = (results: readonly SyncMeasured[]) =>
        results.map(({ seconds, commitSeconds }) => seconds - commitSeconds);
      const [changes, nothings] = [apart(runs.change), apart(runs.nothing)];
      const ratio = spread(changes.map((seconds, round) => seconds / (nothings[round] ?? Number.NaN)));
      const whole = spread(runs.change.map(({ seconds }) => seconds));
      return [
        {
          what: `one change among ${counted(numberOption(context, 'projects'))} projects, without the commit`,
          measured: `${shownSeconds(spread(changes))}; with it ${shownSeconds(whole)}`,
          against: `nothing new: ${shownSeconds(spread(nothings))}`,
          ratio: shownSpread(ratio),
          peakMb: peakMbOf(runs.change),
          goal: `<= ${RATIO_MAX}`,
          holds: ratio.median <= RATIO_MAX,
        },
      ];
    } finally {
      await index.close();
    }
  },
};
