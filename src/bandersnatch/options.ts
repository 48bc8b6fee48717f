/** Every option of bandersnatch's configuration, of any version, in one table: what it is for, and which plugins read it. */

export interface FilterOption {
  readonly section: string;
  /** `*`: every key of the section. */
  readonly name: string;
  /** Without one of these in `[plugins] enabled` it does nothing. */
  readonly plugins: readonly string[];
}

/** Plugins that come with bandersnatch, by their present names. */
export const PLUGINS = [
  'allowlist_project',
  'allowlist_release',
  'blocklist_project',
  'blocklist_release',
  'project_requirements',
  'project_requirements_pinned',
  'regex_project',
  'regex_release',
  'prerelease_release',
  'latest_release',
  'exclude_platform',
  'size_project_metadata',
  'versions_count_project_metadata',
  'regex_project_metadata',
  'regex_release_file_metadata',
  'version_range_project_metadata',
  'version_range_release_file_metadata',
] as const;

export type Plugin = (typeof PLUGINS)[number];

/** The plugins that limit whole projects; they do not touch what the allowlist names. */
export const COUNTED = ['size_project_metadata', 'versions_count_project_metadata'];
const REQUIRING = ['project_requirements', 'project_requirements_pinned'];

export const FILTER_OPTIONS: readonly FilterOption[] = [
  {
    section: 'allowlist',
    name: 'packages',
    plugins: ['allowlist_project', 'allowlist_release', ...COUNTED],
  },
  { section: 'allowlist', name: 'requirements', plugins: REQUIRING },
  { section: 'allowlist', name: 'requirements_path', plugins: REQUIRING },
  { section: 'blocklist', name: 'packages', plugins: ['blocklist_project', 'blocklist_release'] },
  { section: 'blocklist', name: 'platforms', plugins: ['exclude_platform'] },
  { section: 'filter_regex', name: 'packages', plugins: ['regex_project'] },
  { section: 'filter_regex', name: 'releases', plugins: ['regex_release'] },
  { section: 'filter_prerelease', name: 'packages', plugins: ['prerelease_release'] },
  { section: 'latest_release', name: 'keep', plugins: ['latest_release'] },
  { section: 'latest_release', name: 'sort_by', plugins: ['latest_release'] },
  { section: 'size_project_metadata', name: 'max_package_size', plugins: ['size_project_metadata'] },
  {
    section: 'versions_count_project_metadata',
    name: 'max_versions',
    plugins: ['versions_count_project_metadata'],
  },
  {
    section: 'versions_count_project_metadata',
    name: 'min_versions',
    plugins: ['versions_count_project_metadata'],
  },
  { section: 'regex_project_metadata', name: '*', plugins: ['regex_project_metadata'] },
  { section: 'regex_release_file_metadata', name: '*', plugins: ['regex_release_file_metadata'] },
  { section: 'version_range_project_metadata', name: '*', plugins: ['version_range_project_metadata'] },
  {
    section: 'version_range_release_file_metadata',
    name: '*',
    plugins: ['version_range_project_metadata', 'version_range_release_file_metadata'],
  },
];

/** Options of `[mirror]`, of all versions. */
export const MIRROR_OPTIONS = [
  'directory',
  'storage-backend',
  'storage-filesystem-manage-permissions',
  'master',
  'proxy',
  'download-mirror',
  'download-mirror-no-fallback',
  'allow-non-https',
  'api-method',
  'json',
  'release-files',
  'core-metadata',
  'root_uri',
  'hash-index',
  'simple-format',
  'compare-method',
  'digest_name',
  'keep_index_versions',
  'cleanup',
  'delete-packages',
  'stop-on-error',
  'timeout',
  'global-timeout',
  'workers',
  'verifiers',
  'diff-file',
  'diff-append-epoch',
  'log-config',
] as const;

export type MirrorOption = (typeof MIRROR_OPTIONS)[number];

/** Names that sections had before, the newest first. */
export const SECTION_NAMES: Readonly<Record<string, readonly string[]>> = {
  allowlist: ['allowlist', 'whitelist'],
  blocklist: ['blocklist', 'denylist', 'blacklist'],
};

/** The present name of a plugin. */
export function presentName(plugin: string): string {
  if (plugin === 'allowlist_requirements') return 'project_requirements_pinned';
  return plugin.replace(/^whitelist_/, 'allowlist_').replace(/^(?:blacklist|denylist)_/, 'blocklist_');
}
