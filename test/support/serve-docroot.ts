/** The docroot that the table of serve cases is about, and the shape of such a case. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuiltDocroot, buildDocroot, type DocrootProject, detailHtml, detailJson } from './docroot.ts';
import type { Asked } from './http-ask.ts';

export const V1_JSON = 'application/vnd.pypi.simple.v1+json';
export const V1_HTML = 'application/vnd.pypi.simple.v1+html';

/** Headers that only `jubjub serve` sends: they take a look into the page. Static web servers go without them. */
export const SERVE_ONLY_HEADERS: readonly string[] = ['x-pypi-last-serial'];

export interface ServeCase extends Asked {
  readonly name: string;
  readonly status: number;
  /** By lower-case name; null: must not be there. */
  readonly answerHeaders?: Readonly<Record<string, string | RegExp | null>>;
  /** Undefined: any. */
  readonly body?: string | Buffer;
  /** Only `jubjub serve` answers so: no rule of a static web server comes to the same. XML-RPC has a table of its own. */
  readonly serveOnly?: true;
  /** Status and body are the same from a plain static web server over the docroot; headers need not be. */
  readonly plainServerToo?: true;
}

export const WHEEL = 'tulgey_wood-1.0+x-py3-none-any.whl';
export const SDIST = 'tulgey_wood-1.0.tar.gz';
export const WHEEL_BYTES = Buffer.from('0123456789abcdefghij');

export const TULGEY: DocrootProject = {
  name: 'tulgey-wood',
  displayName: 'Tulgey_Wood',
  serial: 42,
  files: [
    {
      filename: WHEEL,
      bytes: WHEEL_BYTES,
      metadata: Buffer.from('Metadata-Version: 2.1\n'),
      provenance: Buffer.from('{"version":1}'),
      requiresPython: '>=3.8',
    },
    { filename: SDIST, bytes: Buffer.from('no gzip at all') },
  ],
};
export const PROJECTS = [TULGEY, { name: 'snark', displayName: 'snark', serial: 7, files: [] }];

/** A document of the JSON API (protocol §3), in outline: its keys in PyPI's order. */
export function apiJson(project: DocrootProject): string {
  const info = { name: project.displayName, summary: '"last_serial":1', version: '1.0+x' };
  return JSON.stringify({ info, last_serial: project.serial + 1, releases: {}, urls: [] });
}

/** The twin of a page, as `[pages] precompress` makes it. */
export const TULGEY_TWINS = {
  html: gzipSync(detailHtml(TULGEY)),
  json: gzipSync(detailJson(TULGEY)),
};

/**
 * `<parent>/web` with two projects, a private file beside it, and links and dotfiles that must stay hidden. One project
 * has twins of its pages and a document of the JSON API, the other has neither.
 */
export function buildTableDocroot(parent: string): BuiltDocroot {
  const built = buildDocroot(path.join(parent, 'web'), PROJECTS);
  mkdirSync(path.join(parent, 'state'));
  writeFileSync(path.join(parent, 'state', 'catalogue.db'), 'private');
  const page = path.join(built.directory, 'simple', TULGEY.name);
  writeFileSync(path.join(page, 'index.html.gz'), TULGEY_TWINS.html);
  writeFileSync(path.join(page, 'index.v1_json.gz'), TULGEY_TWINS.json);
  mkdirSync(path.join(built.directory, 'pypi', TULGEY.name), { recursive: true });
  writeFileSync(path.join(built.directory, 'pypi', TULGEY.name, 'json'), apiJson(TULGEY));
  const packages = path.join(built.directory, 'packages');
  symlinkSync(path.join(parent, 'state', 'catalogue.db'), path.join(packages, 'way-out'));
  symlinkSync(path.join(parent, 'state'), path.join(packages, 'way-out-too'));
  writeFileSync(path.join(packages, '.hidden'), 'hidden');
  return built;
}
