/** What the changelog positively said was taken down, applied to a detail that is older than that. */
import { fieldOf } from './fields.ts';
import { releaseOf } from './filenames.ts';
import type { Detail, DistFile, JsonValue, ProjectName, RowEffect } from './types.ts';
import { anyOf, sameVersion } from './versions.ts';

/** The sum of a project's rows. */
interface Takedowns {
  readonly filenames: ReadonlySet<string>;
  /** Releases that are removed, or quarantined and not cleared since. */
  readonly versions: readonly string[];
  readonly quarantined: boolean;
}

/**
 * The detail without what the rows (in the order of their serials) took down: removed files, files of removed or
 * quarantined releases, all files of a quarantined project, and the versions that have no file left (P6).
 * It only ever takes away, and never decides on `remove-project`, which is no matter of a page's content.
 * The same object comes back when nothing changes.
 */
export function applyTakedowns(detail: Detail, effects: readonly RowEffect[]): Detail {
  const takedowns = sumOf(effects);
  if (takedowns.quarantined) return quarantine(detail);
  if (takedowns.filenames.size === 0 && takedowns.versions.length === 0) return detail;
  const isDownRelease = anyOf(takedowns.versions);
  const isDown = (file: DistFile) => {
    if (takedowns.filenames.has(file.filename)) return true;
    const release = releaseOf(file.filename, detail.name);
    return release !== null && isDownRelease(release);
  };
  const gone = detail.files.filter(isDown);
  const files = gone.length === 0 ? detail.files : detail.files.filter((file) => !isDown(file));

  const isTouched = anyOf([...takedowns.versions, ...releasesOf(gone, detail.name)]);
  const isLeft = anyOf(releasesOf(files, detail.name));
  const listed = versionsOf(detail);
  const versions = listed?.filter(
    (version) => typeof version !== 'string' || !isTouched(version) || isLeft(version),
  );

  if (files.length === detail.files.length && versions?.length === listed?.length) return detail;
  return withContent(detail, files, versions);
}

function sumOf(effects: readonly RowEffect[]): Takedowns {
  const filenames = new Set<string>();
  const removed: string[] = [];
  let held: string[] = [];
  let quarantined = false;
  for (const effect of effects) {
    if (effect.kind === 'remove-file') filenames.add(effect.filename);
    else if (effect.kind === 'remove-release') removed.push(effect.version);
    else if (effect.kind === 'quarantine-release') held.push(effect.version);
    else if (effect.kind === 'clear-release')
      held = held.filter((version) => !sameVersion(version, effect.version));
    else if (effect.kind === 'quarantine-project') quarantined = true;
    else if (effect.kind === 'clear-project') quarantined = false;
  }
  return { filenames, versions: [...removed, ...held], quarantined };
}

/** PEP 792: the page stays, says so, and offers nothing. */
function quarantine(detail: Detail): Detail {
  const listed = versionsOf(detail);
  if (detail.status === 'quarantined' && detail.files.length === 0 && !listed?.length) return detail;
  const emptied = withContent(detail, [], listed === undefined ? undefined : []);
  return {
    ...emptied,
    status: 'quarantined',
    raw: { ...emptied.raw, 'project-status': { status: 'quarantined' } },
  };
}

function withContent(detail: Detail, files: readonly DistFile[], versions: JsonValue[] | undefined): Detail {
  const raw = { ...detail.raw, files: files.map((file) => file.raw) };
  return { ...detail, files, raw: versions === undefined ? raw : { ...raw, versions } };
}

function versionsOf(detail: Detail): JsonValue[] | undefined {
  const versions = fieldOf(detail.raw, 'versions');
  return Array.isArray(versions) ? versions : undefined;
}

/** The releases that these files' names say. */
function releasesOf(files: readonly DistFile[], name: ProjectName): string[] {
  return files.map((file) => releaseOf(file.filename, name)).filter((release) => release !== null);
}
