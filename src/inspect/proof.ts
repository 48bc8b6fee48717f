/** Where the proof of a mirror is read from: its own documents over HTTP, or whatever else says the same. */
import { type ErrorFacts, JubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import { bucketOf, type Manifest, type PageDigest } from '../pypi/manifest.ts';
import { parseBucket, parseManifest } from '../pypi/parse-manifest.ts';
import { bucketPath, MANIFEST_PATH } from '../pypi/paths.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import type { SiteReader, WholeReply } from './reader.ts';

/** 4,096 lines of 80 bytes are a sixth of it. */
const MANIFEST_BYTES_MAX = 2 * 1024 ** 2;
/** With all of PyPI one has 18 KB. */
const BUCKET_BYTES_MAX = 4 * 1024 ** 2;

export interface ProofSource {
  /** What people read: an address, or `this mirror`. */
  readonly title: string;
  /** The newest that was read; the first call reads it. */
  manifest(signal: AbortSignal): Promise<Manifest>;
  /** The projects of a bucket, which are those that the newest manifest promises. */
  bucket(id: string, signal: AbortSignal): Promise<readonly PageDigest[]>;
  /** What a project's page must be now, read anew: a sync may have come between. null: it has none. */
  pageNow(name: ProjectName, signal: AbortSignal): Promise<Sha256 | null>;
  /** Did the mirror change while it was read? */
  readonly moved: boolean;
}

/**
 * The proof as a web server gives it out. A bucket whose digest is not the promised one makes us read the manifest once
 * more, for a sync may have come between; when that does not explain it, it is an error.
 *
 * @throws UPSTREAM_ABSENT when there is no proof; INTEGRITY_DIGEST_MISMATCH, UPSTREAM_REDIRECT, and as `SiteReader` and
 *   the parsers do
 */
export class RemoteProof implements ProofSource {
  readonly title: string;
  readonly #reader: SiteReader;
  #manifest: Manifest | null = null;
  #moved = false;

  constructor(reader: SiteReader) {
    this.title = reader.url;
    this.#reader = reader;
  }

  get moved(): boolean {
    return this.#moved;
  }

  async manifest(signal: AbortSignal): Promise<Manifest> {
    this.#manifest ??= await this.#readManifest(signal);
    return this.#manifest;
  }

  async bucket(id: string, signal: AbortSignal): Promise<readonly PageDigest[]> {
    const manifest = await this.manifest(signal);
    const first = await this.#readBucket(id, manifest, signal);
    if (first !== null) return first;
    const newer = await this.#readAgain(signal);
    const second = await this.#readBucket(id, newer, signal);
    if (second !== null) return second;
    throw new JubjubError('INTEGRITY_DIGEST_MISMATCH', 'a bucket is not what its manifest says', {
      url: `${this.#reader.url}/${bucketPath(id)}`,
      expected: newer.buckets.get(id) ?? 'no such bucket',
      received: 'another document, twice',
      effect: 'nothing is concluded from it',
      hint: 'a cache may have an older copy: these documents must not be kept (Cache-Control: no-cache)',
    });
  }

  async pageNow(name: ProjectName, signal: AbortSignal): Promise<Sha256 | null> {
    await this.#readAgain(signal);
    const projects = await this.bucket(bucketOf(name), signal);
    return projects.find((project) => project.name === name)?.pageSha256 ?? null;
  }

  async #readAgain(signal: AbortSignal): Promise<Manifest> {
    const newer = await this.#readManifest(signal);
    this.#moved ||= this.#manifest !== null && this.#manifest.digest !== newer.digest;
    this.#manifest = newer;
    return newer;
  }

  /** null when the document is not the one that the manifest promises. */
  async #readBucket(id: string, manifest: Manifest, signal: AbortSignal): Promise<PageDigest[] | null> {
    const expected = manifest.buckets.get(id);
    if (expected === undefined) return [];
    const what = `bucket ${id} of the completeness proof`;
    const asked = { path: `/${bucketPath(id)}`, what, bytesMax: BUCKET_BYTES_MAX };
    const reply = await this.#reader.whole(asked, signal);
    if (reply.status === 404 || (reply.status === 200 && digestOf(reply) !== expected)) return null;
    return parseBucket(textOf(reply, what), id, reply.url);
  }

  async #readManifest(signal: AbortSignal): Promise<Manifest> {
    const what = 'the completeness proof';
    const asked = { path: `/${MANIFEST_PATH}`, what, bytesMax: MANIFEST_BYTES_MAX };
    const reply = await this.#reader.whole(asked, signal);
    return parseManifest(textOf(reply, what), reply.url);
  }
}

function digestOf({ bytes }: WholeReply): Sha256 {
  return sha256Of(bytes);
}

/** The body as text. @throws for any status but 200, and for what is not UTF-8 */
function textOf(reply: WholeReply, what: string): string {
  const { status, url } = reply;
  if (status === 404 || status === 410)
    throw new JubjubError('UPSTREAM_ABSENT', `there is no such document: ${what}`, {
      url,
      httpStatus: status,
      expected: 'the manifest that every sync of a jubjub writes',
      received: `HTTP ${status}`,
      hint: 'it may be no jubjub mirror, an older one, or one whose first sync is not over; or its web server does not pass on manifest.json and manifest/',
    });
  if (status >= 300 && status < 400) throw redirected(reply, what);
  if (status !== 200)
    throw refused(what, { url, httpStatus: status, expected: '200', received: `HTTP ${status}` });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(reply.bytes);
  } catch (cause) {
    throw new JubjubError('UPSTREAM_MALFORMED', `the body is not UTF-8: ${what}`, { url, cause });
  }
}

function redirected(reply: WholeReply, what: string): JubjubError {
  const to = reply.header('location') ?? '';
  const target = URL.canParse(to, reply.url) ? new URL(to, reply.url) : null;
  return new JubjubError('UPSTREAM_REDIRECT', `the server sends us elsewhere: ${what}`, {
    url: reply.url,
    httpStatus: reply.status,
    expected: 'an answer',
    received: `HTTP ${reply.status}${target === null ? '' : ` to ${target.origin}${target.pathname}`}`,
    hint: 'give the address that the mirror itself answers at',
  });
}

function refused(what: string, facts: ErrorFacts): JubjubError {
  return new JubjubError('UPSTREAM_STATUS', `the server does not give it: ${what}`, facts);
}
