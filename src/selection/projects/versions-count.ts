/** How many releases upstream lists of a project, as far as that can be told. */
import type { ProjectView } from '../facts.ts';
import type { Unsure } from '../rule.ts';

export interface VersionsCount {
  readonly least: number;
  /** If each file whose version cannot be told were a release of its own. */
  readonly most: number;
  readonly why: string;
  readonly unsure: Unsure;
}

export function countVersions({ files, releases }: ProjectView): VersionsCount {
  const least = releases.byKey.size;
  const untold = files.length - releases.ofFile.size;
  return {
    least,
    most: least + untold,
    why: `it has ${least} ${least === 1 ? 'version' : 'versions'}`,
    unsure: {
      unsure: `the versions of ${untold} files cannot be told from their names`,
      about: 'project',
    },
  };
}
