/**
 * The state behind an index that has no journal: projects with files that come, go, and may be replaced in place.
 *
 * Every change raises one counter and happens at a time of its own, a minute after the one before, so that dates with
 * whole seconds tell changes apart and no test hangs on the time of day.
 */
import { createHash } from 'node:crypto';
import { type Distribution, normalize } from '../../../src/demo/distribution.ts';
import { SIM_START_MS } from '../sim/clock.ts';

export interface ShelfFile {
  readonly filename: string;
  readonly version: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly md5: string;
  readonly metadata: Buffer | null;
  readonly requiresPython: string | null;
  /** PEP 592: false, true, or the reason. */
  readonly yanked: boolean | string;
  /** When its bytes were put here. */
  readonly modifiedMs: number;
}

export interface ShelfProject {
  readonly displayName: string;
  readonly normalized: string;
  /** When its list of files, or what is said of them, last changed; bytes that are replaced in place do not count. */
  changedMs: number;
  readonly files: Map<string, ShelfFile>;
}

const CHANGE_EVERY_MS = 60_000;

function digest(algorithm: 'md5' | 'sha256', bytes: Buffer): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

export class Shelf {
  /** Rises with each change, and with `bump`. */
  counter = 1;
  /** When a project last came or went. */
  listChangedMs: number;
  /** Files that are no longer here, under the names and digests that they had. */
  readonly removed: ShelfFile[] = [];
  readonly #projects = new Map<string, ShelfProject>();
  #nowMs = SIM_START_MS;

  constructor() {
    this.listChangedMs = this.#nowMs;
  }

  /** By normalized name, sorted. */
  get projects(): readonly ShelfProject[] {
    return [...this.#projects.values()].sort((a, b) => (a.normalized < b.normalized ? -1 : 1));
  }

  /** In any spelling. */
  project(name: string): ShelfProject | undefined {
    return this.#projects.get(normalize(name));
  }

  /** A project without files; nothing if it is there. */
  createProject(displayName: string): ShelfProject {
    const normalized = normalize(displayName);
    const known = this.#projects.get(normalized);
    if (known !== undefined) return known;
    const nowMs = this.bump();
    const made: ShelfProject = { displayName, normalized, changedMs: nowMs, files: new Map() };
    this.#projects.set(normalized, made);
    this.listChangedMs = nowMs;
    return made;
  }

  /** A new file, or another of the same name in its place; the project comes with its first. */
  put(dist: Distribution, yanked: boolean | string = false): ShelfFile {
    const project = this.createProject(dist.name);
    const before = project.files.get(dist.filename);
    if (before !== undefined) this.removed.push(before);
    const nowMs = this.bump();
    const { filename, version, bytes, metadata, requiresPython } = dist;
    const file: ShelfFile = {
      filename,
      version,
      bytes,
      sha256: digest('sha256', bytes),
      md5: digest('md5', bytes),
      metadata,
      requiresPython,
      yanked,
      modifiedMs: nowMs,
    };
    project.files.set(filename, file);
    project.changedMs = nowMs;
    return file;
  }

  /** Remembers what is here; what it returns brings all of it back, with its times, as whoever restores a backup does. */
  backup(): () => void {
    const projects = this.projects.map((one) => ({ ...one, files: new Map(one.files) }));
    const { counter, listChangedMs } = this;
    return () => {
      this.#projects.clear();
      for (const one of projects) this.#projects.set(one.normalized, one);
      this.counter = counter;
      this.listChangedMs = listChangedMs;
    };
  }

  /** Other bytes at the same address. Where pages carry no digest, no page changes: only asking for the file tells. */
  replaceBytes(filename: string, bytes: Buffer): ShelfFile {
    const { project, file } = this.#find(filename);
    const sha256 = digest('sha256', bytes);
    const replaced = { ...file, bytes, sha256, md5: digest('md5', bytes), modifiedMs: this.bump() };
    this.removed.push(file);
    project.files.set(filename, replaced);
    return replaced;
  }

  /** PEP 592: true, a reason, or false to take it back. */
  yank(filename: string, yanked: boolean | string): void {
    const { project, file } = this.#find(filename);
    project.files.set(filename, { ...file, yanked });
    project.changedMs = this.bump();
  }

  removeFile(filename: string): void {
    const { project, file } = this.#find(filename);
    project.files.delete(filename);
    this.removed.push(file);
    project.changedMs = this.bump();
  }

  removeProject(name: string): void {
    const project = this.project(name);
    if (project === undefined) throw new Error(`no such project on the shelf: ${name}`);
    this.removed.push(...project.files.values());
    this.#projects.delete(project.normalized);
    this.listChangedMs = this.bump();
  }

  /** Something happened that no page shows, as on another index of the same server. Answers the time of it. */
  bump(): number {
    this.counter += 1;
    this.#nowMs += CHANGE_EVERY_MS;
    return this.#nowMs;
  }

  #find(filename: string): { project: ShelfProject; file: ShelfFile } {
    for (const project of this.#projects.values()) {
      const file = project.files.get(filename);
      if (file !== undefined) return { project, file };
    }
    throw new Error(`no such file on the shelf: ${filename}`);
  }
}
