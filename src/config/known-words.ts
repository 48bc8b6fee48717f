/** Words that values may be, for advice on what was meant; the selection itself says what is right. */

/** PEP 792. */
export const STATUSES: readonly string[] = ['active', 'archived', 'deprecated', 'quarantined'];

export const TYPES: readonly string[] = [
  'wheel',
  'sdist',
  'egg',
  'wininst',
  'msi',
  'rpm',
  'dmg',
  'deb',
  'dumb',
];

/** The Pythons that somebody may want today. */
export const PYTHONS: readonly string[] = [
  '2.7',
  ...['3.6', '3.7', '3.8', '3.9', '3.10', '3.11', '3.12', '3.13', '3.14', '3.15'],
];

export const ABIS: readonly string[] = ['none', 'abi3', 'cp310', 'cp311', 'cp312', 'cp313', 'cp314'];

/** The fields of the JSON API's `info` that say something of a project. */
export const METADATA_FIELDS: readonly string[] = [
  ...['author', 'author_email', 'maintainer', 'maintainer_email'],
  ...['classifiers', 'keywords', 'license', 'license_expression', 'license_files'],
  ...['name', 'summary', 'description', 'description_content_type', 'version', 'platform', 'dynamic'],
  ...['requires_python', 'requires_dist', 'provides_extra'],
  ...['home_page', 'download_url', 'docs_url', 'bugtrack_url', 'package_url', 'project_url'],
  ...['project_urls', 'release_url'],
];
