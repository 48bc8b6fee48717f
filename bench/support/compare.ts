/** One row for each peer that a candidate was held against. */
import type { Row } from './bench.ts';
import {
  cpuOf,
  type Measured,
  peakMbOf,
  ratios,
  type Series,
  secondsOf,
  shownSeconds,
  shownSpread,
} from './measure.ts';

export interface Comparison {
  readonly what: string;
  /** Told after the seconds and the CPU time: "5,005 requests". */
  readonly told: string;
  /** The candidate's name in the series. */
  readonly own: string;
  /** The peer that the goal is about, and the highest ratio of seconds that it allows. */
  readonly judged: {
    readonly peer: string;
    readonly goal: string;
    readonly holds: (ratio: number) => boolean;
  };
}

const shown = (runs: readonly Measured[]) =>
  `${shownSeconds(secondsOf(runs))}, ${cpuOf(runs).median.toFixed(2)} s of CPU`;

/** Without any peer, one row that is told and not judged. */
export function comparisonRows(series: Readonly<Partial<Series>>, comparison: Comparison): Row[] {
  const { what, told, own: name, judged } = comparison;
  const own = series[name] ?? [];
  const common = { what, measured: `${shown(own)}, ${told}`, peakMb: peakMbOf(own) };
  const peers = Object.entries(series).filter(([peer]) => peer !== name);
  if (peers.length === 0) return [{ ...common, against: '', ratio: '', goal: '', holds: null }];
  return peers.map(([peer, runs = []]) => {
    const ratio = ratios(own, runs);
    const isJudged = peer === judged.peer;
    return {
      ...common,
      against: `${peer}: ${shown(runs)}`,
      ratio: shownSpread(ratio),
      goal: isJudged ? judged.goal : '',
      holds: isJudged ? judged.holds(ratio.median) : null,
    };
  });
}
