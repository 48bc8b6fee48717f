/**
 * The simulation by hand: `npm run sim -- --seeds 300`, `npm run sim:long -- --seeds 100000`, and one seed again:
 * `npm run sim -- --seed 4711 --acts 2,5,9`.
 *
 * Prints seeds per second, what broke with the command that replays it, and which faults were hit at which steps.
 */
import { parseArgs } from 'node:util';
import { type Campaign, runCampaign, violationText } from '../support/storm/campaign.ts';
import { coverageTables, holes, tableText } from '../support/storm/coverage.ts';
import { today, writeRecord } from './record.ts';

const PROGRESS_EVERY_MS = 10_000;
const SHORTEN_TRIES_MAX = 80;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '300' },
    from: { type: 'string', default: '1' },
    /** One seed, or some. */
    seed: { type: 'string' },
    /** Only these acts of it. */
    acts: { type: 'string' },
    threads: { type: 'string' },
    'fail-fast': { type: 'boolean', default: false },
    /** Tell progress, and the whole table at the end. */
    long: { type: 'boolean', default: false },
    /** Do not look for a shorter history. */
    'no-shorten': { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
});

const numbers = (text: string) => text.split(',').map(Number);
const print = (text: string) => void process.stdout.write(`${text}\n`);

function printSummary(campaign: Campaign): void {
  const { seeds, runs, looks, violations, seconds, seedsPerS } = campaign;
  print(
    `${seeds} seeds, ${runs} runs, ${looks} looks at a changed docroot, ${violations.length} violations, ` +
      `${seconds.toFixed(0)} s, ${seedsPerS.toFixed(1)} seeds/s`,
  );
  if (violations.length > 0)
    print(`seeds that break a promise: ${violations.map(({ seed }) => seed).join(', ')}`);
}

function printCoverage({ coverage }: Campaign): void {
  for (const table of coverageTables(coverage)) print(`\n${tableText(table)}`);
  const never = holes(coverage);
  print(
    never.length === 0
      ? '\nevery cell was hit'
      : `\nnever hit:\n${never.map((hole) => `  ${hole}`).join('\n')}`,
  );
}

function record({ coverage, seeds, runs, looks, violations, seconds, seedsPerS }: Campaign): void {
  writeRecord({
    id: 'sim',
    command: `npm run sim:long -- --seeds ${values.seeds} --from ${values.from}`,
    date: today(),
    facts: [
      ['seeds played', seeds],
      ['violations', violations.length],
      ['processes of the mirror', runs],
      ['looks of a reader at a changed docroot', looks],
      ['seconds', Math.round(seconds)],
      ['seeds per second', Math.round(seedsPerS * 10) / 10],
      ['cells of the table that were never hit', holes(coverage).length],
    ],
    tables: coverageTables(coverage),
  });
}

const interrupted = new AbortController();
// However often it comes: what was found so far is printed.
process.on('SIGINT', () => interrupted.abort());
let toldMs = performance.now();
const campaign = await runCampaign({
  seeds:
    values.seed === undefined
      ? { from: Number(values.from), count: Number(values.seeds) }
      : numbers(values.seed),
  acts: values.acts === undefined ? null : numbers(values.acts),
  isFailFast: values['fail-fast'],
  shortenTriesMax: values['no-shorten'] || values.acts !== undefined ? 0 : SHORTEN_TRIES_MAX,
  ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
  signal: interrupted.signal,
  onViolation: (result) => print(violationText(result)),
  onSeed: (soFar) => {
    if (!values.long || performance.now() - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = performance.now();
    printSummary(soFar);
  },
});
if (values.seed === undefined) printCoverage(campaign);
print('');
printSummary(campaign);
if (values.record) record(campaign);
process.exitCode = campaign.violations.length === 0 && !interrupted.signal.aborted ? 0 : 1;
