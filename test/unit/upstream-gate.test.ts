/**
 * Goal: no more than the limit are inside, nobody waits for ever, and who is aborted leaves the queue.
 * Method: places are taken and given back by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../src/upstream/gate.ts';
import { failure, never } from '../support/upstream-kit.ts';

test('the next one enters when a place is given back, in order', async () => {
  const gate = createGate(1);
  const leave = await gate.enter(never);
  const order: string[] = [];
  const second = gate.enter(never).then((leaveSecond) => {
    order.push('second');
    leaveSecond();
  });
  const third = gate.enter(never).then(() => order.push('third'));
  await Promise.resolve();
  assert.deepEqual(order, []);
  leave();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
});

test('giving a place back twice lets only one in', async () => {
  const gate = createGate(1);
  const leave = await gate.enter(never);
  leave();
  leave();
  await gate.enter(never);
  let inside = false;
  void gate.enter(never).then(() => {
    inside = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(inside, false);
});

test('an aborted waiter leaves the queue with INTERRUPTED and takes no place', async () => {
  const gate = createGate(1);
  const leave = await gate.enter(never);
  const abort = new AbortController();
  const waiting = gate.enter(abort.signal);
  abort.abort();
  await failure(waiting, 'INTERRUPTED');
  await failure(gate.enter(abort.signal), 'INTERRUPTED');
  leave();
  await gate.enter(never);
});
