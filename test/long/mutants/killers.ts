/** What mutants are played to: the simulations, and tests of single parts; and what counts as being killed by one. */
import { type FailedTest, MARK } from './reporter.ts';
import type { Runs } from './workshop.ts';

export interface Killer {
  readonly id: string;
  /** A test file, or a script that prints what broke and ends with 1. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** How a killer ended. */
export type Verdict =
  | { readonly kind: 'alive' }
  /** It said which promise broke. */
  | { readonly kind: 'killed'; readonly test: string; readonly why: string }
  /** It failed in a way that shows nothing: no such import, a bug in the mutant's own text. */
  | { readonly kind: 'died'; readonly why: string }
  | { readonly kind: 'late' };

const REPORTER = new URL('./reporter.ts', import.meta.url).href;

/** What a program says that is broken by itself, and not by breaking a promise. */
const TRIVIAL =
  /\b(?:SyntaxError|ReferenceError|TypeError|ERR_(?!ASSERTION|TEST_FAILURE)[A-Z_]+|RangeError)\b|Cannot find (?:module|package)|a bug: |does not provide an export|hangs: not done|test (?:did not finish|timed out)/;
/** What checks say, the promise first where there is one. */
const PROMISES = [/\bP\d: [^\n]*/, /\bP\d\b[^\n]*/, /AssertionError[^:]*: [^\n]*/, /Error: [^\n]*/];

/** The line of a failure's text that tells what broke. */
export function reasonOf(text: string): string {
  for (const pattern of PROMISES) {
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found.replace(/^AssertionError[^:]*: |^Error: /, '');
  }
  return text.split('\n')[0] ?? '';
}

/** Is this a failure that a mutant's own clumsiness explains? */
export function isTrivial(text: string): boolean {
  return TRIVIAL.test(text);
}

function failedTests(output: string): FailedTest[] {
  const lines = output.split('\n').slice(0, -1);
  return lines.flatMap((line) =>
    line.startsWith(MARK) ? [JSON.parse(line.slice(MARK.length)) as FailedTest] : [],
  );
}

/** The verdict of a file of tests: the first failure that shows something counts. */
async function runTests({ run }: Player, { file, env, limitMs }: Killer): Promise<Verdict> {
  const telling = (output: string) => failedTests(output).find(({ message }) => !isTrivial(message));
  const { status, output } = await run(['--test-reporter', REPORTER, file], {
    limitMs,
    ...(env === undefined ? {} : { env }),
    isEnough: (soFar) => telling(soFar) !== undefined,
  });
  const found = telling(output);
  if (found !== undefined) return { kind: 'killed', test: found.title, why: reasonOf(found.message) };
  const [other] = failedTests(output);
  if (other !== undefined) return { kind: 'died', why: `${other.title}: ${reasonOf(other.message)}` };
  if (status === null) return { kind: 'late' };
  return status === 0 ? { kind: 'alive' } : { kind: 'died', why: lastLine(output) };
}

/** The verdict of a script, which stops at the first thing that breaks. */
async function runScript({ run }: Player, { file, args = [], env, limitMs }: Killer): Promise<Verdict> {
  const { status, output } = await run([file, ...args], {
    limitMs,
    ...(env === undefined ? {} : { env }),
  });
  if (status === null) return { kind: 'late' };
  if (status === 0) return { kind: 'alive' };
  if (isTrivial(output)) return { kind: 'died', why: reasonOf(output) };
  return { kind: 'killed', test: caseOf(output) ?? file, why: reasonOf(output) };
}

/** What a script says that plays the same again, or null. */
function caseOf(output: string): string | null {
  const words = /\breplay: npm run \S+ -- ([^(\n]*[^(\n ])/.exec(output)?.[1];
  // Nobody has looked for a shorter story: they are all of its acts.
  return words?.replace(/ --acts \S+/, '') ?? null;
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}

/** Whatever runs scripts in a copy. */
export interface Player {
  readonly run: Runs;
}

/** Plays the copy as it is to a killer. */
export function play(player: Player, killer: Killer): Promise<Verdict> {
  return killer.file.endsWith('.test.ts') ? runTests(player, killer) : runScript(player, killer);
}

const MINUTE_MS = 60_000;

/** Seeds of the storm, played one after the other until one breaks a promise. */
export function storm(id: string, from: number, seeds: number): Killer {
  const args = ['--from', `${from}`, '--seeds', `${seeds}`, '--threads', '1', '--fail-fast', '--no-shorten'];
  return { id, file: 'test/long/sim.ts', args, limitMs: 30 * MINUTE_MS };
}

/** Small stories that are killed before their steps: a share of them. */
function steps(id: string, file: string): Killer {
  return { id, file, limitMs: 15 * MINUTE_MS };
}

/** The same before each of them. */
function allSteps(id: string, file: string): Killer {
  return { ...steps(id, file), env: { JUBJUB_EVERY_STEP: '1' } };
}

/** The cheapest first. */
export const SIMULATIONS: readonly Killer[] = [
  storm('storm', 1, 60),
  { id: 'exhaustive', file: 'test/sim/exhaustive.test.ts', limitMs: 15 * MINUTE_MS },
  steps('steps', 'test/sim/every-step.test.ts'),
  steps('steps of prune', 'test/sim/every-step-prune.test.ts'),
  steps('steps of restore', 'test/unit/mirror-restore.test.ts'),
  steps('steps of sweep', 'test/unit/mirror-sweep.test.ts'),
  allSteps('kills without sync', 'test/sim/kills-without-sync.test.ts'),
  allSteps('steps of a restored index', 'test/sim/every-step-restored.test.ts'),
  storm('long storm', 61, 400),
  {
    id: 'every cut',
    file: 'test/long/exhaustive.ts',
    args: ['--story', 'small', '--looks', '24'],
    limitMs: 60 * MINUTE_MS,
  },
];

/** A file of tests of single parts, as a killer. */
export function unitKiller(file: string): Killer {
  return { id: file.replace(/^test\//, '').replace(/\.test\.ts$/, ''), file, limitMs: 5 * MINUTE_MS };
}
