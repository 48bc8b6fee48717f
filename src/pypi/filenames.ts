/** File names: which are safe as the last part of a path, and which release one belongs to. */
import { tryNormalizeName } from './names.ts';
import type { ProjectName } from './types.ts';

/** What stands beside a file under its name; a file may not be named like one of these. */
export const SIDECAR_SUFFIX = /\.(?:metadata|provenance|asc)$/i;

/** Every common file system's limit on a name, less the longest suffix that we add (`.provenance`). */
export const FILENAME_BYTES_MAX = 255 - '.provenance'.length;

/** Separators, control characters, lone surrogates: never part of a path component. */
export const UNSAFE_IN_COMPONENT = /[\p{Cc}\p{Cs}/\\]/u;

/**
 * The name when it is safe as the last component of a path and as the stem of a sidecar, else null.
 * Names are checked and never mended: PEP 503 wants them equal to the URL's last component.
 */
export function checkFilename(raw: unknown): string | null {
  if (typeof raw !== 'string' || raw === '' || raw.startsWith('.')) return null;
  if (UNSAFE_IN_COMPONENT.test(raw) || SIDECAR_SUFFIX.test(raw)) return null;
  return Buffer.byteLength(raw, 'utf8') <= FILENAME_BYTES_MAX ? raw : null;
}

/** How each kind of file is named: what stands for `<name>-<version>` in it. The first that fits counts. */
const NAME_AND_VERSION: readonly RegExp[] = [
  /^([^-]+-[^-]+)(?:-[^-]+)?-[^-]+-[^-]+-[^-]+\.whl$/, // PEP 427
  /^(.+)-py[0-9.]+(?:-[^-]+)?\.egg$/,
  /^(.+)\.win[^-.]*(?:-amd64|-ia64|-arm64)?(?:-py[0-9.]+)?\.(?:exe|msi)$/, // bdist_wininst, bdist_msi
  /^(.+)-[^-]+\.[^-.]+\.rpm$/,
  /^(.+)\.(?:linux|macosx|win|cygwin|solaris|freebsd)[^.]*(?:[.][0-9][^.]*)*\.(?:tar\.gz|zip)$/, // bdist_dumb
  /^(.+)\.(?:tar\.gz|tgz|zip|tar\.bz2|tbz|tar\.xz|tar\.Z|tar)$/, // sdist
];

/**
 * The version in a file's name; null when the name does not say, or is not this project's.
 * For takedowns only, as an aid: protocol trap 26 forbids deriving paths from it.
 */
export function releaseOf(filename: string, name: ProjectName): string | null {
  const match = NAME_AND_VERSION.map((pattern) => pattern.exec(filename)).find((found) => found !== null);
  return match?.[1] === undefined ? null : releaseAfter(match[1], name);
}

/** What follows the project's name and a hyphen; the name may itself have hyphens, and any spelling. */
function releaseAfter(stem: string, name: ProjectName): string | null {
  for (let at = stem.indexOf('-'); at !== -1; at = stem.indexOf('-', at + 1)) {
    if (tryNormalizeName(stem.slice(0, at)) === name) return stem.slice(at + 1) || null;
  }
  return null;
}
