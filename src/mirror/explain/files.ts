/** Where each file of a project stands: on the page or not, by which rule, and what became of it. */
import { fileVersions } from '../../pypi/file-versions.ts';
import { releaseOf } from '../../pypi/filenames.ts';
import type { JsonValue } from '../../pypi/types.ts';
import { versionKey } from '../../pypi/version-key.ts';
import { answerOfProject } from './answer.ts';
import { type Known, lagOf } from './known.ts';
import type { DropGroup, FileExplanation, Standing } from './report.ts';
import type { Outlook } from './time.ts';

/** Every file that is known of a project: upstream's in its order, then those that it has no longer, or that are new. */
export function explainFiles(known: Known, { keptFrom }: Outlook): FileExplanation[] {
  const versionOf = versionsOf(known);
  const names = new Set([
    ...(known.detail?.files.map(({ filename }) => filename) ?? []),
    ...[...known.published.keys()].sort(),
    ...[...known.withdrawn.keys(), ...known.planned.keys()].sort(),
  ]);
  const whole = answerOfProject(known);
  return [...names].map((filename) => {
    const offered = known.offered.get(filename);
    const shown = known.published.get(filename);
    const isKnown = known.detail !== null || shown !== undefined;
    const planned = known.planned.get(filename);
    const dropped = known.drop ?? known.judgement?.files.get(filename) ?? null;
    const isOffered = offered !== undefined || planned !== undefined;
    const drop = isKnown && !isOffered ? null : dropped;
    const own = isKnown ? standingOf(isOffered, drop === null, shown !== undefined) : whole.standing;
    const standing = own === 'published' && whole.standing === 'leaving' ? 'leaving' : own;
    return {
      filename,
      version: versionOf(filename),
      bytes: (shown ?? offered ?? planned)?.sizeBytes ?? null,
      yanked: offered?.yanked ?? false,
      standing,
      drop,
      lag: standing === 'owed' || standing === 'leaving' ? lagOf(known, filename) : null,
      keptFrom: drop === null ? null : (keptFrom.get(filename) ?? null),
      withdrawn: shown === undefined ? (known.withdrawn.get(filename) ?? null) : null,
    };
  });
}

/** Of a project whose page is known. */
function standingOf(isOffered: boolean, isKept: boolean, isPublished: boolean): Standing {
  if (!isOffered) return isPublished ? 'leaving' : 'gone';
  if (isKept) return isPublished ? 'published' : 'owed';
  return isPublished ? 'leaving' : 'left-out';
}

/** The version that a file belongs to, as upstream writes it; null when that cannot be told. */
function versionsOf({ detail, name }: Known): (filename: string) => string | null {
  const stated = detail === null ? null : statedVersions(detail.raw['versions']);
  const keyOf = fileVersions(name, stated);
  const byKey = new Map(stated?.map((version) => [versionKey(version), version]));
  return (filename) => {
    const key = keyOf(filename);
    return (key === null ? undefined : byKey.get(key)) ?? releaseOf(filename, name);
  };
}

/** PEP 700; null when upstream does not list them. */
export function statedVersions(value: JsonValue | undefined): readonly string[] | null {
  return Array.isArray(value) ? value.filter((version) => typeof version === 'string') : null;
}

/** What each value of each rule leaves out, the most files first; nothing of a project that is left out as a whole. */
export function groupDrops(known: Known, files: readonly FileExplanation[]): DropGroup[] {
  if (known.drop !== null) return [];
  const groups = new Map<string, DropGroup & { readonly versions: string[] }>();
  for (const { drop, bytes, version } of files) {
    if (drop === null) continue;
    const { rule, value } = drop;
    const key = JSON.stringify([rule, value]);
    const group = groups.get(key) ?? { rule, value, files: 0, bytes: 0, versions: [] };
    if (version !== null && group.versions.at(-1) !== version && !group.versions.includes(version))
      group.versions.push(version);
    groups.set(key, { ...group, files: group.files + 1, bytes: group.bytes + (bytes ?? 0) });
  }
  return [...groups.values()].sort((a, b) => b.files - a.files);
}
