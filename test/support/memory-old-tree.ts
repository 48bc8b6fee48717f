/** An old tree in memory: files by path; its links into the docroot hang by the lifeline of the store that they go to. */
import { createHash } from 'node:crypto';
import { interrupted } from '../../src/clock.ts';
import { metadataPath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type {
  Digest,
  OldFile,
  OldPages,
  OldProject,
  OldProjects,
  OldTree,
} from '../../src/store/contract.ts';
import { sha256Of } from '../../src/store/staging.ts';
import type { Tree } from './engine.ts';
import type { MemoryStore } from './memory-store.ts';

const PAGE = /^index\.(?:html|v1_html|v1_json)(?:\.(?:gz|br|zst))?$/;

export class MemoryOldTree implements OldTree {
  readonly isDocroot: boolean;
  /** Whose bytes were read. */
  readonly bytesRead: string[] = [];
  readonly #files: () => Tree;
  readonly #store: MemoryStore;

  /** `files` null: the tree is the store's own docroot. */
  constructor(store: MemoryStore, files: Tree | null) {
    this.isDocroot = files === null;
    this.#files = () => files ?? store.tree();
    this.#store = store;
  }

  async projects(): Promise<OldProjects> {
    const places = new Set<string>();
    for (const path of this.#files().keys()) {
      const [, place] = /^simple\/(.\/[^/]+|[^/]+)\/[^/]+$/.exec(path) ?? [];
      if (place !== undefined) places.add(place);
    }
    const all = [...places].sort();
    const each = all.map((place) => ({
      name: place.slice(place.indexOf('/') + 1),
      directory: `simple/${place}`,
    }));
    return { count: all.length, others: 0, each };
  }

  async pages({ directory }: OldProject): Promise<OldPages | null> {
    const names = this.#namesIn(directory);
    const pages = names.filter((name) => PAGE.test(name));
    return { names: pages, others: names.length - pages.length };
  }

  async readPage({ directory }: OldProject, name: string, bytesMax: number): Promise<Uint8Array | null> {
    const bytes = this.#files().get(`${directory}/${name}`);
    return bytes === undefined || bytes.length > bytesMax ? null : bytes;
  }

  async file(path: DocrootPath): Promise<OldFile> {
    const files = this.#files();
    const bytes = files.get(path);
    const hasMetadata = files.has(metadataPath(path));
    if (bytes === undefined) return { kind: 'absent', sizeBytes: 0, hasMetadata: false, others: 0 };
    return { kind: 'file', sizeBytes: bytes.length, hasMetadata, others: 0 };
  }

  async digest(path: DocrootPath, signal: AbortSignal): Promise<Digest | null> {
    if (signal.aborted) throw interrupted();
    const bytes = this.#files().get(path);
    if (bytes === undefined) return null;
    this.bytesRead.push(path);
    return { sha256: sha256Of(createHash('sha256').update(bytes)), sizeBytes: bytes.length };
  }

  async *read(path: DocrootPath, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (signal.aborted) throw interrupted();
    const bytes = this.#files().get(path);
    if (bytes === undefined) return;
    this.bytesRead.push(path);
    // In pieces, so that a kill may come between them.
    for (let at = 0; at < bytes.length; at += 512) yield bytes.subarray(at, at + 512);
  }

  /** By way of staging: a link is there or not, a power cut may take it away until all of them are flushed. */
  async link(paths: readonly DocrootPath[]): Promise<void> {
    for (const path of paths) await this.#store.stageBytes(path, this.#files().get(path) ?? Buffer.alloc(0));
    await this.#store.flushStaged(paths);
    await this.#store.place(paths);
  }

  async flush(): Promise<void> {
    this.#store.lifeline.step('flush the old tree');
  }

  #namesIn(directory: string): string[] {
    const paths = [...this.#files().keys()].filter((path) => path.startsWith(`${directory}/`));
    return paths.map((path) => path.slice(directory.length + 1)).filter((name) => !name.includes('/'));
  }
}
