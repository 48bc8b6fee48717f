/**
 * Hashing on every core: requests are gathered into batches for threads that do nothing else (hash-worker.ts).
 *
 * A file costs five trips through Node's own thread pool when it is read the ordinary way, and all hashing stays on one core; a
 * batch costs one message for many files. Measured with bench/verify.ts. What a worker could not hash for whatever reason, and all
 * that a worker which died had, is read again here in the ordinary way, which has the words for each kind of trouble.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { JubjubError } from '../errors.ts';
import { parseSha256 } from '../pypi/digests.ts';
import type { Digest } from './contract.ts';
import { CANCELLED, type HashBatch, type HashedBatch, type WorkerDigest } from './hash-batch.ts';
import { type HashFile, hashFile } from './hashing.ts';

/** More threads than this gain nothing: the disk is the limit then, or the one thread that asks. */
const THREADS_MAX = 4;
const FILES_PER_BATCH_MAX = 32;
/** Of each thread; its buffer of 1 MiB is not counted in it. */
const MEMORY = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

interface Request {
  readonly file: string;
  readonly signal: AbortSignal;
  readonly resolve: (digest: Digest | null | Promise<Digest | null>) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Shared with the worker. */
  readonly flags: Int32Array;
  /** What it is working on; null: nothing. */
  batch: readonly Request[] | null;
}

export class HashWorkers {
  readonly #threads = new Set<Thread>();
  readonly #heard = new WeakSet<AbortSignal>();
  #queue: Request[] = [];
  #isDispatching = false;
  /** How many threads are still to be started: none before somebody asks. */
  #toStart: number;

  /** @param threads @default one for each core, four at most */
  constructor(threads = Math.min(availableParallelism(), THREADS_MAX)) {
    this.#toStart = threads;
  }

  /** As `hashFile`. One that is to go slowly is read by this thread: it has the time. */
  readonly hash: HashFile = (file, signal, pace) => {
    if (pace !== undefined) return hashFile(file, signal, pace);
    for (; this.#toStart > 0; this.#toStart--) this.#start();
    if (this.#threads.size === 0) return hashFile(file, signal);
    if (signal.aborted) return Promise.reject(interruptedBy(signal));
    this.#listen(signal);
    return new Promise((resolve, reject) => {
      this.#queue.push({ file, signal, resolve, reject });
      this.#dispatchSoon();
    });
  };

  /** Ends the threads, whatever they are doing. */
  async close(): Promise<void> {
    const threads = [...this.#threads];
    this.#threads.clear();
    this.#toStart = 0;
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  #start(): void {
    const flags = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    // What runs is this file's neighbour: a source, compiled, or bundled, as this file is.
    const program = new URL(`hash-worker${extname(import.meta.url)}`, import.meta.url);
    const worker = new Worker(program, { workerData: flags, resourceLimits: MEMORY });
    const thread: Thread = { worker, flags, batch: null };
    worker.on('message', (digests: HashedBatch) => this.#take(thread, digests));
    worker.on('error', () => {}); // 'exit' follows.
    worker.on('exit', () => this.#lose(thread));
    this.#threads.add(thread);
  }

  /** After whoever asks has asked for everything that it wants next: a batch of many costs as much as one of one. */
  #dispatchSoon(): void {
    if (this.#isDispatching) return;
    this.#isDispatching = true;
    queueMicrotask(() => {
      this.#isDispatching = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    const idle = [...this.#threads].filter(({ batch }) => batch === null);
    for (const [at, thread] of idle.entries()) {
      const share = Math.ceil(this.#queue.length / (idle.length - at));
      const batch = this.#queue.splice(0, Math.min(share, FILES_PER_BATCH_MAX));
      if (batch.length === 0) return;
      thread.batch = batch;
      Atomics.store(thread.flags, CANCELLED, 0);
      thread.worker.postMessage(batch.map(({ file }) => file) satisfies HashBatch);
    }
  }

  #take(thread: Thread, digests: HashedBatch): void {
    const batch = thread.batch ?? [];
    thread.batch = null;
    for (const [at, request] of batch.entries()) {
      if (at < digests.length) settle(request, digests[at] ?? null);
    }
    // First in the queue: they have waited longest.
    this.#queue = [...batch.slice(digests.length), ...this.#queue].filter(refuseAborted);
    this.#dispatchSoon();
  }

  /** It has ended: by itself, which is a bug or a lack of memory, or because of `close`. */
  #lose(thread: Thread): void {
    this.#threads.delete(thread);
    for (const request of thread.batch ?? []) settle(request, null);
    if (this.#threads.size > 0) return;
    for (const request of this.#queue.splice(0)) settle(request, null);
  }

  #listen(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    signal.addEventListener('abort', () => this.#cancel(), { once: true });
  }

  /** Those who were interrupted hear it at once; a thread that has one of theirs stops before its next piece, and begins anew. */
  #cancel(): void {
    this.#queue = this.#queue.filter(refuseAborted);
    for (const { batch, flags } of this.#threads) {
      if (batch?.map(refuseAborted).every(Boolean) === false) Atomics.store(flags, CANCELLED, 1);
    }
  }
}

function settle({ file, signal, resolve }: Request, digest: WorkerDigest): void {
  const sha256 = digest === null ? null : parseSha256(digest[0]);
  if (digest === null || sha256 === null) resolve(hashFile(file, signal));
  else resolve({ sha256, sizeBytes: digest[1] });
}

/** False, and it has been told, when nobody waits for this one any more. */
function refuseAborted({ signal, reject }: Request): boolean {
  if (signal.aborted) reject(interruptedBy(signal));
  return !signal.aborted;
}

function interruptedBy(signal: AbortSignal): JubjubError {
  return new JubjubError('INTERRUPTED', 'interrupted', { cause: signal.reason });
}
