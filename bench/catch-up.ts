/**
 * Goal 7: 50,000 changelog rows, the most that one answer has, are read and folded into demands in a second.
 *
 * The rows come over loopback, gzipped, as from PyPI; they are cut, parsed, checked, merged by project and written into a new
 * catalogue on disk, flushed. What runs is `discoverChanges` of src/ (support/catch-up-run.ts) with the flags of bin/jubjub.js. Its
 * seconds are its own: those of starting it do not count. Held against Python's xmlrpc.client, which parses the same answer and no more.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rowsXml } from '../test/support/upstream-xml.ts';
import { type Bench, type BenchContext, numberOption, type Row } from './support/bench.ts';
import { changelogRows, serveChangelog } from './support/changelog.ts';
import {
  alternate,
  isInstalled,
  type Measured,
  measureChild,
  peakMbOf,
  ratios,
  secondsOf,
  shownSeconds,
  shownSpread,
} from './support/measure.ts';
import { profiling, sayProfile } from './support/profile.ts';

const FIRST_SERIAL = 1_000;
const SECONDS_MAX = 1;
const ROWS_JUDGED = 50_000;
const RUN = fileURLToPath(new URL('support/catch-up-run.ts', import.meta.url));

/** Prints how long the parsing alone took. */
const PYTHON = `import sys, time, xmlrpc.client
text = open(sys.argv[1], 'rb').read()
begun = time.perf_counter()
rows = xmlrpc.client.loads(text)[0][0]
print(time.perf_counter() - begun if len(rows) == int(sys.argv[2]) else 'other rows')`;

export const bench: Bench = {
  name: 'catch-up',
  goal: `${ROWS_JUDGED.toLocaleString('en')} changelog rows are parsed and folded in ${SECONDS_MAX} s`,
  rounds: 5,
  options: { rows: String(ROWS_JUDGED) },
  run: measureCatchUp,
};

async function measureCatchUp(context: BenchContext): Promise<readonly Row[]> {
  const count = numberOption(context, 'rows');
  const rows = changelogRows(count, FIRST_SERIAL);
  const projects = new Set(rows.map(({ name }) => name)).size;
  const upstream = await serveChangelog(rows);
  try {
    const catchUp = (flags: readonly string[] = []) => runOnce(context.directory, upstream.url, count, flags);
    const candidates: Record<string, () => Promise<Measured>> = { jubjub: catchUp };
    if (isInstalled('python3')) {
      const answer = join(context.directory, 'answer.xml');
      writeFileSync(answer, rowsXml(rows));
      candidates['python'] = async () =>
        own(await measureChild('python3', ['-c', PYTHON, answer, String(count)]));
    } else context.say('python3 is not installed: nothing to hold it against');
    const series = await alternate(candidates, context.rounds);
    if (context.profile) {
      const directory = join(context.directory, 'profile');
      await catchUp(profiling(directory));
      sayProfile(directory, context.say);
    }
    return [
      rowOf(`${count.toLocaleString('en')} changelog rows of ${projects.toLocaleString('en')} names`, series),
    ];
  } finally {
    upstream.close();
  }
}

async function runOnce(
  directory: string,
  url: string,
  count: number,
  flags: readonly string[],
): Promise<Measured> {
  const place = join(directory, 'catch-up');
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  const config = join(place, 'mirror.toml');
  writeFileSync(config, `directory = "./mirror"\n\n[upstream]\nurl = "${url}"\nchanges = "changelog"\n`);
  const args = [...flags, RUN, config, String(FIRST_SERIAL - 1), String(count)];
  return own(await measureChild(process.execPath, args));
}

/** With the seconds that the child has measured itself. */
function own(measured: Measured): Measured {
  const seconds = Number(measured.stdout);
  if (measured.status !== 0 || !Number.isFinite(seconds) || measured.stdout.trim() === '')
    throw new Error(`it ended with ${measured.status}: ${measured.stdout.slice(-500)}`);
  return { ...measured, seconds };
}

function rowOf(what: string, series: Readonly<Record<string, readonly Measured[]>>): Row {
  const { jubjub = [], python = [] } = series;
  const seconds = secondsOf(jubjub);
  const hasPeer = python.length > 0;
  return {
    what,
    measured: shownSeconds(seconds),
    against: hasPeer ? `python xmlrpc.client, parsing only: ${shownSeconds(secondsOf(python))}` : '',
    ratio: hasPeer ? shownSpread(ratios(jubjub, python)) : '',
    peakMb: peakMbOf(jubjub),
    goal: `≤ ${SECONDS_MAX} s`,
    holds: seconds.median <= SECONDS_MAX,
  };
}
