/** Writes an index's state as the docroot of another mirror's tool, from PyPI's JSON API as these tools do (protocol §7). */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { IndexState } from '../../../src/demo/index-state.ts';
import { projectJson } from '../../../src/demo/render-project-json.ts';
import { SIM_START_MS } from '../sim/clock.ts';
import {
  type ToolDocument,
  toolDetailHtml,
  toolDetailJson,
  toolFiles,
  toolListHtml,
  toolListJson,
} from './tree-pages.ts';

export interface TreeOptions {
  /** @default 'bandersnatch' */
  readonly flavour?: 'bandersnatch' | 'shadowmire';
  /** 'html': a tree without JSON pages, whose only serials are comments. @default 'all' */
  readonly formats?: 'all' | 'html';
  /** bandersnatch's `json = true`: `json/<name>` and `pypi/<name>/json`. shadowmire always has the first. @default false */
  readonly json?: boolean;
  /** Leaves pages of projects that are gone upstream, as bandersnatch does. @default false */
  readonly keepsRemoved?: boolean;
  /** Which files are stored; pages list the others, too, as a partial shadowmire does. @default all */
  readonly stores?: (filename: string) => boolean;
}

/** So far are the dates of two writes apart: nginx tells them apart by the second. */
const WRITE_EVERY_MS = 60_000;
/** What these tools take PyPI's own addresses for does not matter: they keep the path alone. */
const URLS = { site: 'https://pypi.example', files: 'https://files.example' };

export class TreeWriter {
  readonly #directory: string;
  readonly #options: TreeOptions;
  #nowMs = SIM_START_MS;

  constructor(directory: string, options: TreeOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Packages first, pages after them, the list last. */
  write(state: IndexState): void {
    this.#nowMs += WRITE_EVERY_MS;
    const serials: Record<string, number> = {};
    for (const project of state.projects) {
      const text = projectJson(project, URLS);
      if (text === null) continue;
      const document = JSON.parse(text) as ToolDocument;
      serials[project.normalized] = document.last_serial;
      this.#writeFiles(state, document);
      this.#writeProject(project.normalized, document, text);
    }
    if (this.#options.keepsRemoved !== true) this.#removeOthers(serials);
    this.#writeList(state.lastSerial ?? 0, serials);
  }

  get #isShadowmire(): boolean {
    return this.#options.flavour === 'shadowmire';
  }

  #writeFiles(state: IndexState, document: ToolDocument): void {
    for (const file of toolFiles(document)) {
      if (this.#options.stores?.(file.filename) === false) continue;
      const path = new URL(file.url).pathname;
      // The path as the file system has it; pages and URLs escape it.
      const plain = decodeURIComponent(path);
      for (const suffix of ['', '.metadata']) {
        const bytes = state.blob(`${plain}${suffix}`);
        if (bytes !== undefined) this.#put(`${plain}${suffix}`, bytes);
      }
    }
  }

  #writeProject(name: string, document: ToolDocument, text: string): void {
    const { json = false } = this.#options;
    const folder = `simple/${name}`;
    const html = toolDetailHtml(document);
    const detail = toolDetailJson(name, document, this.#isShadowmire);
    this.#putPages(folder, html, detail);
    if (json || this.#isShadowmire) this.#put(`json/${name}`, Buffer.from(text));
    if (json && !this.#isShadowmire) this.#put(`pypi/${name}/json`, Buffer.from(text));
  }

  #writeList(serial: number, serials: Readonly<Record<string, number>>): void {
    const simple = join(this.#directory, 'simple');
    mkdirSync(simple, { recursive: true });
    const names = readdirSync(simple, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
    this.#putPages('simple', toolListHtml(names), toolListJson(serial, names));
    if (this.#isShadowmire) {
      this.#put('local.json', Buffer.from(JSON.stringify(serials, null, 2)));
      this.#put('local.db.serial', Buffer.from(String(serial)));
    } else {
      const at = new Date(this.#nowMs).toISOString().replaceAll('-', '').slice(0, 17);
      this.#put('last-modified', Buffer.from(`${at}\n`));
    }
  }

  #putPages(folder: string, html: string, json: string): void {
    if (this.#options.formats === 'html') {
      this.#put(`${folder}/index.html`, Buffer.from(html));
      return;
    }
    this.#put(`${folder}/index.v1_html`, Buffer.from(html));
    this.#put(`${folder}/index.v1_json`, Buffer.from(json));
    if (this.#isShadowmire) this.#link(`${folder}/index.html`, 'index.v1_html');
    else this.#put(`${folder}/index.html`, Buffer.from(html));
  }

  /** A file that has these bytes already keeps its time. */
  #put(path: string, bytes: Buffer): void {
    const file = join(this.#directory, path);
    if (existsSync(file) && readFileSync(file).equals(bytes)) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    utimesSync(file, this.#nowMs / 1000, this.#nowMs / 1000);
  }

  #link(path: string, target: string): void {
    const file = join(this.#directory, path);
    if (lstatSync(file, { throwIfNoEntry: false }) === undefined) symlinkSync(target, file);
  }

  #removeOthers(serials: Readonly<Record<string, number>>): void {
    for (const folder of ['simple', 'json', 'pypi']) {
      const at = join(this.#directory, folder);
      if (!existsSync(at)) continue;
      for (const name of readdirSync(at))
        if (!name.startsWith('index.') && !Object.hasOwn(serials, name))
          rmSync(join(at, name), { recursive: true });
    }
  }
}
