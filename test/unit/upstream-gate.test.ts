/**
 * Goal: no more than the limit are inside, nobody waits for ever, and who is aborted leaves the queue.
 * Method: places are taken and given back by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGate } from '../../src/upstream/gate.ts';
import { failure, never } from '../support/upstream-kit.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

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
  await turn();
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

test('the large ones have half of the places, and a small one passes those that wait', async () => {
  const gate = createGate(4);
  const inside: string[] = [];
  const enter = (name: string, isLarge: boolean) =>
    gate.enter(never, isLarge).then((leave) => {
      inside.push(name);
      return leave;
    });
  const large = [1, 2, 3].map((number) => enter(`large ${number}`, true));
  const small = [1, 2, 3].map((number) => enter(`small ${number}`, false));
  await turn();
  assert.deepEqual(inside, ['large 1', 'large 2', 'small 1', 'small 2']);
  (await small[0])?.();
  await turn();
  assert.deepEqual(inside.slice(4), ['small 3']);
  (await large[0])?.();
  await turn();
  assert.deepEqual(inside.slice(5), ['large 3']);
  assert.equal(gate.isFull, true);
});

test('with one place the large ones have it in their turn', async () => {
  const gate = createGate(1);
  const leave = await gate.enter(never, true);
  let next = '';
  void gate.enter(never, true).then(() => {
    next = 'large';
  });
  void gate.enter(never).then(() => {
    next = 'small';
  });
  leave();
  await turn();
  assert.equal(next, 'large');
});

test('more places let in who waits; fewer send nobody away', async () => {
  const gate = createGate(1);
  let inside = 0;
  const leaves: (() => void)[] = [];
  for (let number = 1; number <= 5; number++)
    void gate.enter(never).then((leave) => {
      inside += 1;
      leaves.push(leave);
    });
  gate.resize(3);
  await turn();
  assert.equal(inside, 3);
  gate.resize(1);
  leaves[0]?.();
  leaves[1]?.();
  await turn();
  assert.equal(inside, 3, 'one is still inside');
  leaves[2]?.();
  await turn();
  assert.equal(inside, 4);
});
