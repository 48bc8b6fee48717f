/**
 * The state of an index like PyPI: projects, releases, files, and the journal of everything that happened to them.
 *
 * Each method is one transaction: it changes the state, writes journal rows with PyPI's literal action strings
 * (protocol §1.7), moves the project's serial as PyPI's trigger does, and tells the listeners, who play the CDN.
 */
import { createHash } from 'node:crypto';
import { JubjubError } from '../errors.ts';
import type { ChangelogRow, JsonObject } from '../pypi/types.ts';
import { type Distribution, normalize } from './distribution.ts';
import type { Commit, IndexFile, IndexProject, IndexRelease, RawRow } from './index-model.ts';

export interface IndexStateOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The serial before the first row. @default 38_000_000 */
  readonly startSerial?: number;
  /** How many ids are lost before the next row: rolled-back transactions consume ids (protocol §1.8). @default none */
  readonly gap?: () => number;
}

export type Role = 'Owner' | 'Maintainer';
type Entry = readonly [version: string | null, action: string];

const DEFAULT_START_SERIAL = 38_000_000;

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** PyPI names files by BLAKE2b-256, which Node lacks: this is another 256 bits of the same kind, and not the sha256. */
function filePath(dist: Distribution): string {
  const hex = createHash('blake2b512').update(dist.bytes).digest('hex').slice(0, 64);
  return `/packages/${hex.slice(0, 2)}/${hex.slice(2, 4)}/${hex.slice(4)}/${dist.filename}`;
}

function refused(what: string): JubjubError {
  return new JubjubError('INTERNAL', `the built-in upstream refuses: ${what}`);
}

export class IndexState {
  readonly #options: IndexStateOptions;
  readonly #projects = new Map<string, IndexProject>();
  readonly #rows: ChangelogRow[] = [];
  /** By path; nothing ever leaves (protocol §4.3: deleting a file only changes the database). */
  readonly #blobs = new Map<string, Buffer>();
  readonly #filenames = new Set<string>();
  readonly #listeners: ((commit: Commit) => void)[] = [];
  #serial: number;

  constructor(options: IndexStateOptions) {
    this.#options = options;
    this.#serial = options.startSerial ?? DEFAULT_START_SERIAL;
  }

  /** The newest serial; null while the journal is empty. */
  get lastSerial(): number | null {
    return this.#rows.at(-1)?.serial ?? null;
  }

  /** Every project, quarantined ones too, in no particular order. */
  get projects(): Iterable<IndexProject> {
    return this.#projects.values();
  }

  /** The project of that name in any spelling. */
  project(name: string): IndexProject | undefined {
    return this.#projects.get(normalize(name));
  }

  /** Rows with a serial above `since`, ascending, `limit` at most. */
  rowsSince(since: number, limit: number): readonly ChangelogRow[] {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rows[middle]?.serial ?? 0) > since) high = middle;
      else low = middle + 1;
    }
    return this.#rows.slice(low, low + limit);
  }

  /** The bytes at a path of the file host, `.metadata` paths included; removed files stay (trap 15). */
  blob(path: string): Buffer | undefined {
    return this.#blobs.get(path);
  }

  /** True once a file of that name was uploaded: PyPI never takes it again, not even after a removal. */
  filenameUsed(filename: string): boolean {
    return this.#filenames.has(filename);
  }

  /** Called after each transaction. */
  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  createProject(displayName: string, owner = 'carroll'): void {
    const normalized = normalize(displayName);
    if (this.#projects.has(normalized)) throw refused(`the project exists: ${displayName}`);
    const project: IndexProject = {
      displayName,
      normalized,
      lastSerial: 0,
      status: 'active',
      releases: new Map(),
    };
    this.#projects.set(normalized, project);
    this.#commit(project, [
      [null, 'create'],
      [null, `add Owner ${owner}`],
    ]);
  }

  /** One file, as an upload brings it; project and release come into being with their first file. */
  uploadFile(dist: Distribution, provenance: JsonObject | null = null): IndexFile {
    if (this.#filenames.has(dist.filename)) throw refused(`the filename was used before: ${dist.filename}`);
    if (!this.#projects.has(normalize(dist.name))) this.createProject(dist.name);
    const project = this.#require(dist.name);
    const entries: Entry[] = [];
    let release = project.releases.get(dist.version);
    if (release === undefined) {
      release = {
        version: dist.version,
        requiresPython: dist.requiresPython,
        yanked: false,
        quarantined: false,
        files: new Map(),
      };
      project.releases.set(dist.version, release);
      entries.push([dist.version, 'new release']);
    }
    const path = filePath(dist);
    const file: IndexFile = {
      filename: dist.filename,
      path,
      sha256: sha256(dist.bytes),
      sizeBytes: dist.bytes.length,
      metadataSha256: dist.metadata === null ? null : sha256(dist.metadata),
      uploadedMs: this.#options.now(),
      provenance,
    };
    release.files.set(dist.filename, file);
    this.#filenames.add(dist.filename);
    this.#blobs.set(path, dist.bytes);
    if (dist.metadata !== null) this.#blobs.set(`${path}.metadata`, dist.metadata);
    entries.push([dist.version, `add ${dist.pythonVersion} file ${dist.filename}`]);
    this.#commit(project, entries);
    return file;
  }

  yankRelease(name: string, version: string, reason = ''): void {
    const { project, release } = this.#requireRelease(name, version);
    release.yanked = reason === '' ? true : reason;
    this.#commit(project, [[version, 'yank release']]);
  }

  unyankRelease(name: string, version: string): void {
    const { project, release } = this.#requireRelease(name, version);
    release.yanked = false;
    this.#commit(project, [[version, 'unyank release']]);
  }

  /** The file leaves its release; a release without files stays. */
  removeFile(filename: string): void {
    for (const project of this.#projects.values()) {
      for (const release of project.releases.values()) {
        if (!release.files.delete(filename)) continue;
        this.#commit(project, [[release.version, `remove file ${filename}`]]);
        return;
      }
    }
    throw refused(`no such file: ${filename}`);
  }

  removeRelease(name: string, version: string): void {
    const { project } = this.#requireRelease(name, version);
    project.releases.delete(version);
    this.#commit(project, [[version, 'remove release']]);
  }

  /** `purges: false` is what deleting a user does to the user's projects (protocol §1.7). */
  removeProject(name: string, { purges = true }: { purges?: boolean } = {}): void {
    const project = this.#require(name);
    this.#projects.delete(project.normalized);
    this.#commit(project, [[null, 'remove project']], purges);
  }

  quarantineProject(name: string): void {
    this.#setStatus(name, 'quarantined', [[null, 'project quarantined']]);
  }

  clearProjectQuarantine(name: string): void {
    this.#setStatus(name, 'active', [[null, 'project quarantine cleared']]);
  }

  quarantineRelease(name: string, version: string): void {
    const { project, release } = this.#requireRelease(name, version);
    release.quarantined = true;
    this.#commit(project, [[version, 'release quarantined']]);
  }

  clearReleaseQuarantine(name: string, version: string): void {
    const { project, release } = this.#requireRelease(name, version);
    release.quarantined = false;
    this.#commit(project, [[version, 'release quarantine cleared']]);
  }

  /** Changes the pages and purges them, but writes no row: the serial does not move (trap 9). */
  archiveProject(name: string): void {
    this.#setStatus(name, 'archived', []);
  }

  unarchiveProject(name: string): void {
    this.#setStatus(name, 'active', []);
  }

  addRole(name: string, role: Role, user: string): void {
    this.#commit(this.#require(name), [[null, `add ${role} ${user}`]]);
  }

  removeRole(name: string, role: Role, user: string): void {
    this.#commit(this.#require(name), [[null, `remove ${role} ${user}`]]);
  }

  /** An invitation moves the serial and purges nothing (trap 7). */
  invite(name: string, role: Role, user: string): void {
    this.#commit(this.#require(name), [[null, `invite ${role} ${user}`]], false);
  }

  /** A team's role moves the serial and purges nothing; team names may hold spaces. */
  teamRole(name: string, role: Role, team: string): void {
    this.#commit(this.#require(name), [[null, `add ${role} ${team}`]], false);
  }

  /** Writes the row as it stands. */
  journal(row: RawRow): void {
    const name = row.name === null ? null : { displayName: row.name, normalized: normalize(row.name) };
    this.#write(name, [[row.version ?? null, row.action]], row.purges ?? true);
  }

  #setStatus(name: string, status: IndexProject['status'], entries: readonly Entry[]): void {
    const project = this.#require(name);
    project.status = status;
    this.#commit(project, entries);
  }

  #commit(project: IndexProject, entries: readonly Entry[], purges = true): void {
    this.#write(project, entries, purges);
  }

  #write(
    subject: Pick<IndexProject, 'displayName' | 'normalized'> | null,
    entries: readonly (readonly [version: string | null, action: string | null])[],
    purges: boolean,
  ): void {
    const timestampS = Math.floor(this.#options.now() / 1000);
    const name = subject?.displayName ?? null;
    const rows = entries.map(([version, action]) => {
      this.#serial += 1 + (this.#options.gap?.() ?? 0);
      return { name, version, timestampS, action, serial: this.#serial };
    });
    this.#rows.push(...rows);
    const project = subject === null ? undefined : this.#projects.get(subject.normalized);
    // protocol §1.8: the trigger compares the journal's name with the project's display name, byte by byte.
    if (project?.displayName === name) project.lastSerial = rows.at(-1)?.serial ?? project.lastSerial;
    for (const listener of this.#listeners) listener({ normalized: subject?.normalized ?? '', purges, rows });
  }

  #require(name: string): IndexProject {
    const project = this.project(name);
    if (project === undefined) throw refused(`no such project: ${name}`);
    return project;
  }

  #requireRelease(name: string, version: string): { project: IndexProject; release: IndexRelease } {
    const project = this.#require(name);
    const release = project.releases.get(version);
    if (release === undefined) throw refused(`no such release: ${name} ${version}`);
    return { project, release };
  }
}
