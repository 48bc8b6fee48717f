/**
 * Runs a bench: `npm run bench -- <name> [--rounds N] [--profile] [--record] [options of its own]`. Without a name it tells which there are;
 * `--render` renders docs/performance.md from what is recorded.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { BENCHES } from './benches.ts';
import type { Bench, Row } from './support/bench.ts';
import { staleBuild } from './support/program.ts';
import { renderAgain, rowCells, writeRecord } from './support/record.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Asked {
  readonly rounds: number;
  readonly profile: boolean;
  readonly record: boolean;
  readonly options: Readonly<Record<string, string>>;
}

/** The command line after the name. Throws for what neither the runner nor the bench knows. */
export function readOptions(bench: Bench, args: readonly string[]): Asked {
  const own = Object.keys(bench.options ?? {});
  const options: NonNullable<ParseArgsConfig['options']> = {
    rounds: { type: 'string' },
    profile: { type: 'boolean' },
    record: { type: 'boolean' },
    ...Object.fromEntries(own.map((name) => [name, { type: 'string' as const }])),
  };
  const { values } = parseArgs({ args: [...args], options, strict: true });
  const rounds = values['rounds'] === undefined ? bench.rounds : Number(values['rounds']);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds: expected a number from 1 on');
  const given = own.map((name) => [name, String(values[name] ?? bench.options?.[name])]);
  return {
    rounds,
    profile: values['profile'] === true,
    record: values['record'] === true,
    options: Object.fromEntries(given) as Record<string, string>,
  };
}

/** Where the code of a measurement is found again. */
function commitShown(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'src', 'bench', 'bin');
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

async function listBenches(): Promise<void> {
  say('npm run bench -- <name> [--rounds N] [--profile] [--record] [options of its own]');
  for (const [name, load] of Object.entries(BENCHES)) {
    const { goal, rounds, options = {} } = await load();
    const own = Object.entries(options).map(([option, value]) => ` --${option} ${value}`);
    say(`\n${name}: ${goal}\n    by default --rounds ${rounds}${own.join('')}`);
  }
}

function sayRows(rows: readonly Row[]): void {
  for (const row of rows) {
    const [what = '', measured = '', against = '', ratio = '', peak = '', goal = '', holds = ''] =
      rowCells(row);
    say(`\n${what}\n    measured  ${measured}`);
    if (against !== '') say(`    against   ${against}`);
    if (ratio !== '') say(`    ratio     ${ratio}`);
    if (peak !== '') say(`    peak      ${peak}`);
    say(`    goal      ${goal === '' ? 'none' : goal}: ${holds.replaceAll('*', '')}`);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help') {
    await listBenches();
    return 0;
  }
  if (name === '--render') {
    renderAgain(Object.keys(BENCHES));
    return 0;
  }
  const load = BENCHES[name];
  if (load === undefined)
    throw new Error(`no bench is called ${name}; there are: ${Object.keys(BENCHES).join(', ')}`);
  const bench = await load();
  const asked = readOptions(bench, rest);
  const stale = staleBuild();
  if (stale !== null) say(`warning: ${stale}`);
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
  try {
    say(`${bench.name}: ${bench.goal}`);
    const rows = await bench.run({ ...asked, directory, say });
    sayRows(rows);
    if (asked.record) {
      const command = ['npm run bench --', ...args].join(' ');
      const [date = ''] = new Date().toISOString().split('T');
      const where = { commit: commitShown(), cores: availableParallelism() };
      writeRecord(name, { command, date, ...where, rows }, Object.keys(BENCHES));
    }
    return rows.some(({ holds }) => holds === false) ? 1 : 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 2;
  }
}
