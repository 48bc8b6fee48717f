/** Generates what a static upstream has: a project list, pages and distribution files, all of it from one seed. */
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Distribution } from '../../src/demo/distribution.ts';
import { makeSdist } from '../../src/demo/sdist.ts';
import { makeWheel } from '../../src/demo/wheel.ts';
import { callBody } from '../../src/upstream/xmlrpc.ts';

export interface TreeOptions {
  readonly projects: number;
  /** Each has a wheel, and an sdist if `sdists`. */
  readonly versions: number;
  readonly sdists: boolean;
  /** Whether the sidecars of wheels can be had; they are advertised in any case. @default true */
  readonly sidecars?: boolean;
  /** Of a distribution file, about; 0 for the smallest that there is. */
  readonly fileBytes: number;
}

/** What an upstream has, as paths below its address. */
export interface UpstreamTree {
  readonly directory: string;
  readonly list: string;
  readonly pages: readonly string[];
  readonly files: readonly string[];
  /** The sidecars of the wheels (PEP 658). */
  readonly metadata: readonly string[];
  /** Of all files. */
  readonly bytes: number;
}

/** What deflate leaves of base64 of random bytes: six bits of eight. */
const BASE64_SHARE = 0.755;
/** Of the archive around the module. */
const ARCHIVE_BYTES = 600;
const NOISE_CHARS = 1024 * 1024;

/** Text that does not compress beyond base64, the same on every machine. */
function makeNoise(): string {
  const blocks = Array.from({ length: (NOISE_CHARS * 3) / 4 / 32 }, (_, at) =>
    createHash('sha256').update(`noise ${at}`).digest(),
  );
  return Buffer.concat(blocks).toString('base64');
}

function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Names as long as PyPI's are, in an order unlike that of the numbers. */
function nameOf(number: number): string {
  return `${sha256(`name ${number}`).slice(0, 6)}-project-${number}`;
}

/** PyPI's layout: an address of 64 digits, split 2/2/60 (protocol §4.1). Any digest will do. */
function addressOf(digest: string): { readonly url: string; readonly stored: string } {
  const address = sha256(`address ${digest}`);
  return {
    url: `${address.slice(0, 2)}/${address.slice(2, 4)}/${address.slice(4)}`,
    // One directory for many of them: what a file of the upstream costs is not what is measured.
    stored: `${address.slice(0, 2)}/${address.slice(2)}`,
  };
}

interface ListedFile {
  readonly filename: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly metadataSha256: string | null;
  readonly requiresPython: string | null;
}

class TreeWriter {
  readonly pages: string[] = [];
  readonly files: string[] = [];
  readonly metadata: string[] = [];
  bytes = 0;
  readonly #list: { name: string; '_last-serial': number }[] = [];
  readonly #directory: string;
  readonly #noise = makeNoise();
  #serial = 1_000_000;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(join(directory, 'pages'), { recursive: true });
    for (let shard = 0; shard < 256; shard++)
      mkdirSync(join(directory, 'files', shard.toString(16).padStart(2, '0')), { recursive: true });
  }

  project(number: number, options: TreeOptions): void {
    const name = nameOf(number);
    const files: object[] = [];
    const versions: string[] = [];
    for (let version = 1; version <= options.versions; version++) {
      const chars = Math.max(0, Math.round((options.fileBytes - ARCHIVE_BYTES) / BASE64_SHARE));
      const from = (number * 7919 + version * 104_729) % (NOISE_CHARS - chars);
      const text = `VALUE = ${number}\n# ${this.#noise.slice(from, from + chars)}\n`;
      const recipe = {
        name,
        version: `${version}.0`,
        requiresPython: '>=3.9',
        modules: { 'module.py': text },
      };
      versions.push(recipe.version);
      files.push(this.#distribution(makeWheel(recipe), options.sidecars ?? true));
      if (options.sdists) files.push(this.#distribution(makeSdist(recipe), false));
    }
    this.#page(name, versions, files);
  }

  /** A project with one sdist of this size, which is no archive: nobody looks into sdists. */
  large(bytes: number): void {
    const piece = Buffer.from(this.#noise);
    const part = join(this.#directory, 'part');
    const file = openSync(part, 'w');
    const hash = createHash('sha256');
    for (let left = bytes; left > 0; left -= piece.length) {
      piece.writeDoubleLE(left);
      const now = piece.subarray(0, Math.min(left, piece.length));
      hash.update(now);
      writeSync(file, now);
    }
    closeSync(file);
    const sha256 = hash.digest('hex');
    const entry = { filename: 'large-1.0.tar.gz', sha256, bytes, metadataSha256: null, requiresPython: null };
    renameSync(part, join(this.#directory, 'files', addressOf(sha256).stored));
    this.#page('large', ['1.0'], [this.#listed(entry)]);
  }

  #page(name: string, versions: readonly string[], files: readonly object[]): void {
    const meta = { '_last-serial': ++this.#serial, 'api-version': '1.4' };
    const status = { status: 'active' };
    const page = { 'alternate-locations': [], files, meta, name, 'project-status': status, versions };
    writeFileSync(join(this.#directory, 'pages', `${name}.json`), `${JSON.stringify(page)}\n`);
    this.pages.push(`/simple/${name}/`);
    this.#list.push({ '_last-serial': this.#serial, name });
  }

  #distribution({ filename, bytes, metadata, requiresPython }: Distribution, sidecar: boolean): object {
    const digest = sha256(bytes);
    const stored = join(this.#directory, 'files', addressOf(digest).stored);
    writeFileSync(stored, bytes);
    if (metadata !== null && sidecar) writeFileSync(`${stored}.metadata`, metadata);
    const metadataSha256 = metadata === null ? null : sha256(metadata);
    const listed = { filename, sha256: digest, bytes: bytes.length, metadataSha256, requiresPython };
    return this.#listed(listed, sidecar);
  }

  /** The entry of a file on its project's page (PEP 691). */
  #listed(file: ListedFile, sidecar = false): object {
    const path = `/packages/${addressOf(file.sha256).url}/${file.filename}`;
    this.files.push(path);
    this.bytes += file.bytes;
    if (sidecar) this.metadata.push(`${path}.metadata`);
    const coreMetadata = file.metadataSha256 === null ? false : { sha256: file.metadataSha256 };
    return {
      'core-metadata': coreMetadata,
      'data-dist-info-metadata': coreMetadata,
      filename: file.filename,
      hashes: { sha256: file.sha256 },
      provenance: null,
      'requires-python': file.requiresPython,
      size: file.bytes,
      'upload-time': '2026-01-01T00:00:00.000000Z',
      url: path,
      yanked: false,
    };
  }

  /** The list, and what the changelog answers: its head, and that nothing has happened since. */
  end(): void {
    const meta = { '_last-serial': this.#serial, 'api-version': '1.4' };
    const list = { meta, projects: this.#list };
    writeFileSync(join(this.#directory, 'list.json'), `${JSON.stringify(list)}\n`);
    const answer = (value: string) =>
      `<?xml version='1.0'?>\n<methodResponse><params><param><value>${value}</value></param></params></methodResponse>\n`;
    writeFileSync(join(this.#directory, 'head.xml'), answer(`<int>${this.#serial}</int>`));
    writeFileSync(join(this.#directory, 'no-rows.xml'), answer('<array><data></data></array>'));
  }
}

function written(directory: string, write: (writer: TreeWriter) => void): UpstreamTree {
  const writer = new TreeWriter(directory);
  write(writer);
  writer.end();
  const { pages, files, metadata, bytes } = writer;
  return { directory, list: '/simple/', pages, files, metadata, bytes };
}

/** Writes the tree into a new directory. */
export function makeTree(directory: string, options: TreeOptions): UpstreamTree {
  return written(directory, (writer) => {
    for (let number = 0; number < options.projects; number++) writer.project(number, options);
  });
}

/** A tree of one project with one file of this size. */
export function makeLargeTree(directory: string, bytes: number): UpstreamTree {
  return written(directory, (writer) => writer.large(bytes));
}

/** Calls for the head are told from calls for rows by their length: nginx does not look into what is sent. */
const HEAD_CALL_BYTES = callBody({ url: '', method: 'changelog_last_serial', params: [] }).length;

/** nginx's `http { }` for the tree: PyPI's addresses and media types over the files as they lie. */
export function treeLocations(directory: string): { readonly http: string; readonly server: string } {
  const json = 'types { } default_type application/vnd.pypi.simple.v1+json;';
  const xml = 'internal; types { } default_type text/xml;';
  return {
    http: `map $content_length $rows { ${HEAD_CALL_BYTES} /head.xml; default /no-rows.xml; }`,
    server: [
      // What ends with a slash would be nginx's index module's, which knows directories only.
      'rewrite ^/simple/$ /list.json last;',
      'rewrite ^/simple/([^/]+)/$ /pages/$1.json last;',
      `location = /list.json { internal; ${json} root "${directory}"; }`,
      `location /pages/ { internal; ${json} root "${directory}"; }`,
      'location ~ "^/packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+?(\\.metadata)?$" {',
      `  types { } default_type application/octet-stream; alias "${directory}/files/$1/$2$3$4";`,
      '}',
      // A static file answers 405 to POST.
      `location = /pypi { root "${directory}"; try_files /head.xml =404; error_page 405 =200 $rows; }`,
      `location ~ ^/(head|no-rows)\\.xml$ { ${xml} root "${directory}"; }`,
    ].join('\n'),
  };
}
