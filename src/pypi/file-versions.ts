/** Which release a file belongs to, for putting files in order: its name says it, and the list of versions helps. */
import { releaseOf } from './filenames.ts';
import { tryNormalizeName } from './names.ts';
import type { ProjectName } from './types.ts';
import { isPep440, versionKey } from './version-key.ts';

/** Gives the `versionKey` of the release that a file belongs to; null when that cannot be told. */
export type KeyOfFile = (filename: string) => string | null;

/**
 * The releases of a project's files. With a list of versions (PEP 700) only those count, for a file name may be read in
 * more than one way: `a-1.0-2.zip` is of 1.0-2, unless there is only 1.0. Without one, the name alone decides.
 */
export function fileVersions(name: ProjectName, versions: readonly string[] | null): KeyOfFile {
  if (versions === null) {
    return (filename) => {
      const written = releaseOf(filename, name);
      return written === null ? null : versionKey(asVersion(written));
    };
  }
  const byVersion = new Map<string, string>();
  const byText = new Map<string, string>();
  for (const version of versions) {
    const key = versionKey(version);
    const text = looseText(version);
    byVersion.set(isPep440(version) ? key : text, key);
    byText.set(text, key);
  }
  return (filename) => {
    const written = releaseOf(filename, name);
    const stated = written === null ? undefined : byVersion.get(identityOf(asVersion(written)));
    return stated ?? longestBeginning(afterName(filename, name), byText);
  };
}

/** A version out of a file's name: PEP 427 writes every hyphen of one as an underscore. */
export function asVersion(written: string): string {
  return isPep440(written) ? written : written.replaceAll('_', '-');
}

function identityOf(version: string): string {
  return isPep440(version) ? versionKey(version) : looseText(version);
}

/** What setuptools leaves of a version in a file name, made comparable. */
function looseText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}

/** The longest version that stands at the beginning of a text, ending where a word ends. */
function longestBeginning(text: string | null, byText: ReadonlyMap<string, string>): string | null {
  if (text === null) return null;
  const loose = looseText(text);
  for (let end = loose.length; end > 0; end = loose.lastIndexOf('-', end - 1)) {
    const key = byText.get(loose.slice(0, end));
    if (key !== undefined) return key;
  }
  return null;
}

/** What follows the project's name and whatever joins them; null when the name is not this project's. */
function afterName(filename: string, name: ProjectName): string | null {
  for (const { index } of filename.matchAll(/[-_.]/g)) {
    if (index < name.length || tryNormalizeName(filename.slice(0, index)) !== name) continue;
    return filename.slice(index + 1);
  }
  return null;
}
