/**
 * Goal: many things at once, within limits: no lane waits for another, the first failure stops all, and nothing is left running.
 * Method: actions that wait until the test lets them go.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interrupted } from '../../src/clock.ts';
import { parallel, parallelLanes } from '../../src/mirror/parallel.ts';

const never = new AbortController().signal;

test('no more than the limit run at a time, in their order', async () => {
  let running = 0;
  let most = 0;
  const begun: number[] = [];
  await parallel([1, 2, 3, 4, 5, 6, 7], 3, never, async (item) => {
    begun.push(item);
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
  });
  assert.equal(most, 3);
  assert.deepEqual(begun, [1, 2, 3, 4, 5, 6, 7]);
});

test('what is large and takes its time holds up nothing that is small', async () => {
  const done: string[] = [];
  const small = ['a', 'b', 'c', 'd', 'e'];
  const { promise: allSmall, resolve } = Promise.withResolvers<void>();
  const lanes = [
    { items: small, concurrency: 2 },
    { items: ['L', 'M', 'N'], concurrency: 1 },
  ];
  await parallelLanes(lanes, never, async (item) => {
    if (item < 'a') await allSmall;
    done.push(item);
    if (done.length === small.length) resolve();
  });
  assert.deepEqual(done, [...small, 'L', 'M', 'N']);
});

test('the first failure stops the other lanes too, and is thrown once nothing runs any more', async () => {
  const begun: string[] = [];
  let running = 0;
  const lanes = [
    { items: ['a', 'b'], concurrency: 1 },
    { items: ['L', 'M'], concurrency: 1 },
  ];
  const failed = parallelLanes(lanes, never, async (item, signal) => {
    begun.push(item);
    running++;
    try {
      if (item === 'a') throw new Error('a disk that is full');
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(interrupted())));
    } finally {
      running--;
    }
  });
  await assert.rejects(failed, /a disk that is full/);
  assert.equal(running, 0);
  assert.deepEqual(begun, ['a', 'L']);
});

test('an interruption leaves the rest undone, and is no failure', async () => {
  const stop = new AbortController();
  const begun: number[] = [];
  await parallel([1, 2, 3], 1, stop.signal, async (item) => {
    begun.push(item);
    stop.abort();
    throw interrupted();
  });
  assert.deepEqual(begun, [1]);
});
