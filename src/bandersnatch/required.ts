/** Requirement files of a bandersnatch.conf, `project_requirements` and `project_requirements_pinned`. */
import { formatOf } from '../config/requirements/formats.ts';
import { type ConfKey, entriesOf, textOf } from './conf.ts';
import type { ImportContext, RequirementFile } from './context.ts';
import { entryOf, type Package, packagesIn } from './packages.ts';
import { filterKey } from './plugins.ts';

const AS_OF_NOW =
  'These are the names in the requirement files as they are now; bandersnatch reads the files again in each run.';
const UNREADABLE =
  'Nothing is mirrored until this is taken away: what bandersnatch.conf asks for could not be read, and without it everything ' +
  'would be mirrored.';

const NOTHING_PINNED =
  'Without requirement files, pinned ones let nothing through. Take this away once there are some.';
const NAMES_NOTHING =
  'the files name nothing: bandersnatch lets every project through then, and this mirror none';

/** What requirement files ask for, as bandersnatch reads them. */
interface Required {
  readonly key: ConfKey;
  readonly files: readonly RequirementFile[];
  readonly packages: readonly Package[];
  /** jubjub reads the files in the same way: nothing is included, and everything is from the index. */
  readonly isSame: boolean;
}

/**
 * Says what is wanted where requirement files decide on it, and answers whether they do.
 *
 * Alone they become `[projects] requirements`, which reads them again whenever a run begins, as bandersnatch does. Where
 * bandersnatch wants less or more of them than that, the names that they have now are written down.
 * @param names what the allowlist lets through, too; null: everything
 * @param releases the releases that it lets through; null: all of them
 */
export function narrow(
  context: ImportContext,
  names: readonly Package[] | null,
  releases: readonly Package[] | null,
): boolean {
  const { draft, plugins } = context;
  const pins = plugins.has('project_requirements_pinned');
  if (!pins && !plugins.has('project_requirements')) return false;
  const required = read(context);
  if (required === null || required === 'unreadable') return required !== null;
  const { key, files, packages } = required;
  if (files.length === 0) return narrowByNone(key, context);
  if (packages.length === 0) draft.comment(key, NAMES_NOTHING);
  const ranged = packages.filter(({ specifier }) => specifier !== '');
  if (required.isSame && names === null && (pins || ranged.length === 0)) {
    draft.list(
      key,
      'projects',
      'requirements',
      files.map(({ path }) => path),
    );
    return true;
  }
  const allowed = names === null ? null : new Set(names.map(({ name }) => name));
  const wanted = packages.filter(({ name }) => allowed?.has(name) ?? true);
  if (wanted.length === 0) draft.list(key, 'projects', 'block', ['*'], UNREADABLE);
  else draft.list(key, 'projects', 'allow', [...new Set(wanted.map(({ name }) => name))], AS_OF_NOW);
  const list = filterKey(context.conf, 'allowlist', 'packages');
  if (list !== null && names !== null) {
    draft.isSo(list);
    draft.comment(list, 'of its projects only those that the requirement files name, too, are allowed');
  }
  const entries = rangesOf(wanted, pins ? ranged : [], releases ?? []);
  if (entries.length > 0) draft.list(key, 'releases', 'allow', entries);
  return true;
}

/** Where no file matches. */
function narrowByNone(key: ConfKey, { draft, plugins }: ImportContext): boolean {
  if (plugins.names('project_requirements_pinned')) {
    draft.list(key, 'projects', 'block', ['*'], NOTHING_PINNED);
    return true;
  }
  const note = 'no file matches: bandersnatch lets every project through then, and so does this mirror';
  draft.comment(key, `${note}; name the files in [projects] requirements`);
  return false;
}

/** Versions that a requirement file pins come before all other filters; of the others, those of the allowlist hold. */
function rangesOf(
  wanted: readonly Package[],
  pinned: readonly Package[],
  releases: readonly Package[],
): readonly string[] {
  const pins = Map.groupBy(pinned, ({ name }) => name);
  const listed = Map.groupBy(releases, ({ name }) => name);
  return [...new Set(wanted.map(({ name }) => name))].flatMap((name) => {
    const chosen = pins.get(name) ?? listed.get(name) ?? [];
    return chosen.some(({ specifier }) => specifier === '') ? [] : chosen.map(entryOf);
  });
}

/** Null where no requirement files are named at all. */
function read(context: ImportContext): Required | 'unreadable' | null {
  const { draft, conf, plugins } = context;
  const key = filterKey(conf, 'allowlist', 'requirements');
  if (key === null || entriesOf(key).length === 0) {
    if (plugins.names('project_requirements_pinned'))
      draft.list(key, 'projects', 'block', ['*'], NOTHING_PINNED);
    else if (key !== null)
      draft.comment(
        key,
        'the list is empty: bandersnatch lets every project through then, and so does this mirror',
      );
    return null;
  }
  const path = filterKey(conf, 'allowlist', 'requirements_path');
  if (path !== null) draft.isSo(path);
  const required = readQuietly(context);
  if (required !== null) return required;
  draft.list(key, 'projects', 'block', ['*'], UNREADABLE);
  draft.comment(key, 'not all of these files can be read; name them in [projects] requirements');
  return 'unreadable';
}

/** Null where there are none, or one cannot be read. */
export function readQuietly({ conf, readRequirements }: ImportContext): Required | null {
  const key = filterKey(conf, 'allowlist', 'requirements');
  if (key === null) return null;
  const folder = filterKey(conf, 'allowlist', 'requirements_path');
  const files: RequirementFile[] = [];
  for (const { text } of entriesOf(key)) {
    const name = text.replace(/#.*$/s, '').trim();
    if (name === '') continue;
    const path = folder === null || name.startsWith('/') ? name : `${textOf(folder)}/${name}`;
    const found = readRequirements(path);
    if (found === null) return null;
    files.push(...found);
  }
  const lines = files.flatMap((file) =>
    file.text.split(/\r\n|\r|\n/).map((text, index) => ({ text: text.trim(), line: index + 1 })),
  );
  // bandersnatch reads over options, pip and jubjub do as they say.
  const options = lines.filter(({ text }) => text.startsWith('-'));
  const { packages, odd } = packagesIn(lines.filter(({ text }) => !text.startsWith('-')));
  const isSame =
    files.every(({ path }) => formatOf(path) === 'requirements') &&
    !options.some(({ text }) => /^-(?:[rce]\b|-requirement|-constraint|-editable)/.test(text)) &&
    (odd.length > 0 || packages.every(({ isPlain }) => isPlain));
  return { key, files, packages, isSame };
}
