/** Which of our files the pages of a project link to as they lie in the docroot now, whatever the catalogue says. */
import { apiPath, detailPaths, hrefFromDetail } from '../pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

/** A docroot path as it stands in a link, behind what leads to the docroot. */
const LINK = /packages\/[^\s"'<>#?\\]+/g;
const RELATIVE = '../../';

/** Those of `paths` that the HTML page, the JSON page or the JSON API document of a project links to. */
export async function linkedFromPages(
  { store, settings }: Pick<MirrorDeps, 'store' | 'settings'>,
  name: ProjectName,
  paths: readonly DocrootPath[],
): Promise<ReadonlySet<DocrootPath>> {
  // Links to upstream's files end in the same way.
  const ours = [RELATIVE, ...(settings.baseUrl === null ? [] : [`${settings.baseUrl}/`])];
  const linked = new Set<DocrootPath>();
  const { html, json } = detailPaths(name);
  for (const page of [html, json, apiPath(name)]) {
    const bytes = await store.read(page);
    if (bytes === null) continue;
    const text = Buffer.from(bytes).toString('latin1');
    const links = new Set<string>();
    for (const { 0: link, index } of text.matchAll(LINK))
      if (ours.some((before) => text.startsWith(before, index - before.length))) links.add(link);
    for (const path of paths) if (links.has(hrefFromDetail(path).slice(RELATIVE.length))) linked.add(path);
  }
  return linked;
}
