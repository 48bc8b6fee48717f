/** The completeness proof: which project falls into which bucket, and what the documents of the proof say. */
import { parseSha256, sha256Of } from './digests.ts';
import { bucketPath, detailPaths } from './paths.ts';
import type { ProjectName, Serial, Sha256 } from './types.ts';

/** Hex digits that name a bucket: 4,096 of them, so that one has some 180 projects when the mirror has all of PyPI. */
const BUCKET_DIGITS = 3;

/** How many buckets there can be. */
export const BUCKETS_MAX = 16 ** BUCKET_DIGITS;

/** The version of the proof's format that we write, and the highest that we read. */
export const MANIFEST_VERSION = 1;

/** A project and the digest of its JSON page as it is published. */
export interface PageDigest {
  readonly name: ProjectName;
  readonly pageSha256: Sha256;
}

/** What `manifest.json` says. */
export interface Manifest {
  /** Everything up to here is in the mirror; null where there are no serials, or none is committed yet. */
  readonly serial: Serial | null;
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  /** Over all buckets: two mirrors with the same one have the same pages. */
  readonly digest: Sha256;
  /** The digests of the bucket documents, by bucket, in order; only buckets with projects. */
  readonly buckets: ReadonlyMap<string, Sha256>;
}

/** The bucket of a project: the first digits of the sha256 of its normalized name. */
export function bucketOf(name: ProjectName): string {
  return sha256Of(name).slice(0, BUCKET_DIGITS);
}

/** Every bucket that there can be, in order. */
export function allBuckets(): string[] {
  return Array.from({ length: BUCKETS_MAX }, (_, number) => number.toString(16).padStart(BUCKET_DIGITS, '0'));
}

/** True for the name of a bucket. */
export function isBucket(id: string): boolean {
  return id.length === BUCKET_DIGITS && /^[0-9a-f]+$/.test(id);
}

/** The line of a file as `sha256sum` writes it, and checks it with `-c`. */
function checkLine(sha256: Sha256, path: string): string {
  return `${sha256}  ${path}\n`;
}

/** A bucket document; the projects must be in the order of their names. Run `sha256sum -c` on it inside the docroot. */
export function renderBucket(projects: Iterable<PageDigest>): string {
  let text = '';
  for (const { name, pageSha256 } of projects) text += checkLine(pageSha256, detailPaths(name).json);
  return text;
}

/** The root of the proof: the digest over the check lines of all bucket documents, in order. */
export function rootDigest(buckets: Iterable<readonly [id: string, sha256: Sha256]>): Sha256 {
  let text = '';
  for (const [id, sha256] of buckets) text += checkLine(sha256, bucketPath(id));
  return sha256Of(text);
}

/** A manifest with the root digest of its buckets, which are put into order. */
export function manifestOf(facts: Omit<Manifest, 'digest'>): Manifest {
  const buckets = new Map([...facts.buckets].sort(([one], [other]) => (one < other ? -1 : 1)));
  return { ...facts, digest: rootDigest(buckets), buckets };
}

/**
 * The text of `manifest.json`: one bucket a line. Put together by hand, because an object of JavaScript has keys that
 * look like whole numbers ("100") before all others, and the order of the buckets is the order of the root digest.
 */
export function renderManifest({ serial, projects, files, bytes, digest, buckets }: Manifest): string {
  const head = [
    `"version": ${MANIFEST_VERSION}`,
    `"serial": ${serial}`,
    `"projects": ${projects}`,
    `"files": ${files}`,
    `"bytes": ${bytes}`,
    `"digest": "${digest}"`,
  ];
  const lines = [...buckets].map(([id, sha256]) => `    "${id}": "${sha256}"`);
  const object = lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
  return `{\n  ${head.join(',\n  ')},\n  "buckets": ${object}\n}\n`;
}

/** The check line of a JSON page; the name may still be one that is not normalized. */
export const PAGE_LINE = /^([0-9a-f]{64}) {2}simple\/([^/]+)\/index\.v1_json$/;

/** A digest that stands where lower-case hex must stand; null for everything else. */
export function strictSha256(value: unknown): Sha256 | null {
  const sha256 = parseSha256(value);
  return sha256 === value ? sha256 : null;
}
