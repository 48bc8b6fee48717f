/**
 * Goal 3: a run with nothing new. What it does all the same: it asks for the changelog, and once more about what has changed in the
 * replay window, which always has the last change. Two mirrors, a small one and one of PyPI's size, alternately, and Node itself as the
 * floor.
 */
import type { Bench, BenchContext, Row } from './support/bench.ts';
import { numberOption } from './support/bench.ts';
import {
  alternate,
  cpuOf,
  type Measured,
  measureChild,
  peakMbOf,
  ratios,
  secondsOf,
  shownSeconds,
  shownSpread,
} from './support/measure.ts';
import { startQuietIndex, syncOnce } from './support/quiet-index.ts';
import { counted, mirrorOf, SCALE_OPTIONS } from './support/scaled-mirror.ts';

const SECONDS_MAX = 0.2;
const PEAK_MB_MAX = 90;
const SAME_WITHIN = 1.1;

export const bench: Bench = {
  name: 'nothing-new',
  goal: `at most ${SECONDS_MAX} s and ${PEAK_MB_MAX} MB, the same within 10 % at 1,000 and at 737,000 projects`,
  rounds: 9,
  options: { ...SCALE_OPTIONS, small: '1000' },
  async run(context) {
    const sizes = { small: numberOption(context, 'small'), large: numberOption(context, 'projects') };
    const small = await startQuietIndex((await mirrorOf(context, sizes.small)).directory);
    const large = await startQuietIndex((await mirrorOf(context)).directory);
    try {
      // The project that is new comes first.
      for (const index of [small, large]) await syncOnce(index);
      if (context.profile) await syncOnce(large, context);
      const series = await alternate(
        {
          floor: () => measureChild(process.execPath, ['-e', '0']),
          small: () => syncOnce(small),
          large: () => syncOnce(large),
        },
        context.rounds,
      );
      return rowsOf(context, series, sizes);
    } finally {
      await small.close();
      await large.close();
    }
  },
};

type Runs = Readonly<Record<'floor' | 'small' | 'large', readonly Measured[]>>;

function rowsOf(
  context: BenchContext,
  runs: Runs,
  sizes: { readonly small: number; readonly large: number },
): Row[] {
  const floor = `node -e 0: ${shownSeconds(secondsOf(runs.floor))}, ${shownSpread(cpuOf(runs.floor))} of CPU`;
  const size = (which: 'small' | 'large'): Row => {
    const peakMb = peakMbOf(runs[which]);
    const seconds = secondsOf(runs[which]);
    return {
      what: `nothing new, ${counted(sizes[which])} projects`,
      measured: `${shownSeconds(seconds)}, ${shownSpread(cpuOf(runs[which]))} of CPU`,
      against: floor,
      ratio: shownSpread(ratios(runs[which], runs.floor), 1),
      peakMb,
      goal: `<= ${SECONDS_MAX} s, <= ${PEAK_MB_MAX} MB`,
      holds: seconds.median <= SECONDS_MAX && (peakMb ?? 0) <= PEAK_MB_MAX,
    };
  };
  const growth = ratios(runs.large, runs.small);
  const peaks = (peakMbOf(runs.large) ?? 0) / (peakMbOf(runs.small) ?? Number.NaN);
  return [
    size('small'),
    size('large'),
    {
      what: `nothing new, ${counted(sizes.large)} against ${counted(sizes.small)} projects, ${context.rounds} rounds`,
      measured: `peak memory x ${peaks.toFixed(2)}`,
      against: '',
      ratio: shownSpread(growth),
      peakMb: null,
      goal: `<= ${SAME_WITHIN}`,
      holds: growth.median <= SAME_WITHIN && peaks <= SAME_WITHIN,
    },
  ];
}
