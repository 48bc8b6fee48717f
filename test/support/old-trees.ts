/** Old docroots as operators have them: what bandersnatch and shadowmire made of an index, and what years did to it. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { IndexState } from '../../src/demo/index-state.ts';
import { type TreeOptions, TreeWriter } from './dialects/tree-writer.ts';

/** The layouts of protocol §7, by the tool and what tells its versions apart. */
export const LAYOUTS = [
  'bandersnatch-html',
  'bandersnatch-6',
  'bandersnatch-8',
  'bandersnatch-hash-index',
  'bandersnatch-versions',
  'shadowmire',
] as const;

export type Layout = (typeof LAYOUTS)[number];

const OPTIONS: Readonly<Record<Layout, TreeOptions>> = {
  'bandersnatch-html': { formats: 'html', keepsRemoved: true },
  'bandersnatch-6': { keepsRemoved: true, json: true },
  'bandersnatch-8': { keepsRemoved: true },
  'bandersnatch-hash-index': { keepsRemoved: true },
  'bandersnatch-versions': { keepsRemoved: true },
  shadowmire: { flavour: 'shadowmire', keepsRemoved: true },
};

/** `.metadata` is stored since bandersnatch 8; shadowmire stores what pages advertise. */
const WITHOUT_SIDECARS: ReadonlySet<Layout> = new Set(['bandersnatch-html', 'bandersnatch-6']);

/** An old docroot on disk: `root` is what was its `web/`, and beside it lies what these tools keep there. */
export class OldDocroot {
  readonly root: string;
  readonly layout: Layout;
  readonly #writer: TreeWriter;

  constructor(directory: string, layout: Layout) {
    this.root = join(directory, 'web');
    this.layout = layout;
    mkdirSync(this.root, { recursive: true });
    this.#writer = new TreeWriter(this.root, OPTIONS[layout]);
  }

  /** One run of the old tool: the tree becomes what it makes of the index, and keeps what the index has lost. */
  write(state: IndexState): this {
    this.#writer.write(state);
    if (WITHOUT_SIDECARS.has(this.layout))
      for (const path of this.paths()) if (path.endsWith('.metadata')) rmSync(join(this.root, path));
    if (this.layout === 'bandersnatch-hash-index') this.#hash();
    if (this.layout === 'bandersnatch-versions') this.#version();
    writeFileSync(join(dirname(this.root), 'todo'), '');
    writeFileSync(join(dirname(this.root), 'status'), String(state.lastSerial));
    return this;
  }

  /** Paths of everything but directories, sorted. */
  paths(): string[] {
    const all = readdirSync(this.root, { recursive: true, encoding: 'utf8', withFileTypes: true });
    return all
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.root.length + 1))
      .sort();
  }

  /** The path of a file below `packages/`. */
  pathOf(filename: string): string {
    const path = this.paths().find((one) => one.endsWith(`/${filename}`));
    if (path === undefined) throw new Error(`the old tree has no ${filename}`);
    return path;
  }

  /** What killed runs leave: hidden temporary files beside a page and a file, and the tools' own. */
  litter(filename: string, name: string): this {
    const file = join(this.root, this.pathOf(filename));
    writeFileSync(join(dirname(file), `.${filename}.x7k2`), 'half a fi');
    writeFileSync(`${file}.tmp`, 'half');
    writeFileSync(join(dirname(this.page(name)), '.index.html.q9'), '<a href="../../packages/');
    writeFileSync(join(this.root, 'local.db'), 'SQLite format 3');
    return this;
  }

  /** Other bytes of the same length. */
  damage(filename: string): this {
    const file = join(this.root, this.pathOf(filename));
    const bytes = Buffer.from(readFileSync(file));
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    return this;
  }

  lengthen(filename: string): this {
    appendFileSync(join(this.root, this.pathOf(filename)), 'x');
    return this;
  }

  lose(filename: string): this {
    rmSync(join(this.root, this.pathOf(filename)));
    return this;
  }

  /** The file lies elsewhere, with a link in its place. */
  linkAway(filename: string): this {
    const file = join(this.root, this.pathOf(filename));
    const away = join(dirname(this.root), filename);
    renameSync(file, away);
    symlinkSync(away, file);
    return this;
  }

  /** Where a project's HTML page lies. */
  page(name: string): string {
    const letter = this.layout === 'bandersnatch-hash-index' ? [name.slice(0, 1)] : [];
    return join(this.root, 'simple', ...letter, name, 'index.html');
  }

  /** The tree as it is, links as what they lead to. */
  contents(): Map<string, Buffer> {
    const files = this.paths().filter((path) => statSync(join(this.root, path)).isFile());
    return new Map(files.map((path) => [path, readFileSync(join(this.root, path))]));
  }

  /** A copy in the place of a mirror's own docroot. */
  copyTo(web: string): void {
    cpSync(this.root, web, { recursive: true, verbatimSymlinks: true });
  }

  #projects(): string[] {
    const entries = readdirSync(join(this.root, 'simple'), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory() && entry.name.length > 1).map(({ name }) => name);
  }

  #hash(): void {
    for (const name of this.#projects()) {
      const target = join(this.root, 'simple', name.slice(0, 1), name);
      mkdirSync(dirname(target), { recursive: true });
      rmSync(target, { recursive: true, force: true });
      renameSync(join(this.root, 'simple', name), target);
    }
  }

  /** `keep-index-versions`: `index.html` is an absolute link to the newest of them. */
  #version(): void {
    for (const name of this.#projects()) {
      const page = this.page(name);
      const kept = join(dirname(page), 'versions', 'index_7_2026-01-01T000000Z.html');
      mkdirSync(dirname(kept), { recursive: true });
      writeFileSync(kept, readFileSync(page));
      rmSync(page);
      symlinkSync(kept, page);
    }
  }
}
