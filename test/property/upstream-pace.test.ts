/**
 * Goal: a server is never given more requests at a time than allowed, nor none; fewer when it is in trouble or has become slow under
 * them; and all that is allowed again soon after.
 * Method: any sequence of answers and troubles; and servers of a few shapes, played without a clock of their own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../src/upstream/pace.ts';
import fc from '../support/properties.ts';

interface Server {
  /** How long an answer takes when so many are asked for at a time. */
  readonly latencyMs: (places: number) => number;
}

/** Plays rounds, in each of which every place is used once; the places after each. */
function played(pace: Pace, { latencyMs }: Server, rounds: number, startMs = 0): number[] {
  let nowMs = startMs;
  return Array.from({ length: rounds }, () => {
    const { places } = pace;
    const latency = latencyMs(places);
    const requests = Array.from({ length: places }, (_, at) => pace.send(at === places - 1, nowMs));
    nowMs += latency;
    for (const request of requests) pace.answer(request, latency, nowMs);
    return pace.places;
  });
}

const quick: Server = { latencyMs: () => 20 };
/** So many at a time are worked on, and the others wait. */
const queueing = (workers: number): Server => ({
  latencyMs: (places) => 100 * Math.max(1, places / workers),
});

const step = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), latencyMs: fc.nat(10_000), isFull: fc.boolean() }),
  fc.record({ kind: fc.constant('trouble' as const), latencyMs: fc.nat(10_000), isFull: fc.boolean() }),
);

test('whatever comes, it stays between one and the limit, and trouble never makes it more', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 }), fc.array(step, { maxLength: 400 }), (max, steps) => {
      const pace = new Pace(max);
      const open: number[] = [];
      let nowMs = 0;
      for (const { kind, latencyMs, isFull } of steps) {
        open.push(pace.send(isFull, nowMs));
        if (open.length < pace.places) continue;
        nowMs += latencyMs;
        const before = pace.places;
        const request = open.splice(latencyMs % open.length, 1)[0] as number;
        if (kind === 'answer') pace.answer(request, latencyMs, nowMs);
        else pace.trouble(request, nowMs);
        assert.ok(pace.places >= 1 && pace.places <= max, `${pace.places} of ${max}`);
        if (kind === 'trouble') assert.ok(pace.places <= before);
      }
    }),
  );
});

test('a quick server has all that is allowed after a few dozen answers', () => {
  for (const max of [1, 2, 6, 16, 64]) {
    const pace = new Pace(max);
    let answers = 0;
    for (; pace.places < max; answers += 1) {
      assert.ok(answers < 64, `${pace.places} of ${max} after ${answers} answers`);
      pace.answer(pace.send(true, answers), 1, answers + 1);
    }
  }
});

test('trouble halves once for all that were sent together, down to one, and it comes back one by one', () => {
  const pace = new Pace(16);
  played(pace, quick, 10);
  assert.equal(pace.places, 16);
  const together = Array.from({ length: 16 }, () => pace.send(true, 1000));
  for (const request of together) pace.trouble(request, 1001);
  assert.equal(pace.places, 8);
  for (let more = 0; more < 5; more++) pace.trouble(pace.send(true, 1002), 1003);
  assert.equal(pace.places, 1);
  const after = played(pace, quick, 40, 2000);
  assert.equal(after.at(-1), 16);
  for (const [at, places] of after.entries())
    assert.ok(places - (after[at - 1] ?? 1) <= 1, `in steps of one: ${after}`);
});

test('a server that queues what it cannot do at a time is given little more than that', () => {
  for (const workers of [4, 6, 10]) {
    const pace = new Pace(64);
    const places = played(pace, queueing(workers), 200).slice(100);
    const mean = places.reduce((sum, one) => sum + one, 0) / places.length;
    assert.ok(mean >= workers, `${mean} for ${workers}: ${places}`);
    assert.ok(mean <= workers * 3, `${mean} for ${workers}: ${places}`);
  }
});

test('a server that has become slower by itself keeps its places', () => {
  const pace = new Pace(20);
  played(pace, quick, 20);
  const places = played(pace, { latencyMs: () => 900 }, 60, 10_000);
  assert.equal(places.at(-1), 20);
  assert.ok(Math.min(...places) >= 16, `${places}`);
});

test('what has never had to wait for a place gets no more of them', () => {
  const pace = new Pace(64);
  for (let answers = 0; answers < 500; answers++) pace.answer(pace.send(false, answers), 1, answers + 1);
  assert.equal(pace.places, 4);
});
