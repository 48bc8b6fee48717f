/**
 * Goal: P1 to P8 under everything at once: a living index, a lagging CDN, a breaking network, kills and power cuts.
 * Method: each seed plays a random history with random faults through several runs, some of them killed at a random step,
 * and checks the promise after each (phase 1); then, faults off, one run must owe nothing and leave the tree of a mirror
 * that was never disturbed (phase 2). Requests go over real sockets, so what runs side by side may end in another order
 * when a seed is replayed; everything else is the seed's.
 *
 * JUBJUB_SEED=17 replays one seed; JUBJUB_SEEDS=1000 plays so many, from JUBJUB_SEED_FROM (1) on.
 */
import { test } from 'node:test';
import { playPromise } from '../support/promise-play.ts';

const SEEDS_BY_DEFAULT = 20;

function seeds(): number[] {
  const one = process.env['JUBJUB_SEED'];
  if (one !== undefined) return [Number(one)];
  const from = Number(process.env['JUBJUB_SEED_FROM'] ?? 1);
  return Array.from(
    { length: Number(process.env['JUBJUB_SEEDS'] ?? SEEDS_BY_DEFAULT) },
    (_, at) => from + at,
  );
}

for (const seed of seeds()) {
  test(`the promise holds in every storm and after it: seed ${seed}`, () => playPromise(seed));
}
