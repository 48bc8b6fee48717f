/**
 * Fuzzes every parser for as long as is wanted: `npm run fuzz -- --minutes 10 [--target name,…] [--seed N] [--workers 2] [--record]`.
 *
 * Prints how many inputs each target was fed, how many a second, and what failed: the shortest input that fails, and the command
 * that runs it again (`--target name --seed N --path …`). With `--record` the numbers are kept in docs/reliability.md.
 */
import { parseArgs } from 'node:util';
import { runCrew, type Tally } from '../support/fuzz/crew.ts';
import { failureText, runTarget } from '../support/fuzz/run-target.ts';
import { TARGETS } from '../support/fuzz/targets.ts';
import { today, writeRecord } from './record.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    target: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    path: { type: 'string' },
    runs: { type: 'string' },
    workers: { type: 'string', default: '2' },
    record: { type: 'boolean', default: false },
  },
});

const seed = Number(options.seed);
const print = (text: string) => void process.stdout.write(`${text}\n`);

/** Those that are named, or whose names begin so (`time-`); all when none is. */
function chosenTargets(): readonly string[] {
  const names = TARGETS.map(({ name }) => name);
  if (options.target === undefined) return names;
  const wanted = options.target.split(',');
  const found = names.filter((name) =>
    wanted.some((one) => name === one || (one.endsWith('-') && name.startsWith(one))),
  );
  if (found.length === 0)
    throw new Error(`no target is named ${options.target}; there are: ${names.join(', ')}`);
  return found;
}

/** One target in this process: a failure that is run again, or a number of cases. */
async function runHere(names: readonly string[], runs: number): Promise<boolean> {
  let isGood = true;
  for (const target of TARGETS.filter(({ name }) => names.includes(name))) {
    const limits = { seed, runs, ...(options.path === undefined ? {} : { path: options.path }) };
    const { executions, failure } = await runTarget(target, limits);
    print(failure === null ? `${target.name}: ${executions} inputs, no failure` : failureText(failure));
    isGood &&= failure === null;
  }
  return isGood;
}

function perSecond({ executions, timeMs }: Tally): number {
  return Math.round((executions * 1000) / Math.max(timeMs, 1));
}

async function runForMinutes(names: readonly string[], minutes: number): Promise<boolean> {
  print(`${names.length} targets, ${minutes} minutes, seed ${seed}`);
  const tallies = await runCrew({
    targets: names,
    seed,
    workers: Number(options.workers),
    minutes,
    tell: (failure) => print(failureText(failure)),
  });
  const all = [...tallies];
  for (const [name, tally] of all) {
    const line = [
      name.padEnd(28),
      String(tally.executions).padStart(10),
      `${perSecond(tally)}/s`.padStart(10),
    ];
    print(`${line.join(' ')}${tally.failure === null ? '' : '  FAILED'}`);
  }
  const executions = all.reduce((sum, [, tally]) => sum + tally.executions, 0);
  const failed = all.filter(([, tally]) => tally.failure !== null);
  print(`${executions} inputs in all, ${failed.length} targets failed`);
  if (options.record) record(all, executions, failed.length);
  return failed.length === 0;
}

function record(all: readonly (readonly [string, Tally])[], executions: number, failed: number): void {
  const eaten = new Map(TARGETS.map(({ name, eats }) => [name, eats]));
  writeRecord({
    id: 'fuzz',
    command: `npm run fuzz -- --minutes ${options.minutes} --seed ${seed}`,
    date: today(),
    facts: [
      ['targets', all.length],
      ['inputs', executions],
      ['targets that failed', failed],
    ],
    tables: [
      {
        title: 'Inputs by target',
        columns: ['target', 'what', 'inputs', 'a second', 'failures'],
        rows: all.map(([name, tally]) => [
          name,
          eaten.get(name) ?? '',
          tally.executions,
          perSecond(tally),
          tally.failure === null ? 0 : 1,
        ]),
      },
    ],
  });
}

const names = chosenTargets();
const isAgain = options.path !== undefined || options.runs !== undefined;
const isGood = isAgain
  ? await runHere(names, Number(options.runs ?? 1))
  : await runForMinutes(names, Number(options.minutes));
process.exitCode = isGood ? 0 : 1;
