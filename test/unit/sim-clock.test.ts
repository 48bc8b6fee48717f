/**
 * Goal: simulated time moves only when told or slept, and sleepers wake in the order of their times.
 * Method: sleeps begun together on a manual clock, one of them aborted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { manualClock, SIM_START_MS } from '../support/sim/clock.ts';

test('a day of sleep takes no time and moves the clock by a day', async () => {
  const clock = manualClock();
  await clock.sleep(86_400_000, new AbortController().signal);
  assert.equal(clock.now(), SIM_START_MS + 86_400_000);
});

test('sleepers wake in the order of their times, each at its own', async () => {
  const clock = manualClock();
  const woken: [number, number][] = [];
  const sleep = async (durationMs: number) => {
    await clock.sleep(durationMs, new AbortController().signal);
    woken.push([durationMs, clock.now() - SIM_START_MS]);
  };
  await Promise.all([sleep(300), sleep(100), sleep(200)]);
  assert.deepEqual(woken, [
    [100, 100],
    [200, 200],
    [300, 300],
  ]);
});

test('an abort ends a sleep without moving the time', async () => {
  const clock = manualClock();
  const controller = new AbortController();
  const sleeping = clock.sleep(1000, controller.signal);
  controller.abort();
  await assert.rejects(sleeping, (error) => isJubjubError(error, 'INTERRUPTED'));
  await assert.rejects(clock.sleep(1, controller.signal), (error) => isJubjubError(error, 'INTERRUPTED'));
  assert.equal(clock.now(), SIM_START_MS);
});

test('chance comes from the seed', () => {
  const draws = (seed: number) => {
    const clock = manualClock(seed);
    return [clock.random(), clock.random(), clock.random()];
  };
  assert.deepEqual(draws(7), draws(7));
  assert.notDeepEqual(draws(7), draws(8));
});
