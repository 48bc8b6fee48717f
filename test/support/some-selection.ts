/** Selection settings for tests: what is not named is as if the operator had written nothing. */
import type { ExceptionRules, FileRules, ProjectRules, ReleaseRules } from '../../src/selection/settings.ts';
import { type Environment, EVERYTHING, type SelectionSettings } from '../../src/selection/settings.ts';

export interface SomeSelection {
  readonly projects?: Partial<ProjectRules>;
  readonly releases?: Partial<ReleaseRules>;
  readonly files?: Partial<FileRules>;
  readonly exceptions?: readonly ExceptionRules[];
  readonly environments?: readonly Environment[];
}

export function selectionSettings(some: SomeSelection = {}): SelectionSettings {
  return {
    projects: { ...EVERYTHING.projects, ...some.projects },
    releases: { ...EVERYTHING.releases, ...some.releases },
    files: { ...EVERYTHING.files, ...some.files },
    exceptions: some.exceptions ?? [],
    environments: some.environments ?? [],
  };
}
