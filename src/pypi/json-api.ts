/** A project's document of the JSON API (`/pypi/<name>/json`, protocol §3): checked, and published with our links. */
import { type ErrorFacts, JubjubError } from '../errors.ts';
import { DOCUMENT_DEPTH_MAX } from './detail.ts';
import { parseSha256 } from './digests.ts';
import { fieldOf } from './fields.ts';
import { canonicalJson, isDeeperThan, isJsonObject, parseJson } from './json.ts';
import { tryNormalizeName } from './names.ts';
import { describe, quote } from './quote.ts';
import { parseSerial } from './serials.ts';
import { isPrerelease } from './specifiers.ts';
import type { JsonObject, JsonValue, ProjectName, Serial, Sha256 } from './types.ts';
import { compareVersions } from './versions.ts';

/** A file that our pages list. */
export interface ApiFile {
  /** A URL reference, already percent-encoded. */
  readonly href: string;
  /** What our pages promise; null when they promise nothing. */
  readonly sha256: Sha256 | null;
}

/** What a mirror has to know of the document. */
export interface JsonApiFacts {
  /** The project's; null when the document has none. */
  readonly serial: Serial | null;
}

/**
 * Checks a document: what `renderJsonApi` takes is what this accepts.
 *
 * @throws JubjubError UPSTREAM_MALFORMED when it is no document of this project's, naming the part.
 */
export function parseJsonApi(document: Uint8Array | string, name: ProjectName): JsonApiFacts {
  const api = readDocument(textOf(document, name), name);
  const info = fieldOf(api, 'info');
  const said = isJsonObject(info) ? fieldOf(info, 'name') : undefined;
  if (tryNormalizeName(said) !== name)
    throw malformed(name, 'info.name', { expected: `${name}, in any spelling`, received: describe(said) });
  const written = fieldOf(api, 'last_serial');
  const serial = written === undefined ? null : parseSerial(written);
  if (written !== undefined && serial === null)
    throw malformed(name, 'last_serial', { expected: 'a serial', received: describe(written) });
  return { serial };
}

/** What a project says of itself, in the words of the document's `info`. */
export interface ProjectInfo {
  readonly serial: Serial | null;
  /** Without the description, which is most of it. */
  readonly info: JsonObject;
}

/** @throws JubjubError UPSTREAM_MALFORMED, see `parseJsonApi`. */
export function projectInfo(document: Uint8Array, name: ProjectName): ProjectInfo {
  const text = textOf(document, name);
  const { serial } = parseJsonApi(text, name);
  const said = fieldOf(readDocument(text, name), 'info');
  const { description: _, ...info } = isJsonObject(said) ? said : {};
  return { serial, info };
}

/** The names of all files that a document lists. @throws JubjubError UPSTREAM_MALFORMED, see `renderJsonApi`. */
export function listedFiles(document: Uint8Array): ReadonlySet<string> {
  const api = readDocument(textOf(document, null), null);
  const releases = fieldOf(api, 'releases');
  const urls = fieldOf(api, 'urls');
  const entries = [...(isJsonObject(releases) ? Object.values(releases) : []), urls].flatMap((files) =>
    Array.isArray(files) ? files : [],
  );
  const names = entries.map((entry) => (isJsonObject(entry) ? fieldOf(entry, 'filename') : undefined));
  return new Set(names.filter((name) => typeof name === 'string'));
}

/**
 * The document with our links: every file in `urls` and `releases` that our pages list points to us, and every other
 * one is gone: not mirrored, withdrawn, or of other bytes. A release that had files and has none left is gone, too;
 * one that never had any stays, as on PyPI. All else is as it came. Doing it again, to its own result, with fewer files,
 * is the same as doing it once with those.
 *
 * @throws JubjubError UPSTREAM_MALFORMED for what `parseJsonApi` refuses, but for the name and the serial.
 */
export function renderJsonApi(document: Uint8Array | string, files: ReadonlyMap<string, ApiFile>): string {
  const text = textOf(document, null);
  const api = readDocument(text, null);
  const urls = fieldOf(api, 'urls');
  const releases = fieldOf(api, 'releases');
  const rendered = {
    ...api,
    ...(Array.isArray(urls) ? { urls: ourFiles(urls, files) } : {}),
    ...(isJsonObject(releases) ? { releases: ourReleases(releases, files) } : {}),
  };
  return canonicalJson(rendered) + (text.endsWith('\n') ? '\n' : '');
}

/**
 * The release that the document is to speak of in place of its own, which has files upstream and none of ours: the newest that has
 * some, a final one before others. Null when it need not, or has none.
 */
export function releaseToShow(
  document: Uint8Array | string,
  files: ReadonlyMap<string, ApiFile>,
): string | null {
  const api = readDocument(textOf(document, null), null);
  const info = fieldOf(api, 'info');
  const shown = isJsonObject(info) ? fieldOf(info, 'version') : undefined;
  const releases = fieldOf(api, 'releases');
  if (typeof shown !== 'string' || !isJsonObject(releases)) return null;
  const ours = Object.entries(ourReleases(releases, files)).filter(([, left]) => filesIn(left) > 0);
  const theirs = filesIn(releases[shown]) + filesIn(fieldOf(api, 'urls'));
  if (theirs === 0 || ours.some(([version]) => version === shown)) return null;
  const versions = ours.map(([version]) => version).sort(compareVersions);
  return versions.findLast((version) => isPrerelease(version) === false) ?? versions.at(-1) ?? null;
}

function filesIn(entries: JsonValue | undefined): number {
  return Array.isArray(entries) ? entries.length : 0;
}

/** The document speaking of another release: what a release's own document says of it (protocol §3). */
export function speakingOf(document: Uint8Array | string, ofRelease: Uint8Array | string): string {
  const text = textOf(document, null);
  const release = readDocument(textOf(ofRelease, null), null);
  const { info, urls, vulnerabilities } = release;
  const said = { info, urls, ...(vulnerabilities === undefined ? {} : { vulnerabilities }) };
  const spoken = Object.entries(said).flatMap(([key, value]): [string, JsonValue][] =>
    value === undefined ? [] : [[key, value]],
  );
  const api = { ...readDocument(text, null), ...Object.fromEntries(spoken) };
  return canonicalJson(api) + (text.endsWith('\n') ? '\n' : '');
}

function ourReleases(releases: JsonObject, files: ReadonlyMap<string, ApiFile>): JsonObject {
  const ours = Object.entries(releases).flatMap(([version, entries]): [string, JsonValue][] => {
    if (!Array.isArray(entries)) return [];
    const left = ourFiles(entries, files);
    return entries.length > 0 && left.length === 0 ? [] : [[version, left]];
  });
  return Object.fromEntries(ours);
}

function ourFiles(entries: readonly JsonValue[], files: ReadonlyMap<string, ApiFile>): JsonObject[] {
  return entries.flatMap((entry) => {
    if (!isJsonObject(entry)) return [];
    const filename = fieldOf(entry, 'filename');
    const ours = typeof filename === 'string' ? files.get(filename) : undefined;
    return ours === undefined || isOtherContent(entry, ours) ? [] : [{ ...entry, url: ours.href }];
  });
}

/** P1: a link must not stand beside a digest that is not that of the bytes it leads to. */
function isOtherContent(entry: JsonObject, ours: ApiFile): boolean {
  const digests = fieldOf(entry, 'digests');
  const sha256 = isJsonObject(digests) ? fieldOf(digests, 'sha256') : undefined;
  return sha256 !== undefined && ours.sha256 !== null && parseSha256(sha256) !== ours.sha256;
}

function readDocument(text: string, name: ProjectName | null): JsonObject {
  const api = parsed(text, name);
  if (!isJsonObject(api))
    throw malformed(name, 'the document', { expected: 'an object', received: describe(api) });
  if (isDeeperThan(api, DOCUMENT_DEPTH_MAX))
    throw malformed(name, 'the document', { expected: `at most ${DOCUMENT_DEPTH_MAX} levels of nesting` });
  const releases = fieldOf(api, 'releases');
  if (releases !== undefined && !isJsonObject(releases))
    throw malformed(name, 'releases', { expected: 'an object', received: describe(releases) });
  checkFiles(name, 'urls', fieldOf(api, 'urls') ?? []);
  for (const [version, entries] of Object.entries(releases ?? {}))
    checkFiles(name, `releases[${quote(version)}]`, entries);
  return api;
}

function checkFiles(name: ProjectName | null, part: string, entries: JsonValue): void {
  if (!Array.isArray(entries))
    throw malformed(name, part, { expected: 'an array of files', received: describe(entries) });
  const wrong = entries.findIndex(
    (entry) => !isJsonObject(entry) || typeof fieldOf(entry, 'filename') !== 'string',
  );
  if (wrong !== -1)
    throw malformed(name, `${part}[${wrong}]`, {
      expected: 'an object with a filename',
      received: describe(entries[wrong]),
    });
}

function textOf(document: Uint8Array | string, name: ProjectName | null): string {
  if (typeof document === 'string') return document;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(document);
  } catch (error) {
    throw malformed(name, 'the document', {
      expected: 'a document in UTF-8',
      received: 'bytes that are none',
      cause: error,
    });
  }
}

function parsed(text: string, name: ProjectName | null): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw malformed(name, 'the document', {
      expected: 'a JSON document',
      received: quote(error instanceof Error ? error.message : String(error)),
      hint: 'if it repeats, a proxy may be cutting or replacing bodies',
      cause: error,
    });
  }
}

function malformed(name: ProjectName | null, part: string, facts: ErrorFacts): JubjubError {
  const whose = name === null ? 'a JSON API document' : `the JSON API document of ${name}`;
  return new JubjubError('UPSTREAM_MALFORMED', `${whose} is malformed: ${part}`, {
    effect: 'the document is not used; what is published stays as it was',
    ...facts,
  });
}
