/** A history that breaks a promise, made shorter: acts are left out as long as the same promise still breaks. */
import type { NumberedAct, Scenario } from './acts.ts';
import type { Violation } from './player.ts';

export interface ShortenOptions {
  /** Plays a scenario and answers what broke. */
  readonly play: (scenario: Scenario) => Promise<Violation | null>;
  /** How many scenarios may be played for it. */
  readonly triesMax: number;
}

/** The scenario with only some of its acts. */
export function withActs(scenario: Scenario, numbers: readonly number[]): Scenario {
  const wanted = new Set(numbers);
  return { ...scenario, acts: scenario.acts.filter(({ number }) => wanted.has(number)) };
}

/**
 * Delta debugging: larger pieces first, then smaller ones, down to single acts. What it returns breaks the same promise; when the
 * tries are used up it may not be the shortest.
 */
export async function shorten(
  scenario: Scenario,
  violation: Violation,
  { play, triesMax }: ShortenOptions,
): Promise<Violation> {
  let shortest = violation;
  let acts = withActs(scenario, violation.acts).acts;
  let tries = 0;
  const breaksWith = async (kept: readonly NumberedAct[]): Promise<boolean> => {
    tries += 1;
    const found = await play({ ...scenario, acts: kept });
    if (found?.promise !== violation.promise) return false;
    shortest = found;
    return true;
  };
  for (let size = Math.ceil(acts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // The last acts first: what happened after the break is not part of it.
    for (let end = acts.length; end > 0 && tries < triesMax; end -= size) {
      const kept = acts.filter((_, at) => at < end - size || at >= end);
      if (await breaksWith(kept)) acts = kept;
    }
  }
  return shortest;
}
