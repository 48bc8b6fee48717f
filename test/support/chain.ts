/** Mirrors of mirrors: what each of them lists, in a form in which they must be equal, and the servers between them. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { normalize } from '../../src/demo/distribution.ts';
import { sha256Hex } from './docroot-pages.ts';
import type { MirrorPlace } from './mirror-place.ts';
import { startConfigured, WEB_SERVERS_UNDER_TEST } from './web-servers.ts';

type Hooks = Pick<TestContext, 'after'>;

interface Page {
  readonly meta: object;
  readonly name: string;
  readonly files: readonly PageFile[];
}

interface PageFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes: { readonly sha256: string };
}

/** What a mirror lists. */
export interface ListedTree {
  /** The root list as it stands there, its serials included. */
  readonly list: { readonly meta: object; readonly projects: readonly { readonly name: string }[] };
  /** The JSON page of each listed project by normalized name, without URLs. */
  readonly pages: Readonly<Record<string, object>>;
  /** The sha256 of the bytes that the links of these pages lead to, by project and file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** URLs are the one thing in which a mirror's page differs from its upstream's. */
function withoutUrls(page: Page): object {
  const files = page.files.map((file) => ({ ...file, url: undefined, provenance: undefined }));
  return JSON.parse(JSON.stringify({ ...page, files }));
}

function readPage({ web }: MirrorPlace, name: string): Page {
  return JSON.parse(readFileSync(join(web, 'simple', name, 'index.v1_json'), 'utf8')) as Page;
}

/** A project's JSON page without URLs. Quarantined projects have one, too, though they are on no list. */
export function mirroredPage(place: MirrorPlace, name: string): object {
  return withoutUrls(readPage(place, name));
}

/** Everything that a docroot lists, read from its files. Every link must lead to the bytes that it promises (P1). */
export function listedTree(place: MirrorPlace): ListedTree {
  const { web } = place;
  const list = JSON.parse(readFileSync(join(web, 'simple', 'index.v1_json'), 'utf8')) as ListedTree['list'];
  const names = list.projects.map(({ name }) => normalize(name));
  const files = names.flatMap((name) =>
    readPage(place, name).files.map(({ filename, url, hashes }) => {
      const { pathname } = new URL(url, `http://mirror.example/simple/${name}/`);
      const digest = sha256Hex(readFileSync(join(web, decodeURIComponent(pathname))));
      assert.equal(digest, hashes.sha256, `${web}: ${filename}`);
      return [`${name}/${filename}`, digest];
    }),
  );
  const pages = names.map((name) => [name, mirroredPage(place, name)]);
  return { list, pages: Object.fromEntries(pages), files: Object.fromEntries(files) };
}

/** An upstream's own page of a project, without URLs. */
export async function upstreamPage(site: string, name: string): Promise<object> {
  const accept = 'application/vnd.pypi.simple.v1+json';
  const response = await fetch(`${site}/simple/${name}/`, { headers: { accept } });
  assert.equal(response.status, 200, name);
  return withoutUrls((await response.json()) as Page);
}

/** nginx over a mirror, set up as `jubjub config nginx` says; answers its URL. */
export async function nginxOver(t: Hooks, place: MirrorPlace): Promise<string> {
  const nginx = WEB_SERVERS_UNDER_TEST.find(({ name }) => name === 'nginx');
  assert.ok(nginx);
  const running = await startConfigured(nginx, place.config);
  t.after(() => running.close());
  return running.url;
}

/** `jubjub serve` over a mirror; answers its URL. */
export async function serveOver(t: Hooks, place: MirrorPlace): Promise<string> {
  return await place.start(t, ['serve', '--port', '0']).line('stdout', /^http:\/\/127\.0\.0\.1:\d+$/);
}

/**
 * Makes a mirror's pages an hour old, to be called before anyone asks for them: nginx makes validators of size and whole
 * seconds, and the acts of a test follow each other faster than those of the world.
 */
export function anHourPasses({ web }: MirrorPlace): void {
  const then = new Date(Date.now() - 3_600_000);
  for (const path of readdirSync(join(web, 'simple'), { recursive: true, encoding: 'utf8' })) {
    if (/\.(?:html|v1_json)$/.test(path)) utimesSync(join(web, 'simple', path), then, then);
  }
}
