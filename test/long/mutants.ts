/**
 * Does the wrong thing on purpose, many times, and shows that the simulations notice: `npm run mutants`.
 *
 * Each mutant (test/long/mutants/) changes some source text in a copy of the checkout, never in the working tree. It must
 * compile. Then the simulations play it, the cheapest first, until one says which promise broke. One that none notices is a
 * survivor: a hole in a simulation, or a mutant that changes nothing. Survivors make the exit status 1.
 *
 *   --only <id>   these only (may be repeated)      --list     tells them and ends
 *   --jobs <n>    so many at once (default 1)       --record   writes docs/reliability.md, after each of them
 *   --no-unit     without the tests of single parts --rest     those that are not recorded as killed
 */
import { parseArgs } from 'node:util';
import { MUTANTS } from './mutants/all.ts';
import { Control, type Hunted, hunt, isKilled, type Kill } from './mutants/hunt.ts';
import { SIMULATIONS } from './mutants/killers.ts';
import type { Mutant } from './mutants/mutant.ts';
import { killedBefore, Recorder } from './mutants/recorder.ts';

const WHY_LENGTH_MAX = 150;

interface Options {
  readonly only: readonly string[];
  readonly isList: boolean;
  readonly isRecord: boolean;
  readonly isRest: boolean;
  readonly withUnit: boolean;
  readonly jobs: number;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      list: { type: 'boolean' },
      record: { type: 'boolean' },
      rest: { type: 'boolean' },
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
    isRest: values.rest === true,
    withUnit: values['no-unit'] !== true,
    jobs: Math.max(1, Number(values.jobs ?? 1)),
  };
}

/** Those that are named, equivalent or not; without names all that something has to notice. */
function chosen({ only, isRest }: Options): readonly Mutant[] {
  const done = isRest ? killedBefore() : new Set<string>();
  return MUTANTS.filter(({ id, what, equivalent }) =>
    only.length > 0 ? only.includes(id) : equivalent === undefined && !done.has(what),
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

async function main(): Promise<number> {
  const options = readOptions();
  const mutants = chosen(options);
  if (options.isList) {
    for (const mutant of MUTANTS) say(listed(mutant));
    return 0;
  }
  const control = new Control();
  try {
    await control.build();
    const { jobs, withUnit, isRecord } = options;
    const recorder = isRecord ? new Recorder() : null;
    const onHunted = (one: Hunted) => {
      tell(one);
      recorder?.add(one);
    };
    const hunted = await hunt(mutants, SIMULATIONS, control, { jobs, withUnit, onHunted });
    const survivors = hunted.filter((one) => !isKilled(one));
    say(`\n${hunted.length - survivors.length} of ${hunted.length} mutants killed\n`);
    for (const { mutant } of survivors) say(`survived: ${mutant.id}\n`);
    const red = await control.red();
    for (const text of red) say(`red without a mutant, and not counted: ${text}\n`);
    return survivors.length > 0 || red.length > 0 ? 1 : 0;
  } finally {
    control.close();
  }
}

// What it has begun ends with it; see workshop.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main();
