/** Filters of releases: pre-releases, the latest ones, regular expressions over versions; and sizes and counts of whole projects. */

import { tryNormalizeName } from '../pypi/names.ts';
import { type Condition, patternsOf } from './conditions.ts';
import { entriesOf, textOf } from './conf.ts';
import type { ImportContext } from './context.ts';
import type { Draft } from './draft.ts';
import { namesOf } from './filters-names.ts';
import { packagesIn } from './packages.ts';
import { filterKey } from './plugins.ts';
import { bytesOf, sizeText, wholeNumberOf } from './values.ts';

/** `prerelease_release`. */
export function translatePrereleases({ conf, draft, plugins }: ImportContext): void {
  if (!plugins.has('prerelease_release')) return;
  const note =
    'bandersnatch looks at the end of a version only, and so keeps pre-releases with a .post or +local behind them.';
  const key = filterKey(conf, 'filter_prerelease', 'packages');
  const listed = key === null ? [] : entriesOf(key);
  if (key === null || listed.length === 0) {
    draft.set(key, 'releases', 'prereleases', false, note);
    return;
  }
  const names = listed.map(({ text }) => tryNormalizeName(text)).filter((name) => name !== null);
  if (names.length < listed.length) draft.comment(key, 'some of its lines are no names');
  if (names.length > 0) draft.except(key, [...new Set(names)], [['prereleases', false]], note);
}

/** `latest_release`. */
export function translateLatest({ conf, draft, plugins }: ImportContext): void {
  const keep = filterKey(conf, 'latest_release', 'keep');
  const sortBy = filterKey(conf, 'latest_release', 'sort_by');
  if (keep === null || !plugins.has('latest_release')) return;
  const latest = wholeNumberOf(textOf(keep));
  if (latest === null || latest <= 0) {
    if (latest === 0) draft.isSo(keep);
    else draft.comment(keep, 'it is no number of releases; all are kept');
    return;
  }
  draft.set(keep, 'releases', 'latest', latest);
  const isByTime = sortBy !== null && textOf(sortBy) === 'time';
  if (sortBy !== null && !['time', 'version'].includes(textOf(sortBy)))
    draft.comment(sortBy, 'there is "version" and "time"; taken for "version"');
  // PyPI's documents have older releases first, which bandersnatch looks at while the newer ones are still there: it counts
  // those that other filters leave out, too.
  draft.set(sortBy ?? keep, 'releases', 'latest-of', isByTime ? 'uploaded' : 'all', COUNTED);
}

const COUNTED =
  'Like bandersnatch, this counts releases that other rules leave out. "final" counts final releases, and keeps what is newer.';

/** `regex_release`. */
export function translateVersionRegexes({ conf, draft, plugins }: ImportContext): void {
  const key = filterKey(conf, 'filter_regex', 'releases');
  if (key === null || !plugins.has('regex_release')) return;
  const condition = { key, path: 'release', mode: 'none', takesNull: true } as const;
  listVersions(draft, [condition], false);
}

/** Conditions on the spelling of versions. */
export function listVersions(draft: Draft, conditions: readonly Condition[], searches: boolean): void {
  const form = { dialect: { lines: false, names: false }, isList: false };
  const { entries, keys } = patternsOf(conditions, draft, searches, form);
  for (const key of keys) draft.list(key, 'releases', 'versions', entries);
}

/** `size_project_metadata` and `versions_count_project_metadata`; neither touches what the allowlist names. */
export function translateLimits(context: ImportContext): void {
  const { conf, draft, plugins } = context;
  if (plugins.has('size_project_metadata')) translateSize(context);
  if (plugins.has('versions_count_project_metadata')) translateCounts(context);
  const limited = (...keys: readonly string[]) =>
    keys.some((key) => draft.item('projects', key) !== undefined);
  const listed = filterKey(conf, 'allowlist', 'packages');
  const exempt = listed === null ? [] : namesOf(packagesIn(entriesOf(listed)).packages);
  if (exempt.length === 0) return;
  if (limited('max-size', 'max-versions')) draft.list(listed, 'projects', 'max-exempt', exempt);
  if (limited('min-versions')) draft.list(listed, 'projects', 'min-versions-exempt', exempt);
}

function translateSize({ conf, draft }: ImportContext): void {
  const size = filterKey(conf, 'size_project_metadata', 'max_package_size');
  if (size === null) return;
  const bytes = bytesOf(textOf(size));
  if (bytes === null) draft.comment(size, 'it is no size, and bandersnatch does without');
  else if (bytes === 0) draft.isSo(size);
  else draft.set(size, 'projects', 'max-size', sizeText(bytes));
}

function translateCounts({ conf, draft }: ImportContext): void {
  const limits = (['max', 'min'] as const).map((end) => {
    const key = filterKey(conf, 'versions_count_project_metadata', `${end}_versions`);
    return { key, end, limit: key === null ? 0 : wholeNumberOf(textOf(key)) };
  });
  const [max, min] = limits.map(({ limit }) => (limit === null || limit < 0 ? null : limit));
  const isOff = max == null || min == null || (max !== 0 && min > max);
  for (const { key, end, limit } of limits) {
    if (key === null) continue;
    if (isOff || limit === null)
      draft.comment(key, 'its limits are no numbers that go together, and bandersnatch does without');
    else if (limit === 0) draft.isSo(key);
    else draft.set(key, 'projects', `${end}-versions`, limit);
  }
}
