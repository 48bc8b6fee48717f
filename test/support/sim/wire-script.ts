/** How an answer goes over the wire: what is sent, when, and how it ends, as a list of moments. */
import { errors } from 'undici';
import type { OriginReply } from '../../../src/demo/http-message.ts';
import type { Prng } from '../prng.ts';
import { evenPieces } from './fault-delivery.ts';
import type { Fault } from './faults.ts';
import type { Arrival, Decision } from './faulty-host.ts';
import { unzipped } from './stored-gzip.ts';

/** One moment of an answer. The last is `end`, `break` or `silence`. */
export type Moment =
  | { readonly kind: 'head'; readonly status: number; readonly headers: Record<string, string> }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  /** Nothing for so long. */
  | { readonly kind: 'pause'; readonly durationMs: number }
  /** Nothing until the test says so. */
  | { readonly kind: 'gate'; readonly opened: () => Promise<void> }
  | { readonly kind: 'end' }
  | { readonly kind: 'break'; readonly error: Error }
  /** Nothing any more. */
  | { readonly kind: 'silence' };

const FILLER = Buffer.alloc(64 * 1024, ' ');
const PIECES_MAX = 4;
const END: Moment = { kind: 'end' };

/** What undici says when the other side goes away in the middle. */
function brokenOff(): Error {
  return new errors.SocketError('other side closed');
}

function reset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

interface Body {
  readonly headers: Record<string, string>;
  readonly bytes: Buffer;
  /** What a reader of the encoded bytes would find wrong with them. */
  readonly damage: Error | null;
}

/** The identity of a body: a reader's gunzip works in threads, whose order is nobody's (see wire.ts). */
function decoded(reply: OriginReply): Body {
  const { 'content-encoding': encoding, ...headers } = reply.headers;
  if (encoding !== 'gzip') return { headers: { ...reply.headers }, bytes: reply.body, damage: null };
  try {
    return { headers, bytes: unzipped(reply.body), damage: null };
  } catch (damage) {
    return { headers, bytes: Buffer.alloc(0), damage: damage as Error };
  }
}

/** The bytes in up to four pieces, cut anywhere. */
function* pieces(bytes: Buffer, prng: Prng): Generator<Moment> {
  if (bytes.length === 0) return;
  const cuts = Array.from({ length: prng.int(PIECES_MAX) }, () => prng.int(bytes.length)).sort(
    (a, b) => a - b,
  );
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    if (to > from) yield { kind: 'bytes', bytes: bytes.subarray(from, to) };
    from = to;
  }
}

function headOf({ status }: OriginReply, { headers, bytes, damage }: Body): Moment {
  // RFC 9110 §8.6: a 304 has no body, and says nothing of its length. A damaged body's length is not known either.
  const length: Record<string, string> =
    status === 304 || damage !== null ? {} : { 'content-length': String(bytes.length) };
  return { kind: 'head', status, headers: { ...headers, ...length } };
}

function* endless(reply: OriginReply, body: Body): Generator<Moment> {
  yield { kind: 'head', status: reply.status, headers: body.headers };
  yield { kind: 'bytes', bytes: body.bytes };
  while (true) yield { kind: 'bytes', bytes: FILLER };
}

function* slow(fault: Extract<Fault, { kind: 'slow' }>, reply: OriginReply, body: Body): Generator<Moment> {
  yield { kind: 'pause', durationMs: fault.headMs ?? 0 };
  yield headOf(reply, body);
  for (const bytes of evenPieces(body.bytes, fault.pieces ?? 1)) {
    yield { kind: 'bytes', bytes };
    yield { kind: 'pause', durationMs: fault.gapMs ?? 0 };
  }
  yield END;
}

/** Faults of the connection, all moments of them; null for an answer that is sent in full. */
function broken(fault: Fault | null, reply: OriginReply, body: Body): Iterable<Moment> | null {
  const beginning = (bytes: number): Moment[] => [
    headOf(reply, body),
    { kind: 'bytes', bytes: body.bytes.subarray(0, bytes) },
  ];
  switch (fault?.kind) {
    case 'disconnect':
      return [{ kind: 'break', error: reset() }];
    case 'truncate': {
      const bytes = Math.max(0, Math.min(fault.afterBytes, body.bytes.length - 1));
      return [...beginning(bytes), { kind: 'break', error: brokenOff() }];
    }
    case 'stall':
      if (fault.afterBytes === undefined) return [{ kind: 'silence' }];
      return [...beginning(fault.afterBytes), { kind: 'silence' }];
    case 'slow':
      return slow(fault, reply, body);
    case 'endless':
      return endless(reply, body);
  }
  return null;
}

/** All moments of the answer to a request that has arrived. Lazy: it is decided when its time comes. */
export function* script({ stop, decide }: Arrival, isHead: boolean, prng: Prng): Generator<Moment> {
  if (stop !== null && stop.afterBytes === null) yield { kind: 'gate', opened: () => stop.wait() };
  const { reply, fault }: Decision = decide();
  const body = decoded(reply);
  const faulty = broken(fault, reply, body);
  if (faulty !== null) {
    yield* faulty;
    return;
  }
  yield headOf(reply, body);
  if (body.damage !== null) {
    yield { kind: 'break', error: body.damage };
    return;
  }
  const bytes = isHead ? body.bytes.subarray(0, 0) : body.bytes;
  if (stop !== null && stop.afterBytes !== null) {
    yield* pieces(bytes.subarray(0, stop.afterBytes), prng);
    yield { kind: 'gate', opened: () => stop.wait() };
    yield* pieces(bytes.subarray(stop.afterBytes), prng);
  } else yield* pieces(bytes, prng);
  yield END;
}
