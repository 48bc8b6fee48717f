/** What is lifted for projects that requirement files pin to versions: `project_requirements_pinned` alone decides on their releases. */
import type { ImportContext } from './context.ts';
import { Draft, type ExceptionItem } from './draft.ts';
import { translateFileRegexes } from './filters-metadata.ts';
import { readQuietly } from './required.ts';

const NOTE =
  'Projects that the requirement files pin to versions now: no other filter touches their releases.';

/** Exceptions from the filters of releases, as far as the requirement files can be read; filters of files hold all the same. */
export function exceptPinned(context: ImportContext): void {
  const { draft, plugins } = context;
  const required = plugins.has('project_requirements_pinned') ? readQuietly(context) : null;
  if (required === null) return;
  const pinned = required.packages.filter(({ specifier }) => specifier !== '').map(({ name }) => name);
  const lifted: ExceptionItem['keys'] = [
    ['block', []] as const,
    ...(plugins.has('regex_release') ? [['versions', versionsOfFiles(context)] as const] : []),
    ['prereleases', true] as const,
    ['latest', 0] as const,
  ].filter(
    ([key]) =>
      draft.item('releases', key) !== undefined ||
      (key === 'prereleases' && draft.exceptions.some(({ keys }) => keys.some(([one]) => one === key))),
  );
  if (pinned.length > 0 && lifted.length > 0) draft.except(required.key, [...new Set(pinned)], lifted, NOTE);
}

/** Of the patterns of versions those that the filter of files asks for. */
function versionsOfFiles(context: ImportContext): readonly string[] {
  const draft = new Draft();
  translateFileRegexes({ ...context, draft });
  const listed = draft.item('releases', 'versions')?.value;
  return Array.isArray(listed) ? listed.map(({ value }) => value) : [];
}
