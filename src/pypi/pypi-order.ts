/** The order of files and versions on PyPI's pages: by version, then by file name (protocol §2.5). */
import { fieldOf } from './fields.ts';
import { fileVersions } from './file-versions.ts';
import { compareCodePoints } from './json.ts';
import type { Detail, DistFile, JsonValue } from './types.ts';
import { versionKey } from './version-key.ts';

/** One in so many files of a page in PyPI's order may have a name that lies about its release; old ones do. */
const FILES_PER_MISNAMED_FILE = 10;

/** A file with what it is ordered by. */
interface Keyed {
  readonly file: DistFile;
  /** Place of its release among those of the page; -1 when its release cannot be told. */
  readonly release: number;
}

/**
 * The detail with its files and versions in PyPI's order: the same object when they have it already, so that a page
 * that came from PyPI keeps its order whatever a file's name says. Otherwise files whose version cannot be told come first.
 */
export function inPypiOrder(detail: Detail): Detail {
  const listed = versionsOf(detail);
  const versions = listed === null ? null : inOrder(listed);
  const files = orderedFiles(detail, versions, listed === versions);
  if (files === detail.files && versions === listed) return detail;
  const raw = { ...detail.raw, files: files.map((file) => file.raw) };
  return { ...detail, files, raw: versions === null ? raw : { ...raw, versions: [...versions] } };
}

function versionsOf(detail: Detail): readonly string[] | null {
  const versions = fieldOf(detail.raw, 'versions');
  return Array.isArray(versions) ? versions.filter(isText) : null;
}

/** `parseDetail` has refused all others. */
function isText(value: JsonValue): value is string {
  return typeof value === 'string';
}

/** The versions by their keys; themselves when they stand so. */
function inOrder(versions: readonly string[]): readonly string[] {
  const keyed = versions.map((version) => ({ version, key: versionKey(version) }));
  if (isSorted(keyed, (a, b) => compareCodePoints(a.key, b.key))) return versions;
  return keyed.sort((a, b) => compareCodePoints(a.key, b.key)).map(({ version }) => version);
}

function orderedFiles(
  detail: Detail,
  versions: readonly string[] | null,
  versionsStoodSo: boolean,
): readonly DistFile[] {
  const files = keyedFiles(detail, versions);
  const known = files.filter(({ release }) => release !== -1);
  if (isSorted(known, byReleaseThenName)) return detail.files;
  if (versions !== null && versionsStoodSo && looksLikePypis(known)) return detail.files;
  return files.sort(byReleaseThenName).map(({ file }) => file);
}

function keyedFiles(detail: Detail, versions: readonly string[] | null): Keyed[] {
  const keyOf = fileVersions(detail.name, versions);
  const keys = detail.files.map(({ filename }) => keyOf(filename));
  const distinct = [...new Set(keys)].filter((key) => key !== null).sort(compareCodePoints);
  const releases = new Map(distinct.map((key, place) => [key, place]));
  return detail.files.map((file, at) => ({ file, release: releases.get(keys[at] ?? '') ?? -1 }));
}

function byReleaseThenName(a: Keyed, b: Keyed): number {
  return a.release - b.release || compareCodePoints(a.file.filename, b.file.filename);
}

/**
 * Whether files that are not quite in order are so only because some names lie. Files in the order of their names alone,
 * as other indexes list them, may come near PyPI's order by chance: those are put in order.
 */
function looksLikePypis(files: readonly Keyed[]): boolean {
  if (isSorted(files, (a, b) => compareCodePoints(a.file.filename, b.file.filename))) return false;
  const sorted = [...files].sort(byReleaseThenName);
  const places = new Map(sorted.map((keyed, place) => [keyed, place]));
  const inPlace = longestRise(files.map((keyed) => places.get(keyed) ?? 0));
  return (files.length - inPlace) * FILES_PER_MISNAMED_FILE <= files.length;
}

/** The length of the longest rising subsequence of different numbers, in n log n (patience sorting). */
function longestRise(numbers: readonly number[]): number {
  /** The smallest number that a rise of length `at + 1` can end with. */
  const ends: number[] = [];
  for (const number of numbers) {
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    ends[low] = number;
  }
  return ends.length;
}

function isSorted<T>(items: readonly T[], compare: (a: T, b: T) => number): boolean {
  return items.every((item, at) => {
    const before = items[at - 1];
    return before === undefined || compare(before, item) <= 0;
  });
}
