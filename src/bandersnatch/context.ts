/** What every filter's translation works with. */
import type { Conf } from './conf.ts';
import type { Draft } from './draft.ts';
import type { Plugins } from './plugins.ts';

/** A requirements file of the bandersnatch.conf. */
export interface RequirementFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * The requirements files that one entry names: an absolute path, or one relative to the folder of the bandersnatch.conf, whose last
 * part may be a glob. Null where one cannot be read.
 */
export type ReadRequirements = (path: string) => readonly RequirementFile[] | null;

export interface ImportContext {
  readonly conf: Conf;
  readonly draft: Draft;
  readonly plugins: Plugins;
  readonly readRequirements: ReadRequirements;
}
