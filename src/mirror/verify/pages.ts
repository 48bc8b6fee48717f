/** Step pages: both forms, their gzipped twins and the JSON API document are what the catalogue says. */

import { sha256Of } from '../../pypi/digests.ts';
import { parseJsonApi } from '../../pypi/json-api.ts';
import { bucketOf } from '../../pypi/manifest.ts';
import { apiPath, bucketPath, detailPaths, gzipPath } from '../../pypi/paths.ts';
import type { DocrootPath } from '../../pypi/types.ts';
import { READ_BYTES_MAX } from '../../store/contract.ts';
import { hasTwin, renderPages } from '../publish.ts';
import { type DamageKind, type Finding, isOfOneThing, reasonOf, unreadable } from './damage.ts';
import type { Look, VerifyDeps } from './options.ts';
import type { Rows } from './project.ts';

export interface PagesReport {
  readonly findings: readonly Finding[];
  /** Documents of every kind that were looked at. */
  readonly pages: number;
  readonly bytes: number;
}

/** `isKnown`: its rows are in order, so that it is certain what its pages must say; else they must only be there. */
export async function checkPages(
  deps: VerifyDeps,
  rows: Rows,
  isKnown: boolean,
  look: Look,
): Promise<PagesReport> {
  const check = new PageCheck(deps, rows, look);
  const { html, json } = detailPaths(rows.known.name);
  if (isKnown && rows.detail !== null && rows.files !== null) {
    const { detail, files, known, leadsUpstream } = rows;
    const pages = renderPages(deps, detail, files, known.selectedMs, leadsUpstream);
    for (const [path, text] of [pages.html, pages.json]) await check.page(path, Buffer.from(text, 'utf8'));
    check.proof(pages.json[1]);
  } else for (const path of [html, json]) await check.page(path, null);
  await check.document();
  return check;
}

class PageCheck implements PagesReport {
  readonly findings: Finding[] = [];
  pages = 0;
  bytes = 0;
  readonly #deps: VerifyDeps;
  readonly #known: Rows['known'];
  readonly #look: Look;

  constructor(deps: VerifyDeps, { known }: Rows, look: Look) {
    this.#deps = deps;
    this.#known = known;
    this.#look = look;
  }

  /** `wanted` is null when nobody knows what it must say. */
  async page(path: DocrootPath, wanted: Buffer | null): Promise<void> {
    await this.#guard(path, async () => {
      const there = await this.#read(path);
      if (there === null) this.#found('page-missing', path, digestText(wanted), 'nothing');
      else if (wanted !== null && !this.#isSame(there, wanted))
        this.#found('page-wrong', path, digestText(wanted), digestText(there));
    });
    if (this.#deps.settings.precompress) await this.#twin(path, wanted);
  }

  async #twin(path: DocrootPath, wanted: Buffer | null): Promise<void> {
    const twin = gzipPath(path);
    await this.#guard(twin, async () => {
      const there = await this.#read(twin);
      const expected = `gzip of ${digestText(wanted)}`;
      if (there === null) this.#found('twin-wrong', twin, expected, 'nothing');
      else if (there instanceof Uint8Array && wanted !== null) {
        const store = { read: async () => there };
        if (!(await hasTwin(store, path, wanted)))
          this.#found('twin-wrong', twin, expected, digestText(there));
      }
    });
  }

  /** What the completeness proof promises of the page. */
  proof(json: string): void {
    const { name, pageSha256 } = this.#known;
    const sha256 = sha256Of(json);
    if (pageSha256 === null || pageSha256 === sha256) return;
    this.#found(
      'manifest-wrong',
      bucketPath(bucketOf(name)),
      `sha256 ${sha256} for ${name}`,
      `sha256 ${pageSha256}`,
    );
  }

  /** The document comes from upstream and is not kept in the catalogue: its digest is. */
  async document(): Promise<void> {
    const { name, api } = this.#known;
    if (!this.#deps.settings.jsonApi || api === null) return;
    const path = apiPath(name);
    await this.#guard(path, async () => {
      const there = await this.#read(path);
      const expected = api.sha256 === null ? 'the document of the project' : `sha256 ${api.sha256}`;
      if (there === null) this.#found('document-missing', path, expected, 'nothing');
      else if (there instanceof Uint8Array && api.sha256 !== null && sha256Of(there) !== api.sha256)
        this.#found('document-wrong', path, expected, digestText(there));
      else if (there instanceof Uint8Array && api.sha256 === null) this.#parse(path, there, expected);
    });
  }

  #parse(path: DocrootPath, there: Uint8Array, expected: string): void {
    try {
      parseJsonApi(there, this.#known.name);
    } catch (error) {
      if (!isOfOneThing(error)) throw error;
      this.#found('document-wrong', path, expected, reasonOf(error));
    }
  }

  /** The bytes; their number with `--quick`; null when there are none. */
  async #read(path: DocrootPath): Promise<Uint8Array | number | null> {
    this.pages += 1;
    const { store } = this.#deps;
    const size = this.#look.quick ? await store.size(path) : null;
    if (size !== null) return size;
    // Also tells a page that is not there from something else that is in its place.
    const bytes = await store.read(path);
    this.bytes += bytes?.length ?? 0;
    // Pages are small: to wait after one keeps the rate as well as to wait before.
    await this.#look.pace?.(bytes?.length ?? 0);
    return bytes;
  }

  #isSame(there: Uint8Array | number, wanted: Buffer): boolean {
    return typeof there === 'number' ? there === wanted.length : wanted.equals(there);
  }

  async #guard(path: DocrootPath, look: () => Promise<void>): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (!isOfOneThing(error)) throw error;
      this.findings.push(unreadable('pages', this.#known.name, path, error));
    }
  }

  #found(kind: DamageKind, path: DocrootPath, expected: string, received: string): void {
    this.findings.push({ kind, step: 'pages', project: this.#known.name, path, expected, received });
  }
}

function digestText(page: Uint8Array | number | null): string {
  if (page === null) return 'the page of the project';
  if (typeof page === 'number') return `${page} bytes`;
  if (page.length >= READ_BYTES_MAX) return `${READ_BYTES_MAX} bytes or more`;
  return `sha256 ${sha256Of(page)} (${page.length} bytes)`;
}
