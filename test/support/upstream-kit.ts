/** What every test of upstream/ needs: settings, a clock that records its waits, events, a signal, collected iterables. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type Clock, interrupted } from '../../src/clock.ts';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { type ErrorCode, isJubjubError, type JubjubError } from '../../src/errors.ts';
import type { RunEvent } from '../../src/events.ts';
import type { Upstream } from '../../src/upstream/contract.ts';
import { createUpstream, type UpstreamOptions } from '../../src/upstream/index.ts';

/** 2026-11-21T09:30:00Z. */
export const NOW_MS = 1_795_253_400_000;

export interface TestClock extends Clock {
  /** The waits asked for, in milliseconds. */
  readonly slept: number[];
}

/** A clock that never waits: it moves on by what is slept. Chance is always one half. */
export function testClock(): TestClock {
  let nowMs = NOW_MS;
  const slept: number[] = [];
  return {
    slept,
    now: () => nowMs,
    random: () => 0.5,
    sleep: async (durationMs, signal) => {
      if (signal.aborted) throw interrupted();
      slept.push(durationMs);
      nowMs += durationMs;
    },
  };
}

export function upstreamSettings(url: string, more: Partial<UpstreamSettings> = {}): UpstreamSettings {
  return {
    url,
    changes: 'changelog',
    contact: '',
    connectTo: null,
    proxy: null,
    caFile: null,
    fileHosts: [],
    allowHttp: false,
    expiryMs: 1_800_000,
    pageConnections: 6,
    fileConnections: 4,
    http2: true,
    rateBytesPerSecond: null,
    timeoutMs: 10_000,
    ...more,
  };
}

export interface Kit {
  readonly upstream: Upstream;
  readonly clock: TestClock;
  /** Without those of the pace, which every trouble has. */
  readonly events: RunEvent[];
}

/** An upstream that is closed when the test ends. */
export function openUpstream(
  t: Pick<TestContext, 'after'>,
  url: string,
  more: Partial<UpstreamSettings> = {},
  options: Partial<UpstreamOptions> = {},
): Kit {
  const clock = testClock();
  const events: RunEvent[] = [];
  const upstream = createUpstream(upstreamSettings(url, more), {
    clock,
    emit: (event) => {
      if (event.type !== 'pace') events.push(event);
    },
    version: '1.2.3',
    ...options,
  });
  t.after(() => upstream.close());
  return { upstream, clock, events };
}

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** All items of all batches. */
export async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<T[]> {
  const items: T[] = [];
  for await (const batch of batches) items.push(...batch);
  return items;
}

/** A body, whole. */
export async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** The error of ours that a promise must be rejected with, of this code. */
export async function failure(promise: Promise<unknown>, code: ErrorCode): Promise<JubjubError> {
  const error = await promise.then(
    (value) => assert.fail(`expected ${code}, got ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!isJubjubError(error)) throw error;
  assert.equal(error.code, code, `${error.message}: ${JSON.stringify(error.facts)}`);
  return error;
}
