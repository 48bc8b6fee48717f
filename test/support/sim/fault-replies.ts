/** Faults that are another reply: an honest one goes in, what the fault makes of it comes out. */
import { gunzipSync } from 'node:zlib';
import {
  compressed,
  type OriginReply,
  type OriginRequest,
  tagged,
  textReply,
} from '../../../src/demo/http-message.ts';
import { rpcReply } from '../../../src/demo/origin.ts';
import { fileMissing } from '../../../src/demo/origin-files.ts';
import { notFound } from '../../../src/demo/origin-headers.ts';
import { isJsonApiPath, unknownProject } from '../../../src/demo/origin-json.ts';
import { renderFault } from '../../../src/demo/render-xmlrpc.ts';
import { htmlUnavailable } from './cdn.ts';
import type { Fault } from './faults.ts';

/** PyPI's words for too many calls (protocol §1.6). */
export function rateLimitedXml(waitS: number | undefined): string {
  const wait = waitS === undefined ? '' : ` Limit may reset in ${waitS} seconds.`;
  const message =
    'HTTPTooManyRequests: The action could not be performed because there were too many requests by the client.';
  return renderFault({ code: -32500, message: `${message}${wait}` });
}

/** Decodes, changes and encodes again; the validator is that of the changed body. */
function rewritten(
  reply: OriginReply,
  request: OriginRequest,
  rewrite: (text: string) => string,
): OriginReply {
  const zipped = reply.headers['content-encoding'] === 'gzip';
  const text = (zipped ? gunzipSync(reply.body) : reply.body).toString();
  const plain = { ...reply, body: Buffer.from(rewrite(text)) };
  return tagged(zipped ? compressed(plain, request.headers['accept-encoding']) : plain);
}

function withoutHeader(reply: OriginReply, name: string | undefined): OriginReply {
  const headers = Object.entries(reply.headers).filter(([header]) => header !== name);
  return { ...reply, headers: Object.fromEntries(headers) };
}

function corrupted(reply: OriginReply, atByte: number): OriginReply {
  const body = Buffer.from(reply.body);
  if (body.length > 0) body[atByte % body.length] = (body[atByte % body.length] ?? 0) ^ 0x01;
  return { ...reply, body };
}

/** True for faults that need a whole page to work on, so that the request must not be answered with 304. */
export function needsBody(fault: Fault): boolean {
  return ['truncate', 'corrupt', 'short', 'longer', 'endless', 'foreign-host', 'rewrite', 'retype'].includes(
    fault.kind,
  );
}

/** RFC 9110 §10.2.3, both forms. */
function retryAfterHeader(fault: Extract<Fault, { kind: 'status' }>, nowMs: number): Record<string, string> {
  if (fault.retryAfter === undefined) return {};
  const { form, afterS } = fault.retryAfter;
  const date = new Date(nowMs + afterS * 1000).toUTCString();
  return { 'retry-after': form === 'seconds' ? String(afterS) : date };
}

export interface Circumstances {
  readonly nowMs: number;
  /** The first honest answer to this request, when it was asked before. */
  readonly earlier: OriginReply | null;
  /** The text of the project list that the client has. */
  readonly knownList: () => string | null;
}

/** The reply under the fault. Faults of the connection leave it as it is: they are done while sending. */
export function replyUnderFault(
  fault: Fault,
  request: OriginRequest,
  honest: () => OriginReply,
  { nowMs, earlier, knownList }: Circumstances,
): OriginReply {
  switch (fault.kind) {
    case 'status': {
      const headers = { ...fault.headers, ...retryAfterHeader(fault, nowMs) };
      return textReply(fault.status, 'text/plain; charset=UTF-8', fault.body ?? '', headers);
    }
    case 'html-503':
      return htmlUnavailable();
    case 'corrupt': {
      const reply = honest();
      return corrupted(reply, fault.atByte ?? reply.body.length >> 1);
    }
    case 'short': {
      const reply = honest();
      return { ...reply, body: reply.body.subarray(0, fault.bytes) };
    }
    case 'longer': {
      const reply = honest();
      return { ...reply, body: Buffer.concat([reply.body, Buffer.alloc(fault.bytes, ' ')]) };
    }
    case 'retype': {
      const reply = honest();
      return { ...reply, headers: { ...reply.headers, 'content-type': fault.contentType } };
    }
    case 'foreign-host':
      return rewritten(honest(), request, (text) =>
        text.replace(/https?:\/\/[^/"]+(?=\/packages\/)/g, fault.origin),
      );
    case 'rewrite':
      return withoutHeader(
        rewritten((fault.isEarlier === true ? earlier : null) ?? honest(), request, (text) =>
          fault.rewrite(text, knownList),
        ),
        fault.withoutHeader,
      );
    case 'replace':
      return {
        status: 200,
        headers: { 'content-type': fault.contentType },
        body: typeof fault.body === 'string' ? Buffer.from(fault.body) : fault.body,
      };
    case 'rate-limited':
      return rpcReply(request, rateLimitedXml(fault.waitS));
    case 'rpc-fault':
      return rpcReply(request, renderFault(fault));
    case 'missing':
      if (isJsonApiPath(request.path)) return unknownProject();
      return request.path.startsWith('/packages/') ? fileMissing() : notFound();
    case 'redirect':
      return textReply(fault.status ?? 302, 'text/plain', '', { location: fault.to });
    case 'earlier':
      return earlier ?? honest();
    case 'disconnect':
    case 'truncate':
    case 'stall':
    case 'endless':
    case 'slow':
      return honest();
  }
}
