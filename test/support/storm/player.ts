/** Plays the acts of a scenario one after the other, then fair weather, and tells what broke. */
import { randomHistory } from '../sim/history.ts';
import type { Act, NumberedAct, Scenario } from './acts.ts';
import { Coverage } from './coverage.ts';
import { fairWeather } from './fair-weather.ts';
import { makeHappen } from './occasions.ts';
import { playRun } from './play-run.ts';
import { beginWorld, chanceOf, configure, quietOf, type Trace, type World, type Wrap } from './world.ts';

export interface PlayOptions {
  readonly coverage?: Coverage;
  /** Puts something wrong between the engine and its parts, for tests of the tests. */
  readonly wrap?: Wrap;
  /** Hears of everything that happens, in order; for the test that a seed is played the same way twice. */
  readonly trace?: Trace;
}

/** What broke in a scenario. */
export interface Violation {
  readonly seed: number;
  /** The acts that were played. */
  readonly acts: readonly number[];
  /** `P1`, or the first words of what broke: the same promise must break in a shortened history. */
  readonly promise: string;
  readonly message: string;
  /** A sentence for everything that had happened. */
  readonly story: readonly string[];
}

export interface Played {
  readonly violation: Violation | null;
  /** Processes of the mirror that were started. */
  readonly runs: number;
  readonly looks: number;
}

/** Which promise a message is about: what shortening and mutants compare. */
export function promiseOf(message: string): string {
  return /\bP\d+\b/.exec(message)?.[0] ?? message.split(/[:\n]/, 1)[0] ?? '';
}

/** Plays a scenario to its end. Never throws for what breaks in it. */
export async function playScenario(scenario: Scenario, options: PlayOptions = {}): Promise<Played> {
  const undo: (() => void | Promise<void>)[] = [];
  const cleanup = { after: (action: () => void | Promise<void>) => void undo.push(action) };
  const coverage = options.coverage ?? new Coverage();
  const wrap: Wrap = options.wrap ?? ((deps) => deps);
  let world: World | null = null;
  let violation: Violation | null = null;
  try {
    world = await beginWorld(scenario, cleanup, coverage, wrap, options.trace ?? null);
    for (const numbered of scenario.acts) await playAct(world, numbered);
    await fairWeather(world);
  } catch (error) {
    violation = violationOf(scenario, world?.told ?? [], error);
  } finally {
    for (const action of undo.reverse()) await action();
  }
  const runs = scenario.acts.filter(({ act }) => act.kind === 'run').length;
  return { violation, runs, looks: world?.reader.looks ?? 0 };
}

function violationOf({ seed, acts }: Scenario, story: readonly string[], error: unknown): Violation {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const head = error instanceof Error ? error.message : message;
  return { seed, acts: acts.map(({ number }) => number), promise: promiseOf(head), message, story };
}

async function playAct(world: World, { number, act }: NumberedAct): Promise<void> {
  const { told, sim } = world;
  const tell = (sentence: string) => void told.push(`${number}. ${sentence}`);
  switch (act.kind) {
    case 'time':
      tell(`${wordsOf(act.ms)} pass`);
      sim.advance(act.ms);
      return;
    case 'jump':
      tell(`the clock of ${act.whose} jumps by ${wordsOf(act.ms)}`);
      jump(world, act);
      return;
    case 'events': {
      happen(world, number, act, tell);
      return;
    }
    case 'occasion':
      tell(makeHappen(act.what, sim.state, chanceOf(world, number, 'occasion')));
      return;
    case 'settings':
      tell(`settings ${JSON.stringify(act.settings)}`);
      configure(world, act.settings);
      return;
    case 'cdn':
      tell(`CDN ${JSON.stringify(act.options)}`);
      if (sim.cdn.enabled) sim.cdn.options = { ...sim.cdn.options, ...act.options };
      return;
    case 'run':
      await playRun(world, number, act, tell);
  }
}

/** Half now and half later, or all at once. */
function happen(
  world: World,
  number: number,
  { count, overMs }: Extract<Act, { kind: 'events' }>,
  tell: (sentence: string) => void,
): void {
  const { sim, scenario } = world;
  const now = overMs === 0 ? count : Math.ceil(count / 2);
  const some = (what: string, steps: number) =>
    randomHistory(chanceOf(world, number, what), sim.state, steps, quietOf(scenario)).join('; ');
  tell(some('events', now));
  if (now === count) return;
  sim.advance(overMs);
  tell(`${wordsOf(overMs)} later: ${some('later events', count - now)}`);
}

/** The other clock goes on as it did. */
function jump(world: World, { whose, ms }: Extract<Act, { kind: 'jump' }>): void {
  if (whose === 'mirror') world.skewMs += ms;
  else {
    world.sim.advance(ms);
    world.skewMs -= ms;
    // How long the edge keeps what it has is not measured by a clock that somebody sets.
    world.sim.cdn.clear();
  }
}

function wordsOf(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ] as const;
  const [name, size] = units.find(([, unitMs]) => Math.abs(ms) >= unitMs) ?? (['ms', 1] as const);
  return `${Math.round((ms / size) * 10) / 10} ${name}`;
}
