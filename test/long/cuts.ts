/**
 * `npm run cuts -- --cuts 1000`: the power goes while the built program works on a real ext4, at moments and with losses that a seed picks;
 * see test/e2e/power-cut.test.ts. Ends with 1 at a broken promise, or when cuts without flushes (`flush = "off"`) break none.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UNORDERED } from '../support/cuts/block-log.ts';
import { CutPlay } from '../support/cuts/cut-play.ts';
import { seeded } from '../support/prng.ts';
import { today, writeRecord } from './record.ts';

const CUTS_PER_RUN = 25;
const MODES = ['wave', 'file', 'off'] as const;
const MOUNTS = [UNORDERED, 'noatime', `${UNORDERED},journal_async_commit`];
/** Few changes are flushed one by one, many by one syncfs. */
const EVENTS = [12, 80];

const { values } = parseArgs({
  options: {
    cuts: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    record: { type: 'boolean', default: false },
  },
});
const cutsWanted = Number(values.cuts);
const firstSeed = Number(values.seed);

interface Count {
  runs: number;
  cuts: number;
  writes: number;
  flushes: number;
  broken: number;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One recorded run and its cuts. Rejects where no such disk can be had. */
async function cutRun(seed: number, flush: string, count: Count): Promise<void> {
  const hooks: (() => unknown)[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-cuts-'));
  const prng = seeded(seed).fork('cuts');
  const mount = prng.pick(MOUNTS);
  const options = { directory, seed, flush, mount, events: prng.pick(EVENTS) };
  try {
    const play = await CutPlay.start({ after: (hook) => void hooks.push(hook) }, options);
    if (typeof play === 'string') throw new Error(play);
    count.runs += 1;
    for (const { kind } of play.log) {
      if (kind === 'write') count.writes += 1;
      if (kind === 'flush') count.flushes += 1;
    }
    for (let done = 0; done < CUTS_PER_RUN; done++) {
      const cut = play.randomCut(prng);
      count.cuts += 1;
      try {
        await play.play(cut, prng);
      } catch (error) {
        count.broken += 1;
        if (flush === 'off') continue;
        const message = error instanceof Error ? error.message : String(error);
        say(`seed ${seed}, flush ${flush}, ${mount}, cut ${done} ${JSON.stringify(cut)}: ${message}`);
        say(`again: npm run cuts -- --seed ${seed}`);
        process.exitCode = 1;
      }
    }
  } finally {
    for (const hook of hooks.reverse()) await hook();
    rmSync(directory, { recursive: true, force: true });
  }
}

const counts = Object.fromEntries(
  MODES.map((mode) => [mode, { runs: 0, cuts: 0, writes: 0, flushes: 0, broken: 0 }]),
) as Record<(typeof MODES)[number], Count>;
let seed = firstSeed;
for (; counts.wave.cuts + counts.file.cuts < cutsWanted; seed++) {
  // The control: one run, for what it shows does not change.
  if (counts.off.runs === 0) await cutRun(seed, 'off', counts.off);
  for (const mode of ['wave', 'file'] as const) await cutRun(seed, mode, counts[mode]);
  say(`seed ${seed}: ${JSON.stringify(counts)}`);
}
if (counts.off.broken === 0) {
  say('without flushes no cut breaks anything: these cuts show nothing');
  process.exitCode = 1;
}
if (values.record) {
  const rows = MODES.map((mode) => {
    const { runs, cuts, writes, flushes, broken } = counts[mode];
    return [mode, runs, writes, flushes, cuts, broken];
  });
  writeRecord({
    id: 'cuts',
    command: `npm run cuts -- --cuts ${cutsWanted} --seed ${firstSeed} --record`,
    date: today(),
    facts: [
      ['power cuts on ext4, mounted again as a reboot does it', counts.wave.cuts + counts.file.cuts],
      ['broken promises', counts.wave.broken + counts.file.broken],
    ],
    tables: [
      {
        title: 'By `[store] flush` (`off` is the control: it must break)',
        columns: ['flush', 'runs', 'writes to the disk', 'flushes of the disk', 'cuts', 'broken'],
        rows,
      },
    ],
  });
}
