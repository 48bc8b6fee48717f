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

/** How an upstream tells what has changed. */
export type UpstreamKind = 'changelog' | 'list' | 'poll';

/** What an upstream turned out to be. The catalogue remembers it: an upstream never changes its kind silently. */
export interface Dialect {
  readonly kind: UpstreamKind;
  /** Where the index lies below the identity: `/simple/`, `/+simple/` (devpi) or `/`. */
  readonly index: string;
}

/** What makes the next request for a document conditional. Only valid with the encoding it came with (trap 17). */
export interface Validator {
  /** An ETag, or a Last-Modified date where upstream gives no ETag; the quotation marks of the one tell them apart. */
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

/** A file of so many bytes, or with so many left, is large: it takes its time, and leaves half of the connections to others. */
export const LARGE_FILE_BYTES_MIN = 8 * 1024 * 1024;

export interface FileRequest {
  /** Absolute; refused with UPSTREAM_HOST_NOT_ALLOWED unless its host may be asked. */
  readonly url: string;
  /** Bytes already had: asks for the rest. */
  readonly offsetBytes: number;
  /** More than this in all (offset included) is UPSTREAM_TOO_LARGE. */
  readonly bodyBytesMax: number;
  /** How large it is in all, as far as known: large ones leave half of the connections to small ones. @default null */
  readonly sizeBytes?: number | null;
  /** The `part` of the reply that the bytes already had came with: if the file is another one by now, all of it comes. @default null */
  readonly ifPart?: string | null;
  /** Asks only for what has changed since; not together with an offset. @default null: unconditionally */
  readonly validator?: Validator | null;
}

export interface FileReply {
  /** True when `validator` still holds: then there are no chunks. */
  readonly unchanged: boolean;
  /** For the next conditional request; null when upstream gives none. */
  readonly validator: Validator | null;
  /** A strong validator of these very bytes, to ask for their rest with; null when upstream gives none. */
  readonly part: string | null;
  /** Where the body begins: the offset asked for, or 0 when upstream sends everything. */
  readonly offsetBytes: number;
  /**
   * The bytes. Throws a retryable error on a broken or silent connection or a body shorter than announced.
   * Leaving the loop early closes the connection.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * A small document that belongs to a project: an attestation (PEP 740), the project's JSON API (`/pypi/<name>/json`), or that of one
 * release (`/pypi/<name>/<version>/json`).
 */
export type DocumentRequest = {
  readonly validator: Validator | null;
  readonly encoding: Encoding;
} & (
  | { readonly what: 'provenance'; readonly url: string }
  | { readonly what: 'json-api'; readonly name: ProjectName; readonly version?: string }
);

export type DocumentReply =
  | { readonly kind: 'unchanged' }
  /** 404 or 410; of attestations 403, too (`isRefused`): an index may have switched them off (protocol §4.5). */
  | { readonly kind: 'absent'; readonly isRefused?: true }
  /** Whole, decoded, a JSON object, within the limits; otherwise unread. */
  | { readonly kind: 'document'; readonly bytes: Uint8Array; readonly validator: Validator | null };

/** What is remembered of a project list, to notice that the next one says the same. */
export interface ListState {
  readonly validator: Validator | null;
  /** The server's own counter of everything that changes on it (devpi's X-DEVPI-SERIAL); null when it has none. */
  readonly counter: string | null;
}

/** The project list: its own serial first, then its entries in no particular order. */
export interface ProjectListing {
  /** True: it still is what it was at the `ListState` that was sent along. Then there are no batches. */
  readonly unchanged: boolean;
  readonly state: ListState;
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
  /**
   * Settles how this upstream tells what has changed, before anything else is asked of it: as configured; with `auto` as
   * remembered, else by asking: changelog where it answers, else list, else poll. An upstream that cannot be reached is
   * an error, never another kind; one that is none of the three is UPSTREAM_MALFORMED, or UPSTREAM_STATUS when it has
   * nothing at all there. With `auto` and `poll`, asking the index before this is INTERNAL.
   */
  recognize(remembered: Dialect | null, signal: AbortSignal): Promise<Dialect>;
  /** Resolves when the upstream answers at all: a small question, for telling an outage from one project's trouble. */
  probe(signal: AbortSignal): Promise<void>;
  /** The newest serial; 0 for an empty journal. Kind `changelog` only; INTERNAL for the others. */
  head(signal: AbortSignal): Promise<Serial>;
  /**
   * Kind `changelog` only; INTERNAL for the others. Every row with a serial above `since`, ascending, in batches, until
   * upstream's answer is empty. The rows stand for all changes only once the iteration has ended without an error:
   * answers are streamed, so that one which is cut short is noticed at its end. No row comes twice, retries included.
   */
  changes(since: Serial, signal: AbortSignal): AsyncIterable<readonly ChangelogRow[]>;
  /** Of kind `list` every entry has a serial. `known`: what an earlier list left, to ask for a newer one only. */
  projects(signal: AbortSignal, known?: ListState | null): Promise<ProjectListing>;
  detail(request: DetailRequest, signal: AbortSignal): Promise<DetailReply>;
  /**
   * One try; errors say whether they are retryable. 404, 403 and 410 are UPSTREAM_ABSENT.
   * The chunks must be read, or the signal aborted: until then they hold one of the connections.
   */
  file(request: FileRequest, signal: AbortSignal): Promise<FileReply>;
  document(request: DocumentRequest, signal: AbortSignal): Promise<DocumentReply>;
  /** Whether files may come from this address: the rule that `file` obeys. Asks nothing; false for what is no absolute URL. */
  mayLinkTo(url: string): boolean;
  /** Closes connections; no other call may follow. */
  close(): Promise<void>;
}
