/** Filters by metadata of projects and files: regular expressions, and the Pythons that files are for. */
import { METADATA_FIELDS } from '../config/known-words.ts';
import { textTest } from '../selection/entries.ts';
import { checkRequiresPythonEntry } from '../selection/selection.ts';
import { type Condition, conditionOf, patternsOf } from './conditions.ts';
import { type ConfKey, entriesOf, keysOfSection, textOf } from './conf.ts';
import type { ImportContext } from './context.ts';
import { listVersions } from './filters-releases.ts';
import { isBoolean, isTrue } from './values.ts';

/** Fields of `info` that are lists. */
const LISTS = new Set(['classifiers', 'requires_dist', 'provides_extra', 'dynamic', 'license_files']);
/** Fields of one line, in whose expressions `.` and `$` may stay as they are. */
const ONE_LINE = new Set([
  ...['classifiers', 'name', 'version', 'requires_python', 'requires_dist', 'home_page', 'package_url'],
  ...['project_url', 'author_email', 'maintainer_email', 'dynamic', 'provides_extra', 'release_url'],
]);

/** What bandersnatch calls types of files, and what we do. */
const PACKAGE_TYPES = [
  ['bdist_wheel', 'wheel'],
  ['sdist', 'sdist'],
  ['bdist_egg', 'egg'],
  ['bdist_wininst', 'wininst'],
  ['bdist_msi', 'msi'],
  ['bdist_rpm', 'rpm'],
  ['bdist_dmg', 'dmg'],
  ['bdist_dumb', 'dumb'],
] as const;

const NULL_NOTE =
  'A field that is empty counts as absent here, and the project is kept with a doubt; in bandersnatch only null does.';
const NONE_NOTE =
  '"!" leaves out projects without the field. bandersnatch does so with "none:", though it says otherwise; take it away to ' +
  'keep them.';

/** Keys of a section that are conditions, and whether they look anywhere in a value. */
function conditionsIn(
  { conf, draft }: ImportContext,
  section: string,
): {
  readonly conditions: readonly Condition[];
  readonly searches: boolean;
} {
  const keys = keysOfSection(conf, section);
  const search = keys.find(({ name }) => name === 'search');
  if (search !== undefined && isBoolean(textOf(search))) draft.isSo(search);
  else if (search !== undefined) draft.comment(search, 'it is neither true nor false; taken for false');
  return {
    conditions: keys.filter((key) => key !== search).map(conditionOf),
    searches: search !== undefined && isTrue(textOf(search)),
  };
}

/** `regex_project_metadata`. */
export function translateProjectRegexes(context: ImportContext): void {
  if (!context.plugins.has('regex_project_metadata')) return;
  const { conditions, searches } = conditionsIn(context, 'regex_project_metadata');
  translateInfo(context, conditions, searches);
}

/** `regex_release_file_metadata`. */
export function translateFileRegexes(context: ImportContext): void {
  const { draft, plugins } = context;
  if (!plugins.has('regex_release_file_metadata')) return;
  const { conditions, searches } = conditionsIn(context, 'regex_release_file_metadata');
  const on = (path: string) => conditions.filter((condition) => condition.path === path);
  translateInfo(context, conditions, searches);
  const names = on('release_file.filename');
  const form = { dialect: { lines: false, names: false }, isList: false };
  const { entries, keys } = patternsOf(names, draft, searches, form);
  for (const key of keys) draft.list(key, 'files', 'names', entries);
  listVersions(draft, on('release'), searches);
  for (const condition of on('release_file.packagetype')) translateTypes(context, condition, searches);
  for (const { key, path } of conditions) {
    if (draft.knows(key)) continue;
    const instead = INSTEAD.get(path) ?? 'see the keys of [releases] and [files]';
    draft.comment(key, `files are not chosen by this: all are kept; ${instead}`);
  }
}

const INSTEAD = new Map([
  ['release_file.python_version', 'python = ["3.11", "3.12"] of [files] looks at the tags of wheels'],
  ['release_file.requires_python', 'requires-python = ["3.11", "3.12"] of [files] looks at it'],
  ['release_file.upload_time', 'see not-before, not-after and min-age of [releases]'],
  ['release_file.upload_time_iso_8601', 'see not-before, not-after and min-age of [releases]'],
  ['release_file.size', 'see max-size of [files]'],
  ['release_file.yanked', 'see yanked of [releases]'],
]);

/** Conditions on `info` become patterns of `[projects.metadata]`; both plugins may have them. */
function translateInfo(context: ImportContext, conditions: readonly Condition[], searches: boolean): void {
  const { draft } = context;
  const byField = Map.groupBy(conditions, ({ path }) => /^info\.([a-z_]+)$/.exec(path)?.[1] ?? null);
  for (const [field, some] of byField) {
    if (field === null || !METADATA_FIELDS.includes(field)) {
      for (const { key, path } of some)
        if (/^info\b/.test(path) || !/^release(?:_file\.\w+)?$/.test(path))
          draft.comment(key, 'projects are chosen by the fields of core metadata only; all are kept');
      continue;
    }
    if (draft.item('projects.metadata', field) !== undefined) {
      for (const { key } of some) draft.comment(key, 'the other filter asks for this field already');
      continue;
    }
    const dialect = { lines: !ONE_LINE.has(field), names: false };
    const { entries, keys } = patternsOf(some, draft, searches, { dialect, isList: LISTS.has(field) });
    const taken = some.filter(({ key }) => keys.includes(key));
    const dropsNull = taken.some(({ mode, takesNull }) => mode === 'none' || !takesNull);
    const notes = taken.some(({ mode }) => mode === 'none') ? [NONE_NOTE] : dropsNull ? [] : [NULL_NOTE];
    const all = dropsNull ? [...entries, '!'] : entries;
    for (const key of keys)
      draft.list(key, 'projects.metadata', field, all, ...(key === keys[0] ? notes : []));
  }
}

/** The types whose names an expression fits; there are only these. */
function translateTypes({ draft }: ImportContext, condition: Condition, searches: boolean): void {
  const dialect = { lines: false, names: false };
  const { entries, keys } = patternsOf([condition], draft, searches, { dialect, isList: false });
  const [key] = keys;
  if (key === undefined) return;
  const blocks = condition.mode === 'none';
  const tests = entries.map((entry) => textTest(entry.replace(/^!/, '')));
  const fitting = PACKAGE_TYPES.filter(([theirs]) => tests.some((fits) => fits(theirs)));
  const types = fitting.map(([, ours]) => (blocks ? `!${ours}` : ours));
  const before = draft.item('files', 'types');
  const keepsSome = Array.isArray(before?.value) && before.value.some(({ value }) => !value.startsWith('!'));
  if (!blocks && keepsSome) draft.comment(key, 'the types are asked for in another key already');
  else if (types.length > 0) draft.list(key, 'files', 'types', types);
  else if (blocks) draft.comment(key, 'it fits no type of file, and leaves out none');
  else draft.list(key, 'files', 'names', ['!*'], 'It fits no type of file: nothing is mirrored.');
}

/** `version_range_release_file_metadata`, and the one for projects, which reads the same section. */
export function translateVersionRanges(context: ImportContext): void {
  const { draft, plugins } = context;
  for (const key of keysOfSection(context.conf, 'version_range_project_metadata'))
    draft.comment(key, 'bandersnatch has no such filter but by name, and never reads this section');
  if (!plugins.has('version_range_release_file_metadata')) return;
  const { conditions } = conditionsIn(context, 'version_range_release_file_metadata');
  const [first, ...others] = conditions.filter(({ path }) => path === 'release_file.requires_python');
  for (const { key } of conditions)
    if (key !== first?.key)
      draft.comment(
        key,
        others.some((other) => other.key === key)
          ? 'a file is asked for its Pythons once only'
          : 'versions are looked for in Requires-Python of files only',
      );
  if (first !== undefined) translatePythons(context, first.key, first.takesNull);
}

/** bandersnatch asks for exactly the version that is written down: `3.7` is 3.7.0, where here it is any patch release. */
function translatePythons({ draft }: ImportContext, key: ConfKey, takesNull: boolean): void {
  const pythons: string[] = [];
  for (const { text, line } of entriesOf(key)) {
    const [, short, minor = '.0'] = /^v?(\d+)(\.\d+)?$/i.exec(text) ?? [];
    const exact = short === undefined ? text : `${short}${minor}.0`;
    if (checkRequiresPythonEntry(exact) === null) pythons.push(exact);
    else draft.comment(key, `line ${line} is no version (PEP 440), and bandersnatch stops at it`);
  }
  if (pythons.length === 0)
    draft.comment(key, 'without a version it leaves out all that has Requires-Python; here all are kept');
  const note = 'Exactly these, as bandersnatch has it; "3.12" would be any patch release of it.';
  const entries = takesNull ? pythons : [...pythons, '!'];
  if (pythons.length > 0) draft.list(key, 'files', 'requires-python', [...new Set(entries)], note);
}
