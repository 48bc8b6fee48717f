/** A request and its answer as plain data, so that a CDN or a fault can stand between origin and socket. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface OriginRequest {
  readonly method: string;
  /** As it came, without the query. */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface OriginReply {
  readonly status: number;
  /** Lower-case names; content-length is added when it is sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A reply with a text body. */
export function textReply(
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string> = {},
): OriginReply {
  return { status, headers: { 'content-type': contentType, ...headers }, body: Buffer.from(text) };
}

/** RFC 9110 §12.5.3, as far as clients of an index use it. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return (acceptEncoding ?? '')
    .split(',')
    .some((part) => /^\s*gzip\s*(;\s*q\s*=\s*(?!0(\.0*)?\s*$).*)?$/i.test(part));
}

/** How bodies are zipped; a simulation whose bodies never leave the process saves itself the work. */
export const encoder = { gzip: (bytes: Buffer): Buffer => gzipSync(bytes) };

/** The reply gzipped, if the request allows it. */
export function compressed(reply: OriginReply, acceptEncoding: string | undefined): OriginReply {
  if (!acceptsGzip(acceptEncoding)) return reply;
  const headers = { ...reply.headers, 'content-encoding': 'gzip' };
  return { status: reply.status, headers, body: encoder.gzip(reply.body) };
}

/** The reply with PyPI's kind of validator: MD5 of the *encoded* body, so that each encoding has its own (trap 17). */
export function tagged(reply: OriginReply): OriginReply {
  const digest = createHash('md5').update(reply.body).digest('base64').replace(/=+$/, '');
  return { ...reply, headers: { ...reply.headers, etag: `"${digest}"` } };
}

/** 304 with the validator alone if the client has this very body; If-Modified-Since is never looked at (trap 18). */
export function conditional(reply: OriginReply, ifNoneMatch: string | undefined): OriginReply {
  const { etag } = reply.headers;
  if (reply.status !== 200 || etag === undefined || ifNoneMatch === undefined) return reply;
  const known = ifNoneMatch.split(',').map((part) => part.trim().replace(/^W\//, ''));
  if (!known.includes(etag) && !known.includes('*')) return reply;
  const kept = ['etag', 'cache-control', 'vary', 'surrogate-control', 'surrogate-key'];
  const headers = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => kept.includes(name)));
  return { status: 304, headers, body: Buffer.alloc(0) };
}
