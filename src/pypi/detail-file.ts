/** One file of a detail document (PEP 691), validated before anything of it becomes a path or markup. */
import { parseSha256 } from './digests.ts';
import { fieldOf, malformed, objectField, type Reading, textField, unexpected, urlField } from './fields.ts';
import { checkFilename } from './filenames.ts';
import { isJsonObject } from './json.ts';
import { decodeComponent } from './paths.ts';
import { describe, quote, shown } from './quote.ts';
import type { CoreMetadata, DistFile, JsonObject, Sha256 } from './types.ts';

/** The name, the legacy name, and PyPI's historic misspelling of the legacy name (PEP 714, protocol trap 34). */
export const CORE_METADATA_KEYS = ['core-metadata', 'dist-info-metadata', 'data-dist-info-metadata'] as const;

/**
 * Reads entry `index` of `files`.
 *
 * @throws JubjubError UPSTREAM_MALFORMED that names the entry, the file and the field.
 */
export function parseFile(value: unknown, index: number, document: Reading): DistFile {
  const unnamed = { ...document, part: `files[${index}]` };
  if (!isJsonObject(value)) throw unexpected(unnamed, '', 'an object', value);
  const filename = checkFilename(value['filename']);
  if (filename === null)
    throw unexpected(
      unnamed,
      'filename',
      'one safe path component, not named like a sidecar',
      value['filename'],
    );
  const reading: Reading = {
    name: document.name,
    url: document.url,
    // For errors only: a page has thousands of files, and most have none.
    get part() {
      return `files[${index}] (${shown(filename)})`;
    },
  };
  const url = fileUrl(reading, value, filename);
  const provenance = urlField(reading, value, 'provenance')?.href ?? null;
  textField(reading, value, 'upload-time');
  return {
    filename,
    url,
    sha256: sha256Of(reading, 'hashes', objectField(reading, value, 'hashes')),
    sizeBytes: sizeOf(reading, value),
    coreMetadata: coreMetadataOf(reading, value),
    provenance,
    requiresPython: textField(reading, value, 'requires-python') || null, // "" means nothing (trap 25)
    yanked: yankedOf(reading, value),
    raw: withUrls(value, url, provenance),
  };
}

/** The entry with absolute URLs: itself where it has them already, as on PyPI, for a copy of each would double a large page. */
function withUrls(value: JsonObject, url: string, provenance: string | null): JsonObject {
  const isSame = value['url'] === url && (provenance === null || value['provenance'] === provenance);
  return isSame ? value : { ...value, url, ...(provenance === null ? {} : { provenance }) };
}

/** What upstream says of a file's core metadata, under whichever key; undefined when it says nothing. */
export function advertisedCoreMetadata(raw: JsonObject): ReturnType<typeof fieldOf> {
  const key = CORE_METADATA_KEYS.find((candidate) => fieldOf(raw, candidate) !== undefined);
  return key === undefined ? undefined : fieldOf(raw, key);
}

/** PEP 503: the name must equal the URL's last component. The fragment is dropped: `hashes` says it all. */
function fileUrl(reading: Reading, raw: JsonObject, filename: string): string {
  const url = urlField(reading, raw, 'url');
  if (url === null) throw unexpected(reading, 'url', 'an http or https URL', undefined);
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  if (decodeComponent(last) !== filename)
    throw malformed(reading, 'url', {
      expected: `a URL whose last component is ${quote(filename)} (PEP 503)`,
      received: describe(last),
    });
  url.hash = '';
  return url.href;
}

function sha256Of(reading: Reading, field: string, digests: JsonObject | null): Sha256 | null {
  const value = digests === null ? undefined : fieldOf(digests, 'sha256');
  if (value === undefined) return null;
  const sha256 = parseSha256(value);
  if (sha256 === null) throw unexpected(reading, `${field}.sha256`, '64 hex digits', value);
  return sha256;
}

function sizeOf(reading: Reading, raw: JsonObject): number | null {
  const value = fieldOf(raw, 'size');
  if (value === undefined) return null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw unexpected(reading, 'size', 'a number of bytes', value);
  return value === 0 ? 0 : value; // -0 is 0
}

/** PEP 714: false, true, or an object of digests. */
function coreMetadataOf(reading: Reading, raw: JsonObject): CoreMetadata | null {
  const value = advertisedCoreMetadata(raw);
  if (value === undefined || value === false) return null;
  if (value === true) return { sha256: null };
  if (!isJsonObject(value))
    throw unexpected(reading, 'core-metadata', 'true, false or an object of digests', value);
  return { sha256: sha256Of(reading, 'core-metadata', value) };
}

/** PEP 691: true, or a reason that is not empty; what is falsy is not yanked. */
function yankedOf(reading: Reading, raw: JsonObject): boolean | string {
  const value = fieldOf(raw, 'yanked');
  if (value === undefined || value === '') return false;
  if (typeof value !== 'boolean' && typeof value !== 'string')
    throw unexpected(reading, 'yanked', 'true, false or a reason', value);
  return value;
}
