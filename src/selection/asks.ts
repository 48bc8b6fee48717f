/** What somebody wants of a project: a line of a requirements file, an entry of a lock file, or a need of another release. */
import type { ProjectName, Sha256 } from '../pypi/types.ts';

export interface Ask {
  readonly name: ProjectName;
  /** PEP 440 specifiers as written, such as `>=4,<6`; empty: any release. */
  readonly specifier: string;
  /** Normalized names of extras whose needs are wanted, too. */
  readonly extras: readonly string[];
  /** Exactly these files, whatever the specifier lets through besides; empty: every file of a release that it lets through. */
  readonly sha256s: readonly Sha256[];
  /** For people: `requirements.txt:12`, or `flask 3.0.2`. */
  readonly by: string;
}
