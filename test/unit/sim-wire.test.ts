/**
 * Goal: over the wire a client sees what it would see over sockets, in simulated time and without one socket.
 * Method: jubjub's own HTTP client against the simulated upstream, the same faults over both; what needs time over the
 * wire alone.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { readText } from '../../src/upstream/body.ts';
import { createHttp, type HttpRequest } from '../../src/upstream/http.ts';
import { manualClock, SIM_START_MS } from '../support/sim/clock.ts';
import type { Fault } from '../support/sim/faults.ts';
import { type SimOptions, startSim } from '../support/sim/sim.ts';
import { never, upstreamSettings } from '../support/upstream-kit.ts';
import { makeWheel } from '../support/wheels.ts';

const PAGE = '/simple/vorpal/';
const WHEEL = makeWheel({ name: 'vorpal', version: '1.0', modules: { 'vorpal.py': 'X = 1\n'.repeat(2000) } });
const LIMITS = { name: 'PAGE_BYTES_MAX', wireBytesMax: 1_000_000, bodyBytesMax: 1_000_000 };
const TIMEOUT_MS = 10_000;

async function start(t: TestContext, way: 'wire' | 'sockets', options: SimOptions = {}) {
  const sim = await startSim({ cdn: false, sockets: way === 'sockets', ...options });
  t.after(() => sim.close());
  sim.state.uploadFile(WHEEL);
  const settings = upstreamSettings(sim.url, { timeoutMs: TIMEOUT_MS });
  const connections = way === 'wire' ? sim.connections : undefined;
  const http = createHttp(settings, { clock: sim.clock, userAgent: 'test', env: {}, connections });
  t.after(() => http.close());
  const asking = (encoding: 'gzip' | 'identity', path = PAGE): HttpRequest => ({
    kind: 'page',
    method: 'GET',
    url: `${sim.url}${path}`,
    what: 'a page',
    headers: { 'accept-encoding': encoding, accept: 'application/vnd.pypi.simple.v1+json' },
    deadlineMs: 20 * TIMEOUT_MS,
  });
  /** The text, or the code of what went wrong. */
  const ask = async (
    encoding: 'gzip' | 'identity' = 'gzip',
    signal = never,
    path = PAGE,
  ): Promise<string> => {
    try {
      const response = await http.send(asking(encoding, path), signal);
      const text = await readText(response, encoding, LIMITS);
      return `${response.status} ${response.header('etag')} ${response.header('content-type')} ${text}`;
    } catch (error) {
      return isJubjubError(error) ? error.code : String(error);
    }
  };
  return { sim, http, ask };
}

const FAULTS: readonly Fault[] = [
  { kind: 'disconnect' },
  { kind: 'truncate', afterBytes: 0 },
  { kind: 'truncate', afterBytes: 100 },
  { kind: 'corrupt' },
  { kind: 'short', bytes: 60 },
  { kind: 'endless' },
  { kind: 'endless', gzip: true },
  { kind: 'html-503' },
  { kind: 'missing' },
  { kind: 'retype', contentType: 'text/plain' },
  { kind: 'longer', bytes: 5 },
  { kind: 'slow', headMs: 10, pieces: 3, gapMs: 10 },
  { kind: 'redirect', to: 'http://elsewhere.example/' },
  { kind: 'redirect', to: '?again=1' },
];

test('a fault has the same outcome over the wire as over sockets', async (t) => {
  const [wire, sockets] = [await start(t, 'wire'), await start(t, 'sockets')];
  const outcomes = async ({ sim, ask }: typeof wire) => {
    const told: string[] = [await ask('gzip'), await ask('identity')];
    for (const fault of FAULTS) {
      sim.faults.add({ match: /./, fault });
      told.push(`${JSON.stringify(fault)}: ${await ask('gzip')}`);
      sim.faults.clear();
    }
    const log = sim.requests.map(({ line, status, fault, headers }) => [
      line,
      status,
      fault,
      headers['accept'],
    ]);
    return {
      told: told.map((one) => one.replaceAll(sim.url, '<url>').replace(/"[^" ]{22}"/, '<etag>')),
      log,
    };
  };
  assert.deepEqual(await outcomes(wire), await outcomes(sockets));
});

test('silence is over after the timeout, before the head and inside the body, in simulated time', async (t) => {
  const { sim, ask } = await start(t, 'wire');
  for (const fault of [{ kind: 'stall' }, { kind: 'stall', afterBytes: 10 }] as const) {
    const beganMs = sim.clock.now();
    const handle = sim.faults.add({ match: /./, fault });
    assert.equal(await ask(), 'UPSTREAM_TIMEOUT');
    assert.equal(sim.clock.now() - beganMs, TIMEOUT_MS);
    handle.remove();
  }
});

test('an answer that drips ends with its deadline, also in simulated time', async (t) => {
  const { sim, ask } = await start(t, 'wire');
  sim.faults.add({ match: /./, fault: { kind: 'slow', pieces: 1000, gapMs: TIMEOUT_MS - 1 } });
  assert.equal(await ask(), 'UPSTREAM_TIMEOUT');
  assert.equal(sim.clock.now() - SIM_START_MS, 20 * TIMEOUT_MS);
});

test('a gate holds, before the answer and inside the body, and no limit runs out meanwhile', async (t) => {
  const { sim, ask } = await start(t, 'wire');
  const honest = await ask();
  for (const afterBytes of [null, 20]) {
    const gate = sim.faults.gate(/simple/, { afterBytes });
    const answer = ask();
    assert.equal((await gate.reached).path, PAGE);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(sim.clock.now(), SIM_START_MS, 'the time of a test is none');
    gate.release();
    assert.equal(await answer, honest);
  }
});

test('an abort ends a request at once, also one that waits for a connection', async (t) => {
  const { sim, ask } = await start(t, 'wire');
  sim.faults.add({ match: /./, fault: { kind: 'stall' } });
  const controller = new AbortController();
  const answers = Array.from({ length: 8 }, () => ask('gzip', controller.signal));
  await sim.clock.sleep(1, never);
  controller.abort();
  assert.deepEqual(await Promise.all(answers), Array(8).fill('INTERRUPTED'));
  assert.equal(sim.requests.length, 4, 'no more than a server is given at first');
});

test('what is on its way fails when the connections are destroyed', async (t) => {
  const { sim, http, ask } = await start(t, 'wire');
  const gate = sim.faults.gate(/simple/);
  const answers = Array.from({ length: 8 }, () => ask());
  await gate.reached;
  await http.close();
  assert.deepEqual(await Promise.all(answers), Array(8).fill('UPSTREAM_UNREACHABLE'));
});

test('a reader that does not read holds up the answer and its connection, and nothing is kept for it', async (t) => {
  const { sim, http } = await start(t, 'wire');
  sim.faults.add({ match: /./, fault: { kind: 'endless' } });
  const url = `${sim.url}${PAGE}`;
  const request = {
    kind: 'page',
    method: 'GET',
    url,
    what: 'a page',
    headers: {},
    deadlineMs: 1000,
  } as const;
  const response = await http.send(request, never);
  await sim.clock.sleep(900, never);
  assert.ok(response.body.readableLength < 200_000, `${response.body.readableLength} bytes`);
  response.body.destroy();
});

test('answers overtake each other by seed: the same seed, the same order', async () => {
  const orderOf = async (seed: number) => {
    const clock = manualClock(seed);
    const sim = await startSim({ seed, clock, latencyMsMax: 500, cdn: false });
    const connections = sim.connections({
      settings: upstreamSettings(sim.url),
      connectionsMax: 20,
      ca: undefined,
      env: {},
    });
    const order: number[] = [];
    const asked = Array.from({ length: 20 }, async (_, number) => {
      const url = new URL(`/simple/p${number}/`, sim.url);
      const reply = await connections
        .towards(url)
        .request({ origin: url.origin, path: url.pathname, method: 'GET' });
      await reply.body.text();
      order.push(number);
    });
    await Promise.all(asked);
    return order;
  };
  const first = await orderOf(1);
  assert.deepEqual(await orderOf(1), first);
  assert.notDeepEqual(
    first,
    [...first].sort((a, b) => a - b),
  );
  assert.notDeepEqual(await orderOf(2), first);
});

test('nobody answers at an address that is not on the wire', async (t) => {
  const { sim, http } = await start(t, 'wire');
  const connections = sim.connections({
    settings: upstreamSettings(sim.url),
    connectionsMax: 1,
    ca: undefined,
    env: {},
  });
  const origin = 'http://nobody.localhost:1';
  const asked = connections.towards(new URL(origin)).request({ origin, path: '/', method: 'GET' });
  await assert.rejects(asked, { code: 'ECONNREFUSED' });
  await http.close();
});
