/** Conditions and ranges as web servers answer them for files on a disk (RFC 9110 §13, §14). */
import type { OriginReply, OriginRequest } from '../../../src/demo/http-message.ts';
import { ranged } from '../../../src/demo/origin-files.ts';

export interface Stamp {
  /** With its quotation marks; null: the server has none. */
  readonly etag: string | null;
  readonly modifiedMs: number | null;
}

function opaque(etag: string): string {
  return etag.trim().replace(/^W\//, '');
}

/** Does the client have this very thing? If-None-Match, where it is there, decides alone. */
function isKnown(request: OriginRequest, stamp: Stamp, exactDates: boolean): boolean {
  const tags = request.headers['if-none-match'];
  if (tags !== undefined) {
    const { etag } = stamp;
    return etag !== null && tags.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(etag));
  }
  const since = request.headers['if-modified-since'];
  if (since === undefined || stamp.modifiedMs === null) return false;
  const modifiedS = Math.floor(stamp.modifiedMs / 1000);
  const sinceS = Date.parse(since) / 1000;
  return exactDates ? sinceS === modifiedS : sinceS >= modifiedS;
}

/** RFC 9110 §13.1.5: a range of another thing than the client has would be no use. */
function mayRange(request: OriginRequest, headers: OriginReply['headers']): boolean {
  const condition = request.headers['if-range'];
  return condition === undefined || condition === headers['etag'] || condition === headers['last-modified'];
}

/**
 * The reply with its validators; 304 if the client has it, 206 if it asked for a part. `exactDates` is nginx, which
 * takes no other date than its own; Apache takes any later one.
 */
export function stamped(
  request: OriginRequest,
  reply: OriginReply,
  stamp: Stamp,
  { exactDates = false }: { exactDates?: boolean } = {},
): OriginReply {
  const validators = {
    ...(stamp.etag === null ? {} : { etag: stamp.etag }),
    ...(stamp.modifiedMs === null ? {} : { 'last-modified': new Date(stamp.modifiedMs).toUTCString() }),
  };
  if (isKnown(request, stamp, exactDates)) return { status: 304, headers: validators, body: Buffer.alloc(0) };
  const headers = { ...reply.headers, ...validators };
  const whole = { ...reply, headers };
  return mayRange(request, headers) ? ranged(whole, request.headers['range']) : whole;
}
