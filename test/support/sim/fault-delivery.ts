/** Faults of the connection: how a reply is written to the socket, and how it is not. */
import type { ServerResponse } from 'node:http';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../../src/clock.ts';
import type { OriginReply } from '../../../src/demo/http-message.ts';
import { sendReply } from '../../../src/demo/http-origin.ts';
import type { Fault, Stop } from './faults.ts';

const FILLER = Buffer.alloc(64 * 1024, ' ');

/** Sends the head and the first bytes, and waits until the system has them. */
function sendBeginning(response: ServerResponse, reply: OriginReply, bytes: number): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(reply.body.length) });
  response.flushHeaders();
  if (bytes === 0) return Promise.resolve();
  return new Promise((resolve) => response.write(reply.body.subarray(0, bytes), () => resolve()));
}

/** Writes as fast as the client reads, until it goes away. */
function sendEndless(response: ServerResponse, reply: OriginReply, gzip: boolean): void {
  const { 'content-encoding': encoding, ...headers } = reply.headers;
  response.writeHead(reply.status, { ...headers, ...(gzip ? { 'content-encoding': 'gzip' } : {}) });
  const body = gzip ? createGzip() : response;
  if (gzip) body.pipe(response);
  const pump = () => {
    while (!response.destroyed && body.write(FILLER));
  };
  body.on('drain', pump);
  response.on('close', () => {
    body.removeListener('drain', pump);
    body.destroy();
  });
  if (!gzip && encoding === undefined) response.write(reply.body);
  pump();
}

const never = new AbortController().signal;

/** Late, and piece by piece; whoever goes away meanwhile is not waited for. */
async function sendSlowly(
  response: ServerResponse,
  { status, headers, body }: OriginReply,
  fault: Extract<Fault, { kind: 'slow' }>,
  clock: Clock,
): Promise<void> {
  await clock.sleep(fault.headMs ?? 0, never);
  response.writeHead(status, { ...headers, 'content-length': String(body.length) });
  response.flushHeaders();
  for (const piece of evenPieces(body, fault.pieces ?? 1)) {
    response.write(piece);
    await clock.sleep(fault.gapMs ?? 0, never);
    if (response.destroyed) return;
  }
  response.end();
}

/** The bytes in so many pieces, or as many as there are bytes. */
export function evenPieces(bytes: Buffer, count: number): Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / count));
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => at * size);
  return starts.map((start) => bytes.subarray(start, start + size));
}

/** Sends the reply as the fault has it. Without a fault, honestly; a stop inside the body waits there. */
export async function deliverReply(
  response: ServerResponse,
  reply: OriginReply,
  fault: Fault | null,
  stop: Stop | null,
  clock: Clock,
): Promise<void> {
  switch (fault?.kind) {
    case 'disconnect':
      response.socket?.resetAndDestroy();
      return;
    case 'truncate':
      await sendBeginning(response, reply, Math.max(0, Math.min(fault.afterBytes, reply.body.length - 1)));
      response.destroy();
      return;
    case 'stall':
      if (fault.afterBytes !== undefined) await sendBeginning(response, reply, fault.afterBytes);
      return;
    case 'slow':
      await sendSlowly(response, reply, fault, clock);
      return;
    case 'endless':
      sendEndless(response, reply, fault.gzip ?? false);
      return;
  }
  if (stop === null) {
    sendReply(response, reply);
    return;
  }
  const bytes = Math.min(stop.afterBytes ?? 0, reply.body.length);
  await sendBeginning(response, reply, bytes);
  await stop.wait();
  response.end(reply.body.subarray(bytes));
}
