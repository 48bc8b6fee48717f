/** Filters by name: allow- and blocklists, of projects and of releases, and regular expressions over names. */
import { entriesOf } from './conf.ts';
import type { ImportContext } from './context.ts';
import type { Listed } from './draft.ts';
import { entryOf, oddNote, type Package, packagesIn } from './packages.ts';
import { filterKey } from './plugins.ts';
import { pythonRegex, written } from './python-regex.ts';
import { narrow } from './required.ts';

/** `allowlist_project`, `allowlist_release` and requirement files together: what of the index is asked for. */
export function translateAllowlists(context: ImportContext): void {
  const { conf, draft, plugins } = context;
  const key = filterKey(conf, 'allowlist', 'packages');
  const list = key === null ? { packages: [], odd: [] } : packagesIn(entriesOf(key));
  const note = oddNote(list);
  if (key !== null && note !== null && (plugins.has('allowlist_project') || plugins.has('allowlist_release')))
    draft.comment(key, note);
  if (key !== null && plugins.has('allowlist_project') && list.packages.length === 0) {
    if (list.odd.length > 0) draft.list(key, 'projects', 'block', ['*'], UNREAD_LIST);
    else
      draft.comment(key, 'the list is empty: bandersnatch keeps every project then, and so does this mirror');
  }
  const releases = plugins.has('allowlist_release') && list.packages.length > 0 ? list.packages : null;
  const names = plugins.has('allowlist_project') && list.packages.length > 0 ? list.packages : null;
  if (plugins.names('allowlist_release') && list.packages.length === 0) {
    draft.list(key, 'projects', 'block', ['*'], NOTHING_ALLOWED);
  }
  const listed = names ?? releases;
  const isNarrowed = narrow(context, listed, releases);
  if (isNarrowed || key === null || listed === null) return;
  draft.list(key, 'projects', 'allow', namesOf(listed));
  if (releases !== null) allowReleases(context, releases);
}

const UNREAD_LIST =
  'Nothing is mirrored until this is taken away: the list has lines that cannot be read, and without them too much would be mirrored.';
const NOTHING_ALLOWED =
  'allowlist_release without packages leaves out every release, and so does this. Take it away once [projects] allow says ' +
  'what is wanted.';

/** Of projects that have versions beside their name, only these. */
function allowReleases({ conf, draft }: ImportContext, packages: readonly Package[]): void {
  const key = filterKey(conf, 'allowlist', 'packages');
  const ranged = new Set(packages.filter(({ specifier }) => specifier !== '').map(({ name }) => name));
  const entries = packages.filter(({ name }) => ranged.has(name)).map(entryOf);
  if (entries.length > 0) draft.list(key, 'releases', 'allow', entries);
}

/** `blocklist_project` and `blocklist_release`. */
export function translateBlocklists({ conf, draft, plugins }: ImportContext): void {
  const key = filterKey(conf, 'blocklist', 'packages');
  const blocksProjects = plugins.has('blocklist_project');
  const blocksReleases = plugins.has('blocklist_release');
  if (key === null || (!blocksProjects && !blocksReleases)) return;
  const list = packagesIn(entriesOf(key));
  const note = oddNote(list);
  if (note !== null) {
    draft.comment(key, note);
    draft.list(key, 'projects', 'block', ['*'], UNREAD_LIST);
  }
  const whole = list.packages.filter(({ specifier, isPlain }) => specifier === '' && isPlain);
  const others = list.packages.filter((one) => !whole.includes(one));
  if (blocksProjects && whole.length > 0) draft.list(key, 'projects', 'block', namesOf(whole));
  const ofReleases = blocksProjects ? others : list.packages;
  if (blocksReleases && ofReleases.length > 0) draft.list(key, 'releases', 'block', ofReleases.map(entryOf));
  if (!blocksReleases && others.length > 0) {
    const lines = others.map(({ line }) => line).join(', ');
    draft.comment(key, `what has versions (line ${lines}) did nothing: blocklist_release is not enabled`);
  }
}

/** `regex_project`. */
export function translateNameRegexes({ conf, draft, plugins }: ImportContext): void {
  const key = filterKey(conf, 'filter_regex', 'packages');
  if (key === null || !plugins.has('regex_project')) return;
  const entries: Listed[] = [];
  for (const { text, line } of entriesOf(key)) {
    const regex = pythonRegex(text, { lines: false, names: true });
    if (typeof regex === 'string') {
      draft.comment(key, `the expression in line ${line} is not blocked: ${regex}`);
      continue;
    }
    const note = regex.adapted ? 'written for names as PyPI displays them; here they are normalized' : null;
    entries.push({ value: written(regex), note });
  }
  if (entries.length > 0) draft.list(key, 'projects', 'block', entries);
}

export function namesOf(packages: readonly Package[]): readonly string[] {
  return [...new Set(packages.map(({ name }) => name))];
}
