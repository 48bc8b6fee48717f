/** Answers of PyPI's file host (protocol §4.2). */
import { createHash } from 'node:crypto';
import { compressed, type OriginReply, type OriginRequest, textReply } from './http-message.ts';
import type { IndexState } from './index-state.ts';

const STORAGE_ERROR = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>`;

/** The storage's answer for what it does not hold. */
export function fileMissing(): OriginReply {
  return textReply(404, 'application/xml', STORAGE_ERROR);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** RFC 9110 §14.1.2, one range: the first and the last byte; null when it cannot be satisfied. */
function byteRange(range: string, sizeBytes: number): { first: number; last: number } | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range);
  const [, from = '', to = ''] = match ?? [];
  if (match === null || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1);
  return first > last ? null : { first, last };
}

/** The range of a reply that was asked for: 206, 416, or the reply itself. */
export function ranged(reply: OriginReply, range: string | undefined): OriginReply {
  if (range === undefined) return reply;
  const sizeBytes = reply.body.length;
  const span = byteRange(range, sizeBytes);
  if (span === null)
    return textReply(416, 'application/xml', STORAGE_ERROR, { 'content-range': `bytes */${sizeBytes}` });
  const headers = { ...reply.headers, 'content-range': `bytes ${span.first}-${span.last}/${sizeBytes}` };
  return { status: 206, headers, body: reply.body.subarray(span.first, span.last + 1) };
}

/** A file or its `.metadata`. Trap 16: conditions are ignored, the answer is always the whole file or the range. */
export function answerFile(state: IndexState, request: OriginRequest): OriginReply {
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return textReply(405, 'text/plain', 'Method Not Allowed', { allow: 'GET, HEAD, OPTIONS' });
  const bytes = state.blob(decoded(request.path));
  if (bytes === undefined) return fileMissing();
  const reply: OriginReply = {
    status: 200,
    headers: {
      'accept-ranges': 'bytes',
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=365000000, immutable, public',
      'content-type': 'binary/octet-stream',
      etag: `"${createHash('md5').update(bytes).digest('hex')}"`,
    },
    body: bytes,
  };
  if (!request.path.endsWith('.metadata')) return ranged(reply, request.headers['range']);
  const varying = { ...reply, headers: { ...reply.headers, vary: 'Accept-Encoding' } };
  return compressed(varying, request.headers['accept-encoding']);
}
