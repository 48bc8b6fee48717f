/**
 * Readers of a docroot behind a web server, while somebody writes it: root index → pages → files and sidecars.
 *
 * What a page says may be over by the time that it is followed, because the page has changed in between. So a link that
 * leads nowhere is a broken promise (P1) only if the page, read once more, still says the same: then it was there all the time.
 */
import { Agent, get } from 'node:http';
import { allLinks, type PageLink, sha256Hex } from '../docroot-pages.ts';
import type { Prng } from '../prng.ts';

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** How many pages one look at a root index leads to. */
const PAGES_PER_LOOK_MAX = 4;

export class LinkReader {
  readonly violations: string[] = [];
  requests = 0;
  pagesRead = 0;
  filesRead = 0;
  /** Links that led nowhere because their page had changed meanwhile. */
  overtaken = 0;
  readonly #base: string;
  readonly #prng: Prng;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #hadRoot = false;

  /** @param base address of a docroot, ending with a slash */
  constructor(base: string, prng: Prng) {
    this.#base = base;
    this.#prng = prng;
  }

  /** Reads one form of the root index and follows it to some projects, to the last file. */
  async look(): Promise<void> {
    const form = this.#prng.pick(['html', 'v1_json']);
    const path = `simple/index.${form}`;
    const root = await this.#get(path);
    if (root.status === 404 && !this.#hadRoot) return;
    this.#expect(root.status === 200, `P1: the root index is gone (${root.status})`);
    this.#hadRoot = true;
    const names = namesOn(root.body.toString('utf8'), form);
    const some = Array.from({ length: Math.min(PAGES_PER_LOOK_MAX, names.length) }, () =>
      this.#prng.pick(names),
    );
    for (const name of new Set(some))
      await this.#readPage(path, root, `simple/${name}/index.${this.#prng.pick(['html', 'v1_json'])}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #readPage(rootPath: string, root: Answer, path: string): Promise<void> {
    const page = await this.#get(path);
    if (page.status !== 200) {
      await this.#unlessOvertaken(rootPath, root, `it leads to ${path}: ${page.status}`);
      return;
    }
    this.pagesRead += 1;
    let links: PageLink[];
    try {
      links = allLinks(new Map([[path, page.body]]));
    } catch (error) {
      // P3: no page is ever half a page, whatever happens meanwhile.
      this.violations.push(`P3: ${path}: ${String(error)}`);
      return;
    }
    for (const link of links) {
      await this.#readFile(path, page, link.target ?? link.href, link.sha256);
      if (link.metadataSha256 !== null)
        await this.#readFile(path, page, `${link.target}.metadata`, link.metadataSha256);
    }
  }

  async #readFile(pagePath: string, page: Answer, path: string, sha256: string | null): Promise<void> {
    const file = await this.#get(path);
    this.filesRead += 1;
    if (file.status === 200 && sha256Hex(file.body) === sha256) return;
    await this.#unlessOvertaken(
      pagePath,
      page,
      `it leads to ${path}: ${file.status}, sha256 ${sha256Hex(file.body)}`,
    );
  }

  async #unlessOvertaken(path: string, before: Answer, what: string): Promise<void> {
    const now = await this.#get(path);
    if (now.status === before.status && now.body.equals(before.body))
      this.violations.push(`P1: ${path} stands, and ${what}`);
    else this.overtaken += 1;
  }

  #expect(holds: boolean, what: string): void {
    if (!holds) this.violations.push(what);
  }

  #get(path: string): Promise<Answer> {
    this.requests += 1;
    const url = `${this.#base}${path.split('/').map(encodeURIComponent).join('/')}`;
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: this.#agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
        response.on('error', reject);
      });
      request.on('error', reject);
    });
  }
}

/** Whole or not at all: what is cut off has no end (P3). */
function namesOn(text: string, form: string): string[] {
  if (form === 'html') {
    if (!/<\/html>\s*(<!--SERIAL \d+-->)?\s*$/.test(text)) throw new Error('P3: half a root index');
    return [...text.matchAll(/<a href="([^"/]*)\/">/g)].map(([, name = '']) => name);
  }
  const { projects } = JSON.parse(text) as { projects: { name: string }[] };
  return projects.map(({ name }) => name.toLowerCase().replace(/[-_.]+/g, '-'));
}
