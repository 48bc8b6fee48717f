/**
 * Goal: P1 to P9 under everything at once, for months: a living index, a lagging CDN, a breaking network, failing disks, kills, power
 * cuts, signals, second runs, clocks that jump, and an operator who changes the configuration (test/support/storm/).
 * Method: each seed plays a history of cron runs of every command; a reader looks after every step, everything is checked after every
 * run; then, faults off, one run must owe nothing and leave the tree of a mirror that was never disturbed.
 *
 * JUBJUB_SEED=17 replays one seed; JUBJUB_SEEDS=1000 plays so many, from JUBJUB_SEED_FROM (1) on. See also `npm run sim`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign, violationText } from '../support/storm/campaign.ts';
import { drawScenario } from '../support/storm/scenario.ts';
import { shorten, withActs } from '../support/storm/shorten.ts';

const SEEDS_BY_DEFAULT = 100;
const SEED = Number(process.env['JUBJUB_SEED'] ?? 0);

test('the promise holds in every storm and after it', { timeout: 300_000 }, async (t) => {
  const from = SEED || Number(process.env['JUBJUB_SEED_FROM'] ?? 1);
  const count = SEED ? 1 : Number(process.env['JUBJUB_SEEDS'] ?? SEEDS_BY_DEFAULT);
  const campaign = await runCampaign({
    seeds: { from, count },
    acts: null,
    isFailFast: true,
    shortenTriesMax: 40,
    signal: t.signal,
  });
  t.diagnostic(`${campaign.seeds} seeds, ${campaign.runs} runs, ${campaign.seedsPerS.toFixed(1)} seeds/s`);
  assert.equal(campaign.violations.length, 0, campaign.violations.map(violationText).join('\n'));
  assert.equal(campaign.seeds, count);
});

test('leaving an act out changes no other', () => {
  const scenario = drawScenario(7);
  const numbers = scenario.acts.map(({ number }) => number);
  const some = withActs(scenario, numbers.slice(1));
  assert.deepEqual(some.acts, scenario.acts.slice(1));
  assert.deepEqual(drawScenario(7), scenario);
});

test('a history that breaks a promise is shortened to the acts that break it', async () => {
  const scenario = drawScenario(7);
  const [first, , third] = scenario.acts.map(({ number }) => number);
  const whole = {
    seed: 7,
    acts: scenario.acts.map(({ number }) => number),
    promise: 'P1',
    message: '',
    story: [],
  };
  const shortest = await shorten(scenario, whole, {
    triesMax: 100,
    play: async ({ acts }) => {
      const kept = acts.map(({ number }) => number);
      return kept.includes(first ?? 0) && kept.includes(third ?? 0) ? { ...whole, acts: kept } : null;
    },
  });
  assert.deepEqual(shortest.acts, [first, third]);
});
