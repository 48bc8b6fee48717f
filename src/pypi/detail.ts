/** The detail document of a project (PEP 691, 700, 792): read, validated, and stored so that it reads the same again. */
import { JubjubError } from '../errors.ts';
import { parseFile } from './detail-file.ts';
import {
  arrayField,
  fieldOf,
  malformed,
  objectField,
  type Reading,
  textField,
  unexpected,
} from './fields.ts';
import { canonicalJson, isDeeperThan, isJsonObject, parseJson } from './json.ts';
import { tryNormalizeName } from './names.ts';
import { quote } from './quote.ts';
import { parseSerial } from './serials.ts';
import type { Detail, DistFile, JsonObject, ProjectName, Serial } from './types.ts';

/** More files than this on one page is an upstream out of its mind: PyPI's largest have some ten thousand. Bounds memory, too. */
export const FILES_PER_PROJECT_MAX = 40_000;

/** PyPI's documents are 4 deep; a limit keeps nesting from exhausting the stack. */
export const DOCUMENT_DEPTH_MAX = 64;

/** What the document must match, and where it came from. */
export interface DetailContext {
  /** The project that was asked for. */
  readonly name: ProjectName;
  /** The final URL of the document; relative URLs in it are resolved against this. */
  readonly url: string;
  /** `X-PyPI-Last-Serial`; counts only when the document itself has no serial. */
  readonly headerSerial: Serial | null;
}

/**
 * Reads a detail document from its text.
 *
 * @throws JubjubError UPSTREAM_MALFORMED, UPSTREAM_API_VERSION: see `parseDetail`.
 */
export function parseDetailText(text: string, context: DetailContext): Detail {
  let document: unknown;
  try {
    document = parseJson(text);
  } catch (error) {
    throw malformed({ ...context, part: '' }, 'the document', {
      expected: 'a JSON document',
      received: quote(error instanceof Error ? error.message : String(error)),
      hint: 'if it repeats, a proxy may be cutting or replacing bodies',
      cause: error,
    });
  }
  return parseDetail(document, context);
}

/**
 * Reads a detail document that is already taken apart. Keys that we do not know stay in `raw`.
 *
 * @throws JubjubError UPSTREAM_API_VERSION for another major version (PEP 629), UPSTREAM_MALFORMED for anything that
 *   is not what PEP 691, 700, 714, 740 or 792 say; the message names the file and the field.
 */
export function parseDetail(document: unknown, context: DetailContext): Detail {
  const reading: Reading = { name: context.name, url: context.url, part: '' };
  if (!isJsonObject(document)) throw unexpected(reading, 'the document', 'an object', document);
  if (isDeeperThan(document, DOCUMENT_DEPTH_MAX))
    throw malformed(reading, 'the document', { expected: `at most ${DOCUMENT_DEPTH_MAX} levels of nesting` });
  const meta = objectField(reading, document, 'meta') ?? {};
  const apiVersion = apiVersionOf(reading, meta);
  checkName(reading, document);
  checkVersions(reading, document);
  const serial = serialOf(reading, meta) ?? context.headerSerial;
  const files = filesOf(reading, document);
  return {
    name: context.name,
    serial,
    status: statusOf(reading, document),
    apiVersion,
    files,
    raw: {
      ...document,
      meta: { ...meta, 'api-version': apiVersion, ...(serial === null ? {} : { '_last-serial': serial }) },
      files: files.map((file) => file.raw),
    },
  };
}

/** The files that may be offered: none of a quarantined project (PEP 792: MUST NOT offer). */
export function offeredFiles(detail: Detail): readonly DistFile[] {
  return detail.status === 'quarantined' ? [] : detail.files;
}

/**
 * The document as text, from which `parseDetailText` makes the same detail again: the serial is inside, wherever it
 * came from, and every URL is absolute. The context then needs the name only; its header serial must be null.
 */
export function serializeDetail(detail: Detail): string {
  return canonicalJson(detail.raw);
}

/** PEP 629: absent is 1.0; a higher minor version is fine, another major version must not be guessed at. */
function apiVersionOf(reading: Reading, meta: JsonObject): string {
  const value = textField({ ...reading, part: 'meta' }, meta, 'api-version') ?? '1.0';
  const major = /^([0-9]{1,9})\.[0-9]{1,9}$/.exec(value)?.[1];
  if (major === undefined)
    throw unexpected(reading, 'meta: api-version', 'a version such as 1.4 (PEP 629)', value);
  if (Number(major) === 1) return value;
  throw new JubjubError(
    'UPSTREAM_API_VERSION',
    `the detail of ${reading.name} is in an API version that jubjub does not know`,
    {
      url: reading.url,
      expected: 'api-version 1.x',
      received: `api-version ${value}`,
      effect: `the document is not used; ${reading.name} stays as it was`,
      hint: 'look for a newer jubjub',
    },
  );
}

/** Normalized or as displayed, both are legal (protocol trap 23); it must be the project that was asked for. */
function checkName(reading: Reading, document: JsonObject): void {
  const value = fieldOf(document, 'name');
  if (tryNormalizeName(value) !== reading.name)
    throw unexpected(reading, 'name', `${reading.name}, in any spelling`, value);
}

function checkVersions(reading: Reading, document: JsonObject): void {
  const versions = arrayField(reading, document, 'versions') ?? [];
  const wrong = versions.findIndex((version) => typeof version !== 'string');
  if (wrong !== -1) throw unexpected(reading, `versions[${wrong}]`, 'text', versions[wrong]);
}

function serialOf(reading: Reading, meta: JsonObject): Serial | null {
  const value = fieldOf(meta, '_last-serial');
  if (value === undefined) return null;
  const serial = parseSerial(value);
  if (serial === null) throw unexpected(reading, 'meta: _last-serial', 'a serial', value);
  return serial;
}

/** PEP 792: a project without a status is active. */
function statusOf(reading: Reading, document: JsonObject): string {
  const status = objectField(reading, document, 'project-status');
  if (status === null) return 'active';
  const part = { ...reading, part: 'project-status' };
  textField(part, status, 'reason');
  return textField(part, status, 'status') ?? 'active';
}

function filesOf(reading: Reading, document: JsonObject): DistFile[] {
  const entries = arrayField(reading, document, 'files');
  if (entries === null) throw unexpected(reading, 'files', 'an array', undefined);
  if (entries.length > FILES_PER_PROJECT_MAX)
    throw malformed(reading, 'files', {
      expected: `at most ${FILES_PER_PROJECT_MAX} files`,
      received: `${entries.length} files`,
    });
  const files = entries.map((entry, index) => parseFile(entry, index, reading));
  const seen = new Set<string>();
  for (const [index, { filename }] of files.entries()) {
    if (seen.has(filename))
      throw malformed(reading, `files[${index}]`, {
        expected: 'every file once',
        received: `${quote(filename)} again`,
      });
    seen.add(filename);
  }
  return files;
}
