/** Which pages in our docroot are another tool's: in place, these are to leave. */
import { detailPaths, gzipPath, parseDocrootPath } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { OldPages, OldProject } from '../store/contract.ts';
import type { Adoption } from './adopt-file.ts';

/** All pages of a directory but those of ours: what we publish of the project, or are about to. */
export function oldPagesOf(
  { deps, tree }: Adoption,
  { directory }: OldProject,
  pages: OldPages,
  name: ProjectName,
  isPublished: boolean,
): DocrootPath[] {
  if (!tree.isDocroot) return [];
  const { html, json } = detailPaths(name);
  const own = [html, json, ...(deps.settings.precompress ? [gzipPath(html), gzipPath(json)] : [])];
  const ours = new Set(isPublished ? own : []);
  return pages.names
    .map((page) => parseDocrootPath(`${directory}/${page}`))
    .filter((path) => path !== null && !ours.has(path)) as DocrootPath[];
}
