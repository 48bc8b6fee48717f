/** Reads a docroot's pages back as an installer does: what each links to, and what digest it promises. */
import { createHash } from 'node:crypto';
import { parseDetailText } from '../../src/pypi/detail.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, ProjectName } from '../../src/pypi/types.ts';
import type { Tree } from './engine.ts';

const BASE = 'http://mirror.example';
const PAGE = /^simple\/([^/]+)\/index\.(html|v1_json)$/;
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&#39;': "'",
};

/** One link of one page; the target is a docroot path, or null when it leads elsewhere. */
export interface PageLink {
  readonly page: string;
  readonly href: string;
  readonly target: string | null;
  readonly sha256: string | null;
  /** Digest of the sidecar that it advertises; null when it advertises none. */
  readonly metadataSha256: string | null;
}

export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const digests = new WeakMap<Uint8Array, string>();

/** The same of bytes that nobody changes in their place: those of a tree are looked at after every run. */
export function digestOfKept(bytes: Uint8Array): string {
  const digest = digests.get(bytes) ?? sha256Hex(bytes);
  digests.set(bytes, digest);
  return digest;
}

export function textOf(tree: Tree, path: string): string {
  return Buffer.from(tree.get(path) ?? []).toString('utf8');
}

/** The names that have a page in both forms; a name with only one of them is told by `halfPages`. */
export function pageNames(tree: Tree): { readonly whole: Set<ProjectName>; readonly half: Set<ProjectName> } {
  const kinds = new Map<ProjectName, number>();
  for (const path of tree.keys()) {
    const name = PAGE.exec(path)?.[1];
    if (name !== undefined) kinds.set(normalizeName(name), (kinds.get(normalizeName(name)) ?? 0) + 1);
  }
  const named = (count: number) => [...kinds].filter(([, kind]) => kind === count).map(([name]) => name);
  return { whole: new Set(named(2)), half: new Set(named(1)) };
}

/** Of pages that are still there: most checks read most pages again. Nobody changes a page's bytes in their place. */
const details = new WeakMap<Uint8Array, { readonly name: ProjectName; readonly detail: Detail }>();

/** The JSON page of a project as the detail that it is; null when there is none. */
export function pageDetail(tree: Tree, name: ProjectName): Detail | null {
  const bytes = tree.get(`simple/${name}/index.v1_json`);
  if (bytes === undefined) return null;
  const known = details.get(bytes);
  if (known?.name === name) return known.detail;
  const url = `${BASE}/simple/${name}/`;
  const detail = parseDetailText(Buffer.from(bytes).toString('utf8'), { name, url, headerSerial: null });
  details.set(bytes, { name, detail });
  return detail;
}

function decoded(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#34|#39);/g, (entity) => ENTITIES[entity] ?? entity);
}

function targetOf(page: string, href: string): string | null {
  const url = new URL(href, `${BASE}/${page}`);
  return url.origin === BASE ? decodeURIComponent(url.pathname.slice(1)) : null;
}

function htmlLinks(page: string, html: string): PageLink[] {
  if (!/<\/html>\n(<!--SERIAL \d+-->)?$/.test(html)) throw new Error(`half a page: ${page}`);
  return [...html.matchAll(/<a href="([^"]*)"([^>]*)>/g)].map(([, raw = '', attributes = '']) => {
    const href = decoded(raw);
    return {
      page,
      href,
      target: targetOf(page, href),
      sha256: /#sha256=([0-9a-f]{64})$/.exec(href)?.[1] ?? null,
      metadataSha256: /data-core-metadata="sha256=([0-9a-f]{64})"/.exec(attributes)?.[1] ?? null,
    };
  });
}

function jsonLinks(tree: Tree, page: string, name: ProjectName): PageLink[] {
  return (pageDetail(tree, name)?.files ?? []).map((file) => ({
    page,
    href: file.url,
    target: targetOf(page, file.url),
    sha256: file.sha256,
    metadataSha256: file.coreMetadata?.sha256 ?? null,
  }));
}

/** Every link of every page of a project. @throws Error for a page that is not whole */
export function allLinks(tree: Tree): PageLink[] {
  return [...tree.keys()].flatMap((path) => {
    const [, name, form] = PAGE.exec(path) ?? [];
    if (name === undefined) return [];
    return form === 'html' ? htmlLinks(path, textOf(tree, path)) : jsonLinks(tree, path, normalizeName(name));
  });
}

/** The names on the root index, in both forms. */
export function rootNames(tree: Tree): { readonly html: string[]; readonly json: string[] } {
  const html = [...textOf(tree, 'simple/index.html').matchAll(/<a href="([^"]*)\/">/g)].map(
    ([, name = '']) => name,
  );
  const bytes = textOf(tree, 'simple/index.v1_json');
  const document = (bytes === '' ? { projects: [] } : JSON.parse(bytes)) as { projects: { name: string }[] };
  return { html, json: document.projects.map(({ name }) => normalizeName(name)) };
}
