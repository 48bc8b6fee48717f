/**
 * A reader who looks after every step: whenever a file of the docroot appears, changes or vanishes, everything that this can
 * have broken is looked at again (P1, P3).
 */
import assert from 'node:assert/strict';
import { gunzipSync } from 'node:zlib';
import { allLinks, digestOfKept, type PageLink } from '../docroot-pages.ts';
import type { Tree } from '../engine.ts';

const PAGE = /^(simple\/[^/]+\/index\.(?:html|v1_json))(\.gz)?$/;
const ROOT = /^simple\/index\.(html|v1_json)(?:\.gz)?$/;
const BASE = 'http://mirror.example/';
const MANIFEST = 'manifest.json';

/** What the reader knows of the world beside the docroot. */
export interface ReaderWorld {
  /** The bytes at an address of upstream, for pages whose files stay there. */
  readonly upstreamBytes: (href: string) => Uint8Array | undefined;
}

/** What a page demands of a path: these bytes, or any. */
interface Demand {
  readonly page: string;
  readonly sha256: string | null;
}

function isGzip(path: string): boolean {
  return path.endsWith('.gz');
}

function unpacked(path: string, bytes: Uint8Array): Buffer {
  try {
    if (isGzip(path)) return gunzipSync(bytes);
    // As it is: what is known of these bytes needs not be found out again.
    return bytes instanceof Buffer ? bytes : Buffer.from(bytes);
  } catch (error) {
    throw new Error(`P3: half a page: ${path}`, { cause: error });
  }
}

/** The links of one page, told as those of `path`. @throws for a page that is not whole */
function linksOf(path: string, bytes: Uint8Array): PageLink[] {
  const plain = path.replace(/\.gz$/, '');
  try {
    return allLinks(new Map([[plain, unpacked(path, bytes)]]));
  } catch (error) {
    throw new Error(`P3: a page that is not whole: ${path}: ${error}`, { cause: error });
  }
}

/** Where our own provenance documents are, that a JSON page names. */
function provenanceOf(path: string, bytes: Uint8Array): string[] {
  if (!path.includes('.v1_json')) return [];
  const { files } = JSON.parse(unpacked(path, bytes).toString('utf8')) as {
    files: { provenance?: string | null }[];
  };
  return files.flatMap(({ provenance }) =>
    provenance?.startsWith(BASE) ? [decodeURIComponent(provenance.slice(BASE.length))] : [],
  );
}

/** The pages that a root index leads to. */
function listedPages(path: string, bytes: Uint8Array): string[] {
  const form = ROOT.exec(path)?.[1] ?? '';
  const text = unpacked(path, bytes).toString('utf8');
  if (form === 'html') {
    assert.match(text, /<\/html>\n(<!--SERIAL \d+-->)?\s*$/, `P3: half a page: ${path}`);
    return [...text.matchAll(/<a href="([^"]*)\/">/g)].map(([, name]) => `simple/${name}/index.html`);
  }
  const { projects } = JSON.parse(text) as { projects: { name: string }[] };
  return projects.map(({ name }) => `simple/${name.toLowerCase().replace(/[-_.]+/g, '-')}/index.v1_json`);
}

/** The documents that the completeness proof promises; one that is about to be replaced may say more than the proof does. */
function promisedBuckets(_path: string, bytes: Uint8Array): string[] {
  const { buckets } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { buckets: object };
  return Object.keys(buckets).map((id) => `manifest/${id}.sha256`);
}

export class Reader {
  readonly #world: ReaderWorld;
  readonly #tree = new Map<string, Uint8Array>();
  readonly #digests = new Map<string, string>();
  /** What each page, and each root index, demands of which path. */
  readonly #demandsOf = new Map<string, ReadonlyMap<string, Demand>>();
  /** The other way round: by path, by page. */
  readonly #demandsOn = new Map<string, Map<string, Demand>>();
  /** How many names it has looked at. */
  looks = 0;

  constructor(world: ReaderWorld) {
    this.#world = world;
  }

  /** The docroot as somebody finds it who was not there when it changed. @throws what is broken in it */
  reset(tree: Tree): void {
    this.#tree.clear();
    this.#digests.clear();
    this.#demandsOf.clear();
    this.#demandsOn.clear();
    for (const [path, bytes] of tree) this.#tree.set(path, bytes);
    for (const [path, bytes] of tree) this.#read(path, bytes);
    for (const path of this.#demandsOn.keys()) this.#checkDemandsOn(path);
  }

  /** One name may have changed; returns whether it has. @throws what this broke */
  changed(path: string, bytes: Uint8Array | null): boolean {
    if (bytes === null && !this.#tree.has(path)) return false;
    this.looks += 1;
    this.#digests.delete(path);
    if (bytes === null) this.#tree.delete(path);
    else this.#tree.set(path, bytes);
    this.#forget(path);
    if (bytes !== null) for (const demanded of this.#read(path, bytes)) this.#checkDemandsOn(demanded);
    this.#checkDemandsOn(path);
    return true;
  }

  /** Returns the paths that a page now demands something of. */
  #read(path: string, bytes: Uint8Array): Iterable<string> {
    const demands = this.#demandsIn(path, bytes);
    if (demands.size === 0) return [];
    this.#demandsOf.set(path, demands);
    for (const [target, demand] of demands) {
      const on = this.#demandsOn.get(target) ?? new Map<string, Demand>();
      this.#demandsOn.set(target, on.set(path, demand));
    }
    return demands.keys();
  }

  #demandsIn(path: string, bytes: Uint8Array): Map<string, Demand> {
    if (PAGE.test(path)) return this.#demandsOfPage(path, bytes);
    const promised = ROOT.test(path) ? listedPages : path === MANIFEST ? promisedBuckets : null;
    return new Map(promised?.(path, bytes).map((target) => [target, { page: path, sha256: null }]));
  }

  #demandsOfPage(page: string, bytes: Uint8Array): Map<string, Demand> {
    const demands = new Map<string, Demand>();
    for (const { target, href, sha256, metadataSha256 } of linksOf(page, bytes)) {
      assert.ok(sha256, `P1: ${page} promises no digest: ${href}`);
      if (target === null) {
        this.#checkUpstream(page, href, sha256);
        continue;
      }
      demands.set(target, { page, sha256 });
      if (metadataSha256 !== null) demands.set(`${target}.metadata`, { page, sha256: metadataSha256 });
    }
    for (const path of provenanceOf(page, bytes)) demands.set(path, { page, sha256: null });
    return demands;
  }

  #checkUpstream(page: string, href: string, sha256: string): void {
    const bytes = this.#world.upstreamBytes(href);
    assert.ok(bytes, `P1: ${page} links to nothing upstream: ${href}`);
    assert.equal(digestOfKept(bytes), sha256, `P1: ${page} links to other bytes upstream: ${href}`);
  }

  #forget(path: string): void {
    for (const target of this.#demandsOf.get(path)?.keys() ?? []) this.#demandsOn.get(target)?.delete(path);
    this.#demandsOf.delete(path);
  }

  #checkDemandsOn(path: string): void {
    for (const { page, sha256 } of this.#demandsOn.get(path)?.values() ?? []) {
      assert.ok(this.#tree.has(path), `P1: ${page} links to nothing: ${path}`);
      if (sha256 !== null)
        assert.equal(this.#digestOf(path), sha256, `P1: ${page} links to other bytes: ${path}`);
    }
  }

  #digestOf(path: string): string {
    const known = this.#digests.get(path);
    if (known !== undefined) return known;
    const digest = digestOfKept(this.#tree.get(path) ?? new Uint8Array());
    this.#digests.set(path, digest);
    return digest;
  }
}
