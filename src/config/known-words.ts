/** Words that values may be, for advice on what was meant; the selection itself says what is right. */
import { ABI_NAMES } from '../pypi/python-tags.ts';
import { KINDS } from '../selection/files/types.ts';
import { durationText, parseDuration } from './values.ts';

/** PEP 792. */
export const STATUSES: readonly string[] = ['active', 'archived', 'deprecated', 'quarantined'];

export const TYPES: readonly string[] = KINDS;

/** The Pythons that somebody may want today. */
export const PYTHONS: readonly string[] = [
  '2.7',
  ...['3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15'],
];

export const ABIS: readonly string[] = [...ABI_NAMES, 'cp310', 'cp311', 'cp312', 'cp313', 'cp314'];

/** The fields of the JSON API's `info` that say something of a project. */
export const METADATA_FIELDS: readonly string[] = [
  ...['author', 'author_email', 'maintainer', 'maintainer_email'],
  ...['classifiers', 'keywords', 'license', 'license_expression', 'license_files'],
  ...['name', 'summary', 'description', 'description_content_type', 'version', 'platform', 'dynamic'],
  ...['requires_python', 'requires_dist', 'provides_extra'],
  ...['home_page', 'download_url', 'docs_url', 'bugtrack_url', 'package_url', 'project_url'],
  ...['project_urls', 'release_url'],
];

const UNIT =
  /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|milliseconds?|sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?)\s*$/i;
const DAYS_PER_WEEK = 7;

/** What a duration that is written in words was meant to be: `3d` for `3 days`; null for what is none. */
export function durationMeant(text: string): string | null {
  const [, amount = '', word = ''] = UNIT.exec(text) ?? [];
  if (amount === '') return null;
  const lower = word.toLowerCase();
  const isWeeks = lower.startsWith('w');
  const unit = isWeeks ? 'd' : /^(?:ms|milli)/.test(lower) ? 'ms' : lower.charAt(0);
  const ms = parseDuration(`${amount}${unit}`);
  return ms === null ? null : durationText(isWeeks ? ms * DAYS_PER_WEEK : ms);
}
