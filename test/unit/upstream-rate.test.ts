/**
 * Goal: no more bytes than the rate allows, over all connections together, each getting its share; and nothing that waits for its turn
 * times out, hangs when it is given up, or is lost.
 * Method: the account with numbers, whole bodies over loopback with a clock that is set by hand, a deadline with a timer of its own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../../src/clock.ts';
import { interrupted } from '../../src/clock.ts';
import { DEFAULT_RETRY } from '../../src/retry.ts';
import { startDeadline } from '../../src/upstream/deadline.ts';
import { Rate } from '../../src/upstream/rate.ts';
import { seeded } from '../support/prng.ts';
import { bytesOf, failure, never, openUpstream } from '../support/upstream-kit.ts';
import { type Answer, reply, startServer } from '../support/upstream-server.ts';

test('over any time no more comes than the rate and a moment’s worth, and no less when it is wanted', () => {
  const prng = seeded(3);
  for (const bytesPerSecond of [16_000, 1_000_000, 500_000_000]) {
    const rate = new Rate(bytesPerSecond);
    // Eight connections, each of which asks for its next piece as soon as it may.
    const readyMs = Array.from({ length: 8 }, () => 0);
    const bytes = readyMs.map(() => 0);
    let nowMs = 0;
    for (let piece = 0; piece < 20_000; piece++) {
      nowMs = Math.min(...readyMs);
      const who = readyMs.indexOf(nowMs);
      const size = 1 + prng.int(65_536);
      bytes[who] = (bytes[who] ?? 0) + size;
      // Half a millisecond is what a piece takes by itself.
      readyMs[who] = nowMs + 0.5 + rate.charge(size, nowMs);
    }
    const all = bytes.reduce((sum, one) => sum + one, 0);
    const allowed = (bytesPerSecond * (nowMs + 300)) / 1000 + 8 * 65_536;
    assert.ok(all <= allowed, `${all} bytes in ${nowMs} ms`);
    assert.ok(all >= (bytesPerSecond * nowMs) / 1000 - 65_536, `${all} bytes in ${nowMs} ms`);
    for (const one of bytes) assert.ok(one > all / 10, `${bytes}`);
  }
});

test('a pause saves up no more than a moment, and a clock that is set back makes nobody wait for it', () => {
  const rate = new Rate(1_000_000);
  assert.equal(rate.charge(250_000, 3_600_000), 0, 'a quarter of a second ahead');
  assert.equal(rate.charge(100_000, 3_600_000), 100);
  assert.equal(rate.charge(100_000, 3_600_050), 150);
  assert.equal(rate.charge(1, 0), 151, 'an hour earlier');
  assert.equal(rate.charge(250_000, 7_200_000), 0);
});

/** A clock by hand: waits end when it is told to go on. */
function handClock(): Clock & { readonly waits: number[]; goOn(): void } {
  let nowMs = 0;
  const waiting: (() => void)[] = [];
  const waits: number[] = [];
  return {
    now: () => nowMs,
    random: () => 0.5,
    waits,
    goOn() {
      nowMs += waits.at(-1) ?? 0;
      for (const resolve of waiting.splice(0)) resolve();
    },
    sleep: (durationMs, signal) =>
      new Promise((resolve, reject) => {
        waits.push(durationMs);
        waiting.push(resolve);
        signal.addEventListener('abort', () => reject(interrupted()), { once: true });
      }),
  };
}

const CONTENT = Buffer.alloc(2_000_000, '0123456789');
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function serving(t: Parameters<typeof startServer>[0], answer: Answer, deadlineMs = 60_000) {
  const server = await startServer(t, answer);
  const clock = handClock();
  const retry = { ...DEFAULT_RETRY, attemptsMax: 1 };
  const deadlines = { pageMs: deadlineMs, listMs: deadlineMs };
  const { upstream } = openUpstream(
    t,
    server.url,
    { rateBytesPerSecond: 100_000 },
    { clock, deadlines, retry },
  );
  const get = (signal = never) =>
    upstream.file({ url: `${server.url}/f`, offsetBytes: 0, bodyBytesMax: CONTENT.length }, signal);
  return { server, upstream, clock, get };
}

test('a body comes whole, in so many pieces, each after its wait', async (t) => {
  const { clock, get } = await serving(t, reply(200, CONTENT));
  const { chunks } = await get();
  let isDone = false;
  const whole = bytesOf(chunks).finally(() => {
    isDone = true;
  });
  for (; !isDone; await turn()) clock.goOn();
  assert.ok((await whole).equals(CONTENT));
  // 2 MB at 100 kB/s, less what may be had ahead, and the last piece is not waited for.
  const waitedMs = clock.now();
  assert.ok(waitedMs > 18_000 && waitedMs <= 20_000, `${waitedMs} ms in ${clock.waits.length} waits`);
});

test('who waits reads nothing: what upstream sends waits on its side', async (t) => {
  let sent = 0;
  const endless: Answer = (_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (sent < 200_000_000 && !response.destroyed) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536))) {
          response.once('drain', more);
          return;
        }
      }
    };
    more();
  };
  const { clock, get } = await serving(t, endless);
  const abort = new AbortController();
  const { chunks } = await get(abort.signal);
  let received = 0;
  const reading = (async () => {
    for await (const chunk of chunks) received += chunk.length;
  })();
  while (clock.waits.length === 0) await turn();
  for (let turns = 0; turns < 200; turns++) await turn();
  assert.equal(clock.waits.length, 1);
  assert.ok(received <= 3 * 65_536, `${received} bytes`);
  assert.ok(sent < 50_000_000, `${sent} bytes sent`);
  abort.abort();
  await failure(reading, 'INTERRUPTED');
});

test('what is left early gives its connection back, and the next one comes', async (t) => {
  const { clock, get } = await serving(t, reply(200, CONTENT));
  for await (const _ of (await get()).chunks) break;
  const { chunks } = await get();
  let isDone = false;
  const whole = bytesOf(chunks).finally(() => {
    isDone = true;
  });
  for (; !isDone; await turn()) clock.goOn();
  assert.equal((await whole).length, CONTENT.length);
});

test('a deadline gives the time that was waited for the rate on top, once', () => {
  const timers: { durationMs: number; due: () => void }[] = [];
  const limit = (durationMs: number, due: () => void) => {
    timers.push({ durationMs, due });
    return () => void timers.pop();
  };
  const deadline = startDeadline(limit, never, 1000, { what: 'the page of a', url: 'http://a.example/' });
  deadline.extend(300);
  deadline.extend(400);
  timers.pop()?.due();
  assert.equal(deadline.signal.aborted, false);
  assert.equal(timers.at(-1)?.durationMs, 700);
  timers.pop()?.due();
  assert.equal(deadline.signal.aborted, true);
});

test('a page that waits for the rate for longer than its deadline is no timeout', async (t) => {
  const versions = Array.from({ length: 3000 }, (_, at) => `1.${at}.0`);
  const page = JSON.stringify({
    meta: { 'api-version': '1.0' },
    name: 'a',
    files: [],
    versions: [...versions],
  });
  const headers = { 'content-type': 'application/vnd.pypi.simple.v1+json', 'x-pypi-last-serial': '5' };
  const { clock, upstream } = await serving(t, reply(200, page + ' '.repeat(300_000), headers), 50);
  const asking = upstream.detail({ name: 'a' as never, validator: null, encoding: 'identity' }, never);
  while (clock.waits.length === 0) await turn();
  // Twice the deadline in real time, which it goes by.
  const until = performance.now() + 100;
  while (performance.now() < until) await turn();
  let isDone = false;
  const done = asking.finally(() => {
    isDone = true;
  });
  for (; !isDone; await turn()) clock.goOn();
  assert.equal((await done).kind, 'page');
});
