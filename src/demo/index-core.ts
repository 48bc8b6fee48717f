/**
 * What an index stores, and its transactions: projects by name, the journal, the file host, and who is told of a change.
 *
 * A transaction writes rows with PyPI's literal action strings (protocol §1.7), moves the project's serial as PyPI's
 * trigger does, and tells the listeners, who play the CDN. What may happen to an index stands in index-state.ts.
 */
import { JubjubError } from '../errors.ts';
import type { ChangelogRow } from '../pypi/types.ts';
import { normalize } from './distribution.ts';
import type { Commit, IndexFile, IndexProject, IndexRelease } from './index-model.ts';

export interface IndexStateOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The serial before the first row. @default 38_000_000 */
  readonly startSerial?: number;
  /** How many ids are lost before the next row: rolled-back transactions consume ids (protocol §1.8). @default none */
  readonly gap?: () => number;
}

/** A row to come. */
export type Entry = readonly [version: string | null, action: string | null];

export interface FoundRelease {
  readonly project: IndexProject;
  readonly release: IndexRelease;
}

export interface FoundFile extends FoundRelease {
  readonly file: IndexFile;
}

const DEFAULT_START_SERIAL = 38_000_000;

/** The error for an operation that an index would not do. */
export function refused(what: string): JubjubError {
  return new JubjubError('INTERNAL', `the built-in upstream refuses: ${what}`);
}

export class IndexCore {
  protected readonly now: () => number;
  protected readonly projectsByName = new Map<string, IndexProject>();
  /** By path; nothing ever leaves (protocol §4.3: deleting a file only changes the database). */
  protected readonly blobs = new Map<string, Buffer>();
  protected readonly filenames = new Set<string>();
  readonly #gap: () => number;
  readonly #rows: ChangelogRow[] = [];
  readonly #listeners: ((commit: Commit) => void)[] = [];
  #serial: number;

  constructor(options: IndexStateOptions) {
    this.now = options.now;
    this.#gap = options.gap ?? (() => 0);
    this.#serial = options.startSerial ?? DEFAULT_START_SERIAL;
  }

  /** The newest serial; null while the journal is empty. */
  get lastSerial(): number | null {
    return this.#rows.at(-1)?.serial ?? null;
  }

  /** Every project, quarantined ones too, in no particular order. */
  get projects(): Iterable<IndexProject> {
    return this.projectsByName.values();
  }

  /** The project of that name in any spelling. */
  project(name: string): IndexProject | undefined {
    return this.projectsByName.get(normalize(name));
  }

  /** The file of that name, wherever it is now; undefined once it was removed. */
  file(filename: string): FoundFile | undefined {
    for (const project of this.projectsByName.values()) {
      for (const release of project.releases.values()) {
        const file = release.files.get(filename);
        if (file !== undefined) return { project, release, file };
      }
    }
    return undefined;
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
    return this.blobs.get(path);
  }

  /** True once a file of that name was uploaded: PyPI never takes it again, not even after a removal. */
  filenameUsed(filename: string): boolean {
    return this.filenames.has(filename);
  }

  /** Called after each transaction. */
  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener);
  }

  /** One transaction about a name, which need not be a project's. Without entries it is one that no row tells of. */
  protected write(
    subject: Pick<IndexProject, 'displayName' | 'normalized'> | null,
    entries: readonly Entry[],
    purges = true,
  ): void {
    const timestampS = Math.floor(this.now() / 1000);
    const name = subject?.displayName ?? null;
    const rows = entries.map(([version, action]) => {
      this.#serial += 1 + this.#gap();
      return { name, version, timestampS, action, serial: this.#serial };
    });
    this.#rows.push(...rows);
    const project = subject === null ? undefined : this.projectsByName.get(subject.normalized);
    // protocol §1.8: the trigger compares the journal's name with the project's display name, byte by byte.
    if (project?.displayName === name) project.lastSerial = rows.at(-1)?.serial ?? project.lastSerial;
    for (const listener of this.#listeners) listener({ normalized: subject?.normalized ?? '', purges, rows });
  }

  protected requireProject(name: string): IndexProject {
    const project = this.project(name);
    if (project === undefined) throw refused(`no such project: ${name}`);
    return project;
  }

  protected requireRelease(name: string, version: string): FoundRelease {
    const project = this.requireProject(name);
    const release = project.releases.get(version);
    if (release === undefined) throw refused(`no such release: ${name} ${version}`);
    return { project, release };
  }

  protected requireFile(filename: string): FoundFile {
    const found = this.file(filename);
    if (found === undefined) throw refused(`no such file: ${filename}`);
    return found;
  }
}
