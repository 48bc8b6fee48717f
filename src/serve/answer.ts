/** What a request is answered with, as data: a document, a file of `packages/`, a call's result, or a few words. */
import type { DocrootPath } from '../pypi/types.ts';

export type HeaderMap = Readonly<Record<string, string>>;

/** Said of every answer: a browser must not take a distribution, or upstream's text, for markup. */
export const NOSNIFF = ['X-Content-Type-Options', 'nosniff'] as const;

/**
 * Where a document says its serial: the comment that ends an HTML page, `meta._last-serial` of a JSON page, `last_serial`
 * of a document of the JSON API.
 */
export type SerialPlace = 'html' | 'json' | 'api' | 'none';

/** Bytes that publishing replaces by rename: pages and reports. Sent from one open file. */
export interface DocumentAnswer {
  readonly kind: 'document';
  readonly path: DocrootPath;
  /** Whether it may have a gzipped twin beside it, which those get who would rather have that. */
  readonly twin: boolean;
  readonly serialPlace: SerialPlace;
  /** Tells the representations of one resource apart in their ETags. */
  readonly variant: string;
  readonly headers: HeaderMap;
  /** What is said when there is no such document. */
  readonly otherwise: PlainAnswer;
}

/** Bytes that stay what they are at their path. Ranges are answered. */
export interface FileAnswer {
  readonly kind: 'file';
  readonly path: DocrootPath;
  readonly headers: HeaderMap;
}

/** No file involved. */
export interface PlainAnswer {
  readonly kind: 'plain';
  readonly status: number;
  readonly headers: HeaderMap;
  readonly body: string;
}

/** An XML-RPC call; what it asks for is in its body. */
export interface RpcAnswer {
  readonly kind: 'rpc';
}

export type Answer = DocumentAnswer | FileAnswer | PlainAnswer | RpcAnswer;

/** A short text/plain answer. */
export function plain(status: number, body: string, headers: HeaderMap = {}): PlainAnswer {
  return { kind: 'plain', status, body, headers: { 'Content-Type': 'text/plain', ...headers } };
}

/** PyPI's own words for an unknown project (protocol §2.2). */
export const NOT_FOUND = plain(404, '404 Not Found');

/** PyPI's words at the JSON API (protocol §3). */
export const API_NOT_FOUND: PlainAnswer = {
  kind: 'plain',
  status: 404,
  headers: { 'Content-Type': 'application/json' },
  body: '{"message": "Not Found"}',
};

export const BAD_REQUEST = plain(400, '400 Bad Request');

/** Says nothing of what went wrong or where: that is for the operator, not for the reader. */
export const SERVER_ERROR = plain(500, '500 Internal Server Error');

/** The connection is closed so that the body of an upload need not be read to its end. */
export const METHOD_NOT_ALLOWED = plain(405, '405 Method Not Allowed', {
  Allow: 'GET, HEAD',
  Connection: 'close',
});
