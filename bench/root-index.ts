/**
 * Goal 4, second part: the root index of all of PyPI, both forms, rendered, compared, flushed and placed by a run that has met one
 * change; and not touched by one that has met none, or finds that it says what it should.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../src/catalogue/database.ts';
import { mirrorFolders } from '../src/store/folders.ts';
import type { Bench } from './support/bench.ts';
import { numberOption } from './support/bench.ts';
import { catalogueFile } from './support/catalogue-rows.ts';
import { alternate, peakMbOf, shownSeconds, spread } from './support/measure.ts';
import { type SyncMeasured, startQuietIndex, syncOnce } from './support/quiet-index.ts';
import { counted, mirrorOf, SCALE_OPTIONS } from './support/scaled-mirror.ts';

const SECONDS_MAX = 2;
const PEAK_MB_MAX = 150;

export const bench: Bench = {
  name: 'root-index',
  goal: `the root index of 737,000 projects in ${SECONDS_MAX} s and ${PEAK_MB_MAX} MB, written only when it changed`,
  rounds: 5,
  options: SCALE_OPTIONS,
  async run(context) {
    const { directory } = await mirrorOf(context);
    const index = await startQuietIndex(directory);
    try {
      await syncOnce(index);
      const change = () => {
        index.release('bench-first');
        return syncOnce(index);
      };
      const runs = await alternate(
        { change, compared: () => unwritten(directory, index, true) },
        context.rounds,
      );
      await unwritten(directory, index, false);
      if (context.profile) {
        index.release('bench-first');
        await syncOnce(index, context);
      }
      const what = `root index of ${counted(numberOption(context, 'projects'))} projects`;
      return [
        row(`${what}: written`, runs.change),
        row(`${what}: compared, and found the same`, runs.compared),
      ];
    } finally {
      await index.close();
    }
  },
};

function row(what: string, runs: readonly SyncMeasured[]) {
  const seconds = spread(runs.map(({ commitSeconds }) => commitSeconds));
  const peakMb = peakMbOf(runs);
  return {
    what,
    measured: shownSeconds(seconds),
    against: '',
    ratio: '',
    peakMb,
    goal: `<= ${SECONDS_MAX} s, <= ${PEAK_MB_MAX} MB`,
    holds: seconds.median <= SECONDS_MAX && (peakMb ?? 0) <= PEAK_MB_MAX,
  };
}

/** A run with nothing new, also when it has a reason to doubt the root index. @throws when it has written one */
async function unwritten(
  directory: string,
  index: Parameters<typeof syncOnce>[0],
  inDoubt: boolean,
): Promise<SyncMeasured> {
  if (inDoubt) doubt(catalogueFile(directory));
  const { web } = mirrorFolders(directory);
  const look = () =>
    ['index.html', 'index.v1_json'].map(
      (name) => statSync(join(web, 'simple', name), { bigint: true }).mtimeNs,
    );
  const before = look();
  const measured = await syncOnce(index);
  if (look().some((mtimeNs, at) => mtimeNs !== before[at]))
    throw new Error('an unchanged root index was written');
  return measured;
}

/** As after a run that was killed. */
function doubt(file: string): void {
  const db = openDatabase(file);
  try {
    db.run(`INSERT INTO meta VALUES ('rootInDoubt', 1) ON CONFLICT (key) DO NOTHING`);
  } finally {
    db.close();
  }
}
