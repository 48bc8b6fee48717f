/** Makes a mirror of PyPI's size without a sync, for the other benches at scale: `--keep DIR` keeps it for them. */
import { statSync } from 'node:fs';
import { type Bench, numberOption } from './support/bench.ts';
import { catalogueFile } from './support/catalogue-rows.ts';
import { counted, mirrorOf, SCALE_OPTIONS } from './support/scaled-mirror.ts';

/** "In a minute or so." */
const SECONDS_MAX = 90;

export const bench: Bench = {
  name: 'catalogue',
  goal: 'a catalogue of 737,000 projects, with its root index and proof, in about a minute',
  rounds: 1,
  options: SCALE_OPTIONS,
  async run(context) {
    const { directory, madeInSeconds } = await mirrorOf(context);
    const megabytes = Math.round(statSync(catalogueFile(directory)).size / 1e6);
    const isKept = madeInSeconds === null;
    return [
      {
        what: `a catalogue of ${counted(numberOption(context, 'projects'))} projects, ${context.options['files']} files each on average`,
        measured: `${isKept ? 'kept from before' : `${madeInSeconds.toFixed(0)} s`}, ${counted(megabytes)} MB`,
        against: '',
        ratio: '',
        peakMb: null,
        goal: `< ${SECONDS_MAX} s`,
        holds: isKept ? null : madeInSeconds < SECONDS_MAX,
      },
    ];
  },
};
