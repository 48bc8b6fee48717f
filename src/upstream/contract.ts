/**
 * The index we copy, as the engine sees it. Every kind of upstream keeps these promises; one suite
 * (test/contract/upstream-suite.ts) runs over each.
 *
 * - Replies are validated: names normalized, serials safe integers, digests hex, hosts allowed, sizes bounded.
 *   What is not valid is an error (UPSTREAM_MALFORMED, …) that names the thing, never a half-parsed value.
 * - Requests that fail in a way that may pass (5xx, 408, 425, 429, broken or silent connections, rate-limit faults)
 *   are tried again inside, with bounded waits; what comes out as an error has been tried enough.
 *   Only `file` leaves the retrying to its caller, who knows how many bytes it already has.
 * - Whether a page is *stale* is not decided here: the caller knows the serial it must have reached.
 * - Every method rejects with INTERRUPTED soon after its signal aborts.
 */
import type { ChangelogRow, Detail, ListedProject, ProjectName, Serial } from '../pypi/types.ts';

/** The two encodings are separate objects at a CDN edge and may disagree (protocol §5.4). */
export type Encoding = 'gzip' | 'identity';

/** What makes the next request for a page conditional. Only valid with the encoding it came with (trap 17). */
export interface Validator {
  readonly etag: string;
  readonly encoding: Encoding;
}

export interface DetailRequest {
  readonly name: ProjectName;
  /** Sent as If-None-Match; null asks for the page itself. Ignored unless its encoding is `encoding`. */
  readonly validator: Validator | null;
  readonly encoding: Encoding;
}

export type DetailReply =
  | { readonly kind: 'unchanged' }
  /** 404 or 410. Alone it proves nothing (P7). */
  | { readonly kind: 'absent' }
  | { readonly kind: 'page'; readonly detail: Detail; readonly validator: Validator | null };

export interface FileRequest {
  /** Absolute; refused with UPSTREAM_HOST_NOT_ALLOWED unless its host may be asked. */
  readonly url: string;
  /** Bytes already had: asks for the rest. */
  readonly offsetBytes: number;
  /** More than this in all (offset included) is UPSTREAM_TOO_LARGE. */
  readonly bodyBytesMax: number;
}

export interface FileReply {
  /** Where the body begins: the offset asked for, or 0 when upstream sends everything. */
  readonly offsetBytes: number;
  /**
   * The bytes. Throws a retryable error on a broken or silent connection or a body shorter than announced.
   * Leaving the loop early closes the connection.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The project list: its own serial first, then its entries in no particular order. */
export interface ProjectListing {
  /** The head serial at the time upstream made the list; null when unknown. May be older than the changelog's head. */
  readonly serial: Serial | null;
  /** Batches. Throws when the document turns out to be cut short or malformed: then nothing of it may be trusted. */
  readonly batches: AsyncIterable<readonly ListedProject[]>;
}

export interface Upstream {
  /** What the catalogue is bound to: the configured URL without credentials, query or trailing slash. */
  readonly identity: string;
  /** HTTP requests sent so far, retries and redirects included. */
  readonly requestsMade: number;
  /** The newest serial; 0 for an empty journal. */
  head(signal: AbortSignal): Promise<Serial>;
  /**
   * Every row with a serial above `since`, ascending, in batches, until upstream's answer is empty.
   * The rows stand for all changes only once the iteration has ended without an error: answers are streamed, so
   * that one which is cut short is noticed at its end. No row comes twice, retries included.
   */
  changes(since: Serial, signal: AbortSignal): AsyncIterable<readonly ChangelogRow[]>;
  projects(signal: AbortSignal): Promise<ProjectListing>;
  detail(request: DetailRequest, signal: AbortSignal): Promise<DetailReply>;
  /**
   * One try; errors say whether they are retryable. 404, 403 and 410 are UPSTREAM_ABSENT.
   * The chunks must be read, or the signal aborted: until then they hold one of the connections.
   */
  file(request: FileRequest, signal: AbortSignal): Promise<FileReply>;
  /** Whether files may come from this address: the rule that `file` obeys. Asks nothing; false for what is no absolute URL. */
  mayLinkTo(url: string): boolean;
  /** Closes connections; no other call may follow. */
  close(): Promise<void>;
}
