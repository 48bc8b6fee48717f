/**
 * Goal: the limit on calls behaves as PyPI's: N − 1 pass, blocked calls do not extend the window, unknown methods are free.
 * Method: the limiter on a manual clock, then calls to a simulator that has one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rpcRequest } from '../support/raw-http.ts';
import { manualClock } from '../support/sim/clock.ts';
import { RateLimiter } from '../support/sim/rate-limit.ts';
import { startSim } from '../support/sim/sim.ts';

test('the hit is recorded before the test, so that a limit of three lets two calls through', () => {
  const clock = manualClock();
  const limiter = new RateLimiter({ calls: 3, windowMs: 10_000 }, clock.now);
  const allowed = () => limiter.hit().allowed;
  assert.deepEqual([allowed(), allowed(), allowed(), allowed()], [true, true, false, false]);
  clock.advance(9_999);
  assert.equal(allowed(), false);
  clock.advance(1);
  assert.equal(allowed(), true);
});

test('the fault tells the wait in its text alone, and headers tell what is left', async (t) => {
  const sim = await startSim({ sockets: true, rateLimit: { calls: 2, windowMs: 60_000 } });
  t.after(() => sim.close());
  await rpcRequest(sim.url, 'no_such_method');
  const first = await rpcRequest(sim.url, 'changelog_last_serial');
  assert.match(first.body.toString(), /<nil\/>/);
  assert.equal(first.headers['ratelimit'], '"xmlrpc.client";r=1;t=60');
  sim.advance(18_000);
  const second = await rpcRequest(sim.url, 'changelog_last_serial');
  assert.equal(second.status, 200);
  assert.equal(second.headers['retry-after'], undefined);
  assert.match(second.body.toString(), /too many requests by the client\. Limit may reset in 42 seconds\./);
  sim.advance(60_000);
  assert.match((await rpcRequest(sim.url, 'changelog_last_serial')).body.toString(), /<nil\/>/);
});
