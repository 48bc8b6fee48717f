/**
 * Goal: whatever an operator changes of the rules and whenever, the docroot is the one of a mirror that never had others; and nothing
 * that the rules in force leave out is on a page.
 * Method: each seed plays a random history of an index, and of its mirror's configuration, with runs in between: killed ones, dry ones,
 * full ones, some of single projects, some under faults. After each, links and rules are checked. Then comes fair weather, and the
 * docroot is held, byte for byte, against the one of a new mirror with the last rules.
 *
 * JUBJUB_SEED=17 replays one seed; JUBJUB_SEEDS=1000 plays so many, from JUBJUB_SEED_FROM (1) on.
 */
import { test } from 'node:test';
import { playSelection } from '../support/selection-play.ts';

const SEEDS_BY_DEFAULT = 8;

function seeds(): number[] {
  const one = process.env['JUBJUB_SEED'];
  if (one !== undefined) return [Number(one)];
  const from = Number(process.env['JUBJUB_SEED_FROM'] ?? 1);
  const count = Number(process.env['JUBJUB_SEEDS'] ?? SEEDS_BY_DEFAULT);
  return Array.from({ length: count }, (_, at) => from + at);
}

for (const seed of seeds()) {
  test(`rules that change, and a docroot that is as if they never had: seed ${seed}`, () =>
    playSelection(seed));
}
