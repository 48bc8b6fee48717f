/**
 * Does the wrong thing on purpose, many times, and shows that the simulations notice: `npm run mutants`.
 *
 * Each mutant (test/long/mutants/) changes some source text in a copy of the checkout, never in the working tree. It must
 * compile. Then the simulations play it, the cheapest first, until one says which promise broke. One that none notices is a
 * survivor: a hole in a simulation, or a mutant that changes nothing. Survivors make the exit status 1.
 *
 *   --only <id>   these only (may be repeated)      --list     tells them and ends
 *   --jobs <n>    so many at once (default 1)       --record   writes docs/reliability.md
 *   --no-unit     without the tests of single parts
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants/all.ts';
import { Control, type Hunted, hunt, isKilled, type Kill } from './mutants/hunt.ts';
import { SIMULATIONS } from './mutants/killers.ts';
import type { Mutant } from './mutants/mutant.ts';
import { today, writeRecord } from './record.ts';

const WHY_LENGTH_MAX = 150;

interface Options {
  readonly only: readonly string[];
  readonly isList: boolean;
  readonly isRecord: boolean;
  readonly withUnit: boolean;
  readonly jobs: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      record: { type: 'boolean' },
      'no-unit': { type: 'boolean' },
      jobs: { type: 'string' },
    },
  });
  const only = values.only ?? [];
  const unknown = only.filter((id) => !MUTANTS.some((mutant) => mutant.id === id));
  if (unknown.length > 0) throw new Error(`no such mutant: ${unknown.join(', ')}; --list tells them`);
  return {
    only,
    isList: values.list === true,
    isRecord: values.record === true,
    withUnit: values['no-unit'] !== true,
    jobs: Math.max(1, Number(values.jobs ?? 1)),
  };
}

/** Those that are named, equivalent or not; without names all that something has to notice. */
function chosen({ only }: Options): readonly Mutant[] {
  return MUTANTS.filter(({ id, equivalent }) =>
    only.length > 0 ? only.includes(id) : equivalent === undefined,
  );
}

function listed({ id, promise, what, equivalent, beyond }: Mutant): string {
  const lines = [`${id} (${promise}): ${what}`];
  if (equivalent !== undefined) lines.push(`  changes nothing: ${equivalent}`);
  if (beyond !== undefined) lines.push(`  not simulated: ${beyond}`);
  return `${lines.join('\n')}\n`;
}

function say(text: string): void {
  process.stdout.write(text);
}

function killText({ file, test, why, seconds }: Kill): string {
  const short = why.length > WHY_LENGTH_MAX ? `${why.slice(0, WHY_LENGTH_MAX)}…` : why;
  return `${file}, "${test}", after ${seconds.toFixed(1)} s: ${short}`;
}

function tell(hunted: Hunted): void {
  const { mutant, compileErrors, kill, others, unitKill } = hunted;
  const { id, promise, what, beyond } = mutant;
  const lines = [`${id} (${promise}): ${what}`];
  if (compileErrors !== null) lines.push(`  DOES NOT COMPILE: ${compileErrors.trim()}`);
  else if (!isKilled(hunted)) lines.push(`  SURVIVED: ${others.join('; ')}`);
  if (beyond !== undefined) lines.push(`  not simulated: ${beyond}`);
  if (kill !== null) lines.push(`  killed by ${killText(kill)}`);
  const fell = kill === null ? [] : others.filter((text) => text.includes('fell over'));
  for (const text of fell) lines.push(`  before that, ${text}`);
  if (unitKill !== null) lines.push(`  ${kill === null ? 'killed' : 'also'} by ${killText(unitKill)}`);
  say(`${lines.join('\n')}\n`);
}

const SURVIVED = '**survived**';

function testText({ file, test }: Kill): string {
  return `\`${file}\`: ${test}`;
}

function rowOf({ mutant, kill, unitKill }: Hunted): readonly string[] {
  const seconds = kill === null ? '' : `${kill.seconds.toFixed(1)} s`;
  const killer = kill === null ? SURVIVED : testText(kill);
  return [mutant.what, mutant.promise, killer, seconds, unitKill === null ? '' : `\`${unitKill.file}\``];
}

function record(hunted: readonly Hunted[], only: readonly string[], minutes: number): void {
  const simulated = hunted.filter(({ mutant }) => mutant.beyond === undefined);
  const beyond = hunted.filter(({ mutant }) => mutant.beyond !== undefined);
  const equivalents = MUTANTS.filter(({ equivalent }) => equivalent !== undefined);
  writeRecord({
    id: 'mutants',
    command: ['npm run mutants --', ...only.map((id) => `--only ${id}`), '--record'].join(' '),
    date: today(),
    facts: [
      ['mutants played', hunted.length],
      ['mutants in all', MUTANTS.length],
      ['killed by a simulation', simulated.filter(isKilled).length],
      ['killed by a test of single parts, for what is not simulated', beyond.filter(isKilled).length],
      ['survivors', hunted.filter((one) => !isKilled(one)).length],
      ['known to change nothing, and not played', equivalents.length],
      ['minutes', Math.round(minutes)],
    ],
    tables: [
      {
        title: 'The mutants played, and which simulation noticed each first',
        columns: ['What it does', 'Breaks', 'Killed by', 'After', 'Also by'],
        rows: simulated.map(rowOf),
      },
      {
        title: 'Mutants of what is not simulated, and the test that notices them',
        columns: ['What it does', 'Breaks', 'Why no simulation can tell', 'Killed by'],
        rows: beyond.map(({ mutant, unitKill }) => [
          mutant.what,
          mutant.promise,
          mutant.beyond ?? '',
          unitKill === null ? SURVIVED : testText(unitKill),
        ]),
      },
      {
        title: 'Mutants that change nothing, and why',
        columns: ['What it does', 'Why nothing breaks'],
        rows: equivalents.map(({ what, equivalent = '' }) => [what, equivalent]),
      },
    ],
  });
}

async function main(): Promise<number> {
  const options = readOptions();
  const mutants = chosen(options);
  if (options.isList) {
    for (const mutant of MUTANTS) say(listed(mutant));
    return 0;
  }
  const startedMs = performance.now();
  const control = new Control();
  try {
    await control.build();
    const { jobs, withUnit } = options;
    const hunted = await hunt(mutants, SIMULATIONS, control, { jobs, withUnit, onHunted: tell });
    const survivors = hunted.filter((one) => !isKilled(one));
    say(`\n${hunted.length - survivors.length} of ${hunted.length} mutants killed\n`);
    for (const { mutant } of survivors) say(`survived: ${mutant.id}\n`);
    const red = await control.red();
    for (const text of red) say(`red without a mutant, and not counted: ${text}\n`);
    if (options.isRecord) record(hunted, options.only, (performance.now() - startedMs) / 60_000);
    return survivors.length > 0 || red.length > 0 ? 1 : 0;
  } finally {
    control.close();
  }
}

// What it has begun ends with it; see workshop.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
