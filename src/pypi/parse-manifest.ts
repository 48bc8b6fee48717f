/** Reads the documents of a completeness proof, ours or another mirror's: nothing in them is believed before it is checked. */
import { type ErrorCode, type ErrorFacts, JubjubError } from '../errors.ts';
import { fieldOf } from './fields.ts';
import { isJsonObject } from './json.ts';
import {
  BUCKETS_MAX,
  bucketOf,
  isBucket,
  MANIFEST_VERSION,
  type Manifest,
  PAGE_LINE,
  type PageDigest,
  rootDigest,
  strictSha256,
} from './manifest.ts';
import { tryNormalizeName } from './names.ts';
import { describe, quote } from './quote.ts';
import { parseSerial } from './serials.ts';
import type { JsonObject, Serial, Sha256 } from './types.ts';

/**
 * Reads `manifest.json`. Keys that we do not know are passed over, for later versions may add some.
 *
 * @param url for errors only
 * @throws UPSTREAM_MALFORMED when it is no manifest or its digest is not that of its buckets; UPSTREAM_API_VERSION when
 *   its version is one that we do not know
 */
export function parseManifest(text: string, url: string): Manifest {
  const raw = parsedObject(text, url);
  const version = count(raw, 'version', url);
  if (version !== MANIFEST_VERSION)
    throw wrong(url, 'its version is not known here', {
      code: version > MANIFEST_VERSION ? 'UPSTREAM_API_VERSION' : 'UPSTREAM_MALFORMED',
      expected: `version ${MANIFEST_VERSION}`,
      received: `version ${version}`,
      ...(version > MANIFEST_VERSION ? { hint: 'a newer jubjub wrote it: use that one' } : {}),
    });
  const buckets = bucketDigests(raw, url);
  const digest = sha256Field(fieldOf(raw, 'digest'), 'digest', url);
  const computed = rootDigest(buckets);
  if (computed !== digest)
    throw wrong(url, 'its digest is not that of its buckets', { expected: computed, received: digest });
  const projects = count(raw, 'projects', url);
  if (projects < buckets.size || (buckets.size === 0 && projects > 0))
    throw wrong(url, 'it counts other projects than it has', {
      expected:
        buckets.size === 0 ? '0 projects' : `at least one project for each of its ${buckets.size} buckets`,
      received: `"projects": ${projects}`,
    });
  return {
    serial: serialField(raw, url),
    projects,
    files: count(raw, 'files', url),
    bytes: count(raw, 'bytes', url),
    digest,
    buckets,
  };
}

/**
 * Reads a bucket document: the projects of one bucket, in order, each once.
 *
 * @param url for errors only
 * @throws UPSTREAM_MALFORMED for a line that is no check line of a page, a name that is not normalized, not of this bucket
 *   or not in its place
 */
export function parseBucket(text: string, bucket: string, url: string): PageDigest[] {
  if (!text.endsWith('\n'))
    throw wrong(url, 'it does not end with a whole line', { received: quote(text.slice(-80)) });
  let last = '';
  return text
    .slice(0, -1)
    .split('\n')
    .map((line, index) => {
      const match = PAGE_LINE.exec(line);
      const name = tryNormalizeName(match?.[2]);
      const pageSha256 = strictSha256(match?.[1]);
      const refused = (expected: string) =>
        wrong(url, `line ${index + 1} does not belong there`, { expected, received: quote(line) });
      if (match === null || name === null || pageSha256 === null)
        throw refused('<sha256>  simple/<name>/index.v1_json');
      if (name !== match[2]) throw refused(`the normalized name: ${name}`);
      if (bucketOf(name) !== bucket) throw refused(`a project of bucket ${bucket}, not of ${bucketOf(name)}`);
      if (name <= last) throw refused('names in order, each once');
      last = name;
      return { name, pageSha256 };
    });
}

function parsedObject(text: string, url: string): JsonObject {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw wrong(url, 'it is no JSON', {
      expected: 'a JSON object',
      received: quote(text.slice(0, 80)),
      cause: error,
    });
  }
  if (!isJsonObject(raw)) throw wrong(url, 'it is no JSON object', { received: describe(raw) });
  return raw;
}

function bucketDigests(raw: JsonObject, url: string): Map<string, Sha256> {
  const object = fieldOf(raw, 'buckets');
  if (!isJsonObject(object))
    throw wrong(url, 'buckets', { expected: 'an object', received: describe(object) });
  const ids = Object.keys(object).sort();
  const odd = ids.find((id) => !isBucket(id));
  // Names that are all different and all of three hex digits cannot be too many.
  if (odd !== undefined)
    throw wrong(url, 'the name of a bucket', {
      expected: `three hex digits, at most ${BUCKETS_MAX} of them`,
      received: quote(odd),
    });
  return new Map(ids.map((id) => [id, sha256Field(object[id], `bucket ${id}`, url)]));
}

function sha256Field(value: unknown, field: string, url: string): Sha256 {
  const sha256 = strictSha256(value);
  if (sha256 !== null) return sha256;
  throw wrong(url, field, { expected: 'a sha256 in 64 lower-case hex digits', received: describe(value) });
}

function count(raw: JsonObject, field: string, url: string): number {
  const value = fieldOf(raw, field);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(url, field, { expected: 'a whole number', received: describe(value) });
}

function serialField(raw: JsonObject, url: string): Serial | null {
  const value = fieldOf(raw, 'serial');
  if (value === undefined) return null;
  const serial = typeof value === 'number' ? parseSerial(value) : null;
  if (serial !== null) return serial;
  throw wrong(url, 'serial', { expected: 'a serial or null', received: describe(value) });
}

function wrong(url: string, what: string, facts: ErrorFacts & { readonly code?: ErrorCode }): JubjubError {
  const { code = 'UPSTREAM_MALFORMED', ...rest } = facts;
  return new JubjubError(code, `a document of the completeness proof is not what it must be: ${what}`, {
    url,
    effect: 'nothing is concluded from it',
    ...rest,
  });
}
