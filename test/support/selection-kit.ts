/** Selections for tests: what is not named is as if the operator had written nothing. */
import { parseDetail } from '../../src/pypi/detail.ts';
import { releaseOf } from '../../src/pypi/filenames.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import type { ExceptionRules, FileRules, ProjectRules, ReleaseRules } from '../../src/selection/settings.ts';
import { type Environment, EVERYTHING, type SelectionSettings } from '../../src/selection/settings.ts';
import { detailDocument, fileDocument, PAGE_URL } from './details.ts';

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

/** A detail with these files; what is not said of one is as PyPI has it. `versions` are those that the names say, unless given. */
export function projectOf(name: string, files: readonly JsonObject[], changes: JsonObject = {}): Detail {
  const normalized = normalizeName(name);
  const versions = new Set(files.map((file) => releaseOf(String(file['filename']), normalized)));
  const document = detailDocument(
    files.map((file) => fileDocument(String(file['filename']), file)),
    { name, versions: [...versions].filter((version) => version !== null), ...changes },
  );
  return parseDetail(document, { name: normalized, url: PAGE_URL, headerSerial: null });
}
