/** One request over HTTP/2: its stream, and what becomes of it, told to its handler as undici tells of HTTP/1.1. */
import type {
  ClientHttp2Session,
  ClientHttp2Stream,
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
} from 'node:http2';
import type { Dispatcher } from 'undici';
import { afterRealTime } from '../clock.ts';
import { loadErrors } from './undici.ts';

/** As undici has it for HTTP/1.1. */
const HEADERS_BYTES_MAX = 16 * 1024;
/** RFC 9113 §7. */
const CANCEL = 0x8;

/** What carries an exchange: its connection. */
export interface Carrier {
  /** Its stream is gone, and its place free. */
  closed(): void;
  /** Nothing came on it for too long. */
  silent(): void;
  /** Its end was none. */
  broken(): void;
  /** It was lost before it was answered; true when it is sent again. `code` is that of RST_STREAM. */
  takesBack(exchange: Exchange, code: number, error: Error): boolean;
}

/** For its handler it is also what undici's own controller is. */
export class Exchange implements Dispatcher.DispatchController {
  readonly options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  #stream: ClientHttp2Stream | null = null;
  /** The controller of HTTP/1.1, when it was handed on to that. */
  #relayed: Dispatcher.DispatchController | null = null;
  #carrier: Carrier | null = null;
  #stopWaiting: () => void = () => {};
  #isAnswered = false;
  #isOver = false;
  #isPaused = false;
  #reason: Error | null = null;
  /** How often it was sent back as if it had never come. */
  refusals = 0;

  constructor(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.options = options;
    this.#handler = handler;
    this.#tell(() => handler.onRequestStart?.(this, null));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get aborted(): boolean {
    return this.#reason !== null;
  }

  get reason(): Error | null {
    return this.#reason;
  }

  get paused(): boolean {
    return this.#isPaused;
  }

  abort(reason?: Error): void {
    if (this.#isOver) return;
    this.#reason = reason ?? new (loadErrors().RequestAbortedError)();
    if (this.#relayed === null) this.fail(this.#reason);
    else this.#relayed.abort(this.#reason);
  }

  pause(): void {
    this.#isPaused = true;
    this.#relayed?.pause();
    this.#stream?.pause();
    // Who does not read must not be taken for silence.
    this.#stopWaiting();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#relayed?.resume();
    this.#stream?.resume();
    this.#wait();
  }

  /** Ends it; a stream that it has is reset. */
  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const stream = this.#stream;
    this.detach();
    stream?.close(CANCEL);
    stream?.destroy();
    this.#handler.onResponseError?.(this, error);
  }

  /** Forgets the stream that it was on. */
  detach(): void {
    this.#stopWaiting();
    this.#stream = null;
  }

  /** Goes out on a stream of its own. */
  send(session: ClientHttp2Session, carrier: Carrier): void {
    const { body } = this.options;
    const stream = this.#request(session);
    if (stream === null) {
      carrier.closed();
      return;
    }
    this.#stream = stream;
    this.#carrier = carrier;
    this.#wait();
    const isCurrent = () => this.#stream === stream;
    const lost = (error: Error) => {
      if (!isCurrent()) return;
      if (this.#isAnswered || !carrier.takesBack(this, stream.rstCode ?? 0, error)) this.fail(error);
    };
    const isWhole = watchEnd(stream);
    let expectedBytes: number | null = null;
    let bytes = 0;
    stream
      .on('response', (headers) => {
        if (!isCurrent()) return;
        expectedBytes = this.#answered(headers);
        if (!isCurrent()) return;
        // Not before: a handler that pauses at once has heard of the headers by then.
        stream.on('data', (chunk: Buffer) => {
          if (!isCurrent()) return;
          bytes += chunk.length;
          this.#wait();
          this.#tell(() => this.#handler.onResponseData?.(this, chunk));
        });
      })
      .on('end', () => {
        if (!isCurrent()) return;
        const hasAll = expectedBytes !== null && bytes === expectedBytes;
        if (!isWhole() && !hasAll) {
          // A server of Node's may do so to a body that it has not announced the length of.
          if (this.#isAnswered) carrier.broken();
          lost(brokenOff('the stream was reset before its end'));
        } else if (!this.#isAnswered) lost(brokenOff('the stream ended without an answer'));
        else if (expectedBytes !== null && !hasAll) lost(mismatch(expectedBytes, bytes));
        else this.#end();
      })
      .on('error', lost)
      .on('close', () => {
        if (isCurrent()) lost(brokenOff('the stream was closed before its end'));
        carrier.closed();
      });
    if (body != null) stream.end(body);
  }

  /** Over HTTP/1.1 instead: for a server that turned out not to speak HTTP/2. */
  relay(dispatcher: Dispatcher): void {
    this.detach();
    if (this.#isOver) return;
    const handler = this.#handler;
    dispatcher.dispatch(this.options, {
      onRequestStart: (controller) => {
        if (this.#isOver) controller.abort(this.#reason ?? brokenOff('given up'));
        else this.#relayed = controller;
      },
      onResponseStart: (_, ...head) => handler.onResponseStart?.(this, ...head),
      onResponseData: (_, chunk) => handler.onResponseData?.(this, chunk),
      onResponseEnd: (_, trailers) => {
        this.#isOver = true;
        handler.onResponseEnd?.(this, trailers);
      },
      onResponseError: (_, error) => this.fail(error),
    });
  }

  /** Null for what no frame can say: a header with a line break in it. */
  #request(session: ClientHttp2Session): ClientHttp2Stream | null {
    try {
      return session.request(this.#head(), { endStream: this.options.body == null });
    } catch (error) {
      this.fail(error as Error);
      return null;
    }
  }

  #head(): Record<string, string> {
    const { origin, path, method, headers, body } = this.options;
    return {
      ':method': method,
      ':scheme': 'https',
      ':authority': new URL(String(origin)).host,
      ':path': path,
      ...(headers as Record<string, string>),
      ...(typeof body === 'string' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
    };
  }

  /** @returns how many bytes its body is to have; null when it does not say. */
  #answered({
    ':status': status = 0,
    ...headers
  }: IncomingHttpHeaders & IncomingHttpStatusHeader): number | null {
    this.#isAnswered = true;
    if (bytesOf(headers) > HEADERS_BYTES_MAX) {
      this.fail(new (loadErrors().HeadersOverflowError)());
      return null;
    }
    this.#wait();
    this.#tell(() => this.#handler.onResponseStart?.(this, status, headers as Head, ''));
    const length = headers['content-length'];
    // RFC 9110 §8.6: with 304 it is that of what was not sent.
    return length === undefined || status === 304 ? null : Number(length);
  }

  #end(): void {
    this.#isOver = true;
    this.detach();
    this.#handler.onResponseEnd?.(this, {});
  }

  /** Something has come, or is to come now: what follows must not take longer than this. */
  #wait(): void {
    this.#stopWaiting();
    const { headersTimeout, bodyTimeout } = this.options;
    const silenceMs = this.#isAnswered ? bodyTimeout : headersTimeout;
    if (this.#stream === null || this.#isPaused || silenceMs == null) return;
    this.#stopWaiting = afterRealTime(silenceMs, () => {
      const { BodyTimeoutError, HeadersTimeoutError } = loadErrors();
      this.#carrier?.silent();
      this.fail(this.#isAnswered ? new BodyTimeoutError() : new HeadersTimeoutError());
    });
  }

  /** What a handler throws ends its own exchange, and not the connection of the others. */
  #tell(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.fail(error as Error);
    }
  }
}

type Head = Record<string, string | string[]>;

/**
 * Whether its end came with END_STREAM. A reset with NO_ERROR looks to Node like an end, too, but then it says first that the stream is
 * closed.
 */
function watchEnd(stream: ClientHttp2Stream): () => boolean {
  let isWhole = false;
  const push = stream.push.bind(stream);
  stream.push = (chunk, encoding) => {
    if (chunk === null && !stream.closed) isWhole = true;
    return push(chunk, encoding);
  };
  return () => isWhole;
}

function bytesOf(headers: IncomingHttpHeaders): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) bytes += name.length + String(value).length;
  return bytes;
}

function brokenOff(message: string): Error {
  return new (loadErrors().SocketError)(`HTTP/2: ${message}`);
}

function mismatch(expectedBytes: number, bytes: number): Error {
  const { ResponseContentLengthMismatchError } = loadErrors();
  return new ResponseContentLengthMismatchError(`${bytes} bytes of ${expectedBytes}`);
}
