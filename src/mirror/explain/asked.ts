/** What somebody asks about: a file by its exact name, or a release in any spelling of its version (PEP 440). */

import { isPep440 } from '../../pypi/version-key.ts';
import { compareVersions, sameVersion } from '../../pypi/versions.ts';
import { statedVersions } from './files.ts';
import type { ExplainDeps, Known } from './known.ts';
import type { Explanation, FileExplanation } from './report.ts';

export interface Asked {
  /** null: the whole project. */
  readonly what: Explanation['asked'];
  readonly files: readonly FileExplanation[];
  /** Neither upstream nor the mirror has ever had it, as far as is known here. */
  readonly isUnknown: boolean;
  readonly near: string | null;
}

/** A name of a kind of file: what ends so is no version. */
const FILE_SUFFIX = /\.(?:whl|egg|exe|msi|rpm|deb|dmg|zip|tgz|tbz|tar(?:\.[a-z0-9]+)?)$/i;

export function findAsked(
  { nearest }: Pick<ExplainDeps, 'nearest'>,
  known: Known,
  files: readonly FileExplanation[],
  what: string | null,
): Asked {
  if (what === null) return { what: null, files, isUnknown: false, near: null };
  const file = files.find(({ filename }) => filename === what);
  if (file !== undefined)
    return { what: { kind: 'file', name: what }, files: [file], isUnknown: false, near: null };
  const versions = allVersions(known, files);
  const version = versions.find((one) => sameVersion(one, what.trim()));
  if (version !== undefined) {
    const own = files.filter((one) => one.version !== null && sameVersion(one.version, version));
    return { what: { kind: 'release', name: version }, files: own, isUnknown: false, near: null };
  }
  const kind = !isPep440(what) && FILE_SUFFIX.test(what) ? 'file' : 'release';
  const near =
    kind === 'file'
      ? nearest(
          what,
          files.map(({ filename }) => filename),
        )
      : // Versions are short: two letters away is another release altogether. Of several that are as near, the newest.
        nearest(what, versions.reverse(), 1);
  return { what: { kind, name: what }, files: [], isUnknown: true, near };
}

/** Those that upstream lists and those of files, oldest first. */
export function allVersions({ detail }: Known, files: readonly FileExplanation[]): string[] {
  const versions = new Set(statedVersions(detail?.raw['versions']) ?? []);
  for (const { version } of files) if (version !== null) versions.add(version);
  return [...versions].sort(compareVersions);
}
