/** The command line inside a test: memory for streams, an emitter for signals, a clock that a test moves. */
import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import type { Io, OutputStream } from '../../src/cli/io.ts';
import { type Clock, interrupted } from '../../src/clock.ts';

/** A stream that keeps what is written to it. */
export class MemoryStream extends Writable {
  text = '';
  isTTY: boolean | undefined;
  columns: number | undefined;

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** 2026-11-21T09:30:00Z. */
export const START_MS = 1_795_253_400_000;

/** Stands still but for `advance`, which wakes those whose time has come. */
export class HandClock implements Clock {
  #nowMs = START_MS;
  readonly #sleepers = new Set<{ wakeMs: number; wake: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  sleep(durationMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleeper = { wakeMs: this.#nowMs + durationMs, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener('abort', () => {
        this.#sleepers.delete(sleeper);
        reject(interrupted());
      });
    });
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  advance(durationMs: number): void {
    this.#nowMs += durationMs;
    for (const sleeper of this.#sleepers) {
      if (sleeper.wakeMs > this.#nowMs) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

export interface TestIo extends Io {
  readonly stdout: MemoryStream & OutputStream;
  readonly stderr: MemoryStream & OutputStream;
  readonly signals: EventEmitter;
  readonly clock: HandClock;
  /** The statuses that `exit` was called with. */
  readonly exits: number[];
}

/** A process that is none; `cwd` should be a directory of the test's own. */
export function testIo(cwd: string, env: Io['env'] = {}): TestIo {
  const exits: number[] = [];
  return {
    stdout: new MemoryStream(),
    stderr: new MemoryStream(),
    env,
    cwd,
    signals: new EventEmitter(),
    clock: new HandClock(),
    pid: 4711,
    exit: (status) => void exits.push(status),
    exits,
  };
}
