/** The catalogue in SQLite: puts its tables together and keeps the promises of contract.ts. */
import type { ListEntry } from '../pypi/render-list.ts';
import type { Detail, DocrootPath, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import type { Dialect } from '../upstream/contract.ts';
import type {
  Catalogue,
  CommitResult,
  Counts,
  Demand,
  Drift,
  DueProject,
  Failure,
  KnownFile,
  KnownProject,
  LearnedFile,
  ListMemory,
  PackedDetail,
  PendingProject,
  Progress,
  RunRecord,
  SerialMark,
  WaveCommit,
} from './contract.ts';
import { type CatalogueDatabase, type OpenOptions, openDatabase, type SqlValue } from './database.ts';
import { DueTable } from './due.ts';
import { FileTable } from './files.ts';
import { LearnedTable } from './learned.ts';
import { ProjectTable, packDetail, unpackDetail } from './projects.ts';
import { RunTable } from './runs.ts';
import { SeenTable } from './seen.ts';
import { integer } from './values.ts';

type MetaKey = 'identity' | 'shape' | 'serial' | 'discovered' | 'dialect' | 'list';

export class SqliteCatalogue implements Catalogue {
  readonly #db: CatalogueDatabase;
  readonly #due: DueTable;
  readonly #files: FileTable;
  readonly #learned: LearnedTable;
  readonly #projects: ProjectTable;
  readonly #runs: RunTable;
  readonly #seen: SeenTable;

  constructor(file: string, options: OpenOptions = {}) {
    this.#db = openDatabase(file, options);
    this.#due = new DueTable(this.#db);
    this.#files = new FileTable(this.#db);
    this.#learned = new LearnedTable(this.#db);
    this.#projects = new ProjectTable(this.#db);
    this.#runs = new RunTable(this.#db);
    this.#seen = new SeenTable(this.#db);
  }

  close(): void {
    this.#db.close();
  }

  /** For a dry run: everything until `close` happens in a transaction that is never committed. */
  pretend(): void {
    this.#db.exec('BEGIN IMMEDIATE');
  }

  identity = (): string | null => this.#metaText('identity');
  bind = (identity: string): void => this.#setMeta('identity', identity);
  shape = (): string | null => this.#metaText('shape');
  setShape = (shape: string): void => this.#setMeta('shape', shape);

  startOver(identity: string): void {
    this.#db.atomically(() => {
      this.bind(identity);
      this.#db.run(`DELETE FROM meta WHERE key IN ('serial', 'discovered', 'dialect', 'list')`);
      this.replaceMarks([]);
      this.#due.clear();
      this.#projects.forgetUpstream();
      this.#learned.clear();
    });
  }

  dialect = (): Dialect | null => this.#metaJson<Dialect>('dialect');
  setDialect = (dialect: Dialect): void => this.#setMeta('dialect', JSON.stringify(dialect));
  listMemory = (): ListMemory | null => this.#metaJson<ListMemory>('list');
  setListMemory = (memory: ListMemory): void => this.#setMeta('list', JSON.stringify(memory));

  progress(): Progress {
    return { serial: this.#metaInteger('serial'), discovered: this.#metaInteger('discovered') };
  }

  startListing(): void {
    this.#due.removeUntriedOf('list');
  }

  finishListing(serial: Serial): void {
    this.setDiscovered(serial);
  }

  setDiscovered(serial: Serial): void {
    this.#setMeta('discovered', Math.max(serial, this.#metaInteger('discovered') ?? 0));
  }

  marks(): readonly SerialMark[] {
    return this.#db.all('SELECT * FROM mark ORDER BY serial').map((row) => ({
      serial: integer(row, 'serial'),
      timestampS: integer(row, 'timestamp_s'),
      seenMs: integer(row, 'seen_ms'),
    }));
  }

  replaceMarks(marks: readonly SerialMark[]): void {
    this.#db.atomically(() => {
      this.#db.run('DELETE FROM mark');
      for (const mark of marks) {
        this.#db.run(
          'INSERT OR IGNORE INTO mark VALUES (?, ?, ?)',
          mark.serial,
          mark.timestampS,
          mark.seenMs,
        );
      }
    });
  }

  addDue = (demands: readonly Demand[]): void => this.#due.add(demands);
  replanDue = (): void => this.#due.replanAll();
  startRound = (): void => this.#due.startRound();
  nextDue = (limit: number): readonly DueProject[] => this.#due.next(limit);
  due = (name: ProjectName): DueProject | null => this.#due.get(name);
  dueRemovals = (): readonly ProjectName[] => this.#due.removals();
  untriedCount = (): number => this.#due.untriedCount();
  failedCount = (): number => this.#due.failedCount();

  project = (name: ProjectName): KnownProject | null => this.#projects.get(name);
  packed = (name: ProjectName): PackedDetail | null => this.#projects.packed(name);
  detail = (name: ProjectName): Detail | null => this.#projects.detail(name);
  digestAt = (path: DocrootPath, except: ProjectName | null): Sha256 | null =>
    this.#files.digestAt(path, (except && this.#projects.id(except)) ?? 0);
  metadataAt = (path: DocrootPath, name: ProjectName): Sha256 | null =>
    this.#files.metadataAt(path, this.#projects.id(name) ?? 0);
  publishedNames = (): IterableIterator<ProjectName> => this.#projects.publishedNames();
  isPublished = (name: ProjectName): boolean => this.#projects.get(name)?.published === true;
  publishedCount = (): number => this.#projects.publishedCount();
  hasSerials = (): boolean => this.#projects.hasSerials();
  hasAbsent = (): boolean => this.#due.hasAbsent();
  clearSeen = (): void => this.#seen.clear();
  noteSeen = (names: readonly ProjectName[]): void => this.#seen.note(names);
  unseen = (listSerial: Serial | null): IterableIterator<ProjectName> => this.#seen.unseen(listSerial);
  listableCount = (): number => this.#projects.listableCount();
  intendedPaths = (): readonly DocrootPath[] => this.#files.intendedPaths();
  rootEntries = (): IterableIterator<ListEntry> => this.#projects.rootEntries();

  filesOf(name: ProjectName): readonly KnownFile[] {
    const id = this.#projects.id(name);
    return id === null ? [] : this.#files.of(id);
  }

  learnedOf(name: ProjectName): readonly LearnedFile[] {
    const id = this.#projects.id(name);
    return id === null ? [] : this.#learned.of(id);
  }

  leastRecentlyValidated = (limit: number): readonly ProjectName[] =>
    this.#projects.leastRecentlyValidated(limit);
  validatedBefore = (atMs: number, nowMs: number): IterableIterator<ProjectName> =>
    this.#projects.validatedBefore(atMs, nowMs);

  pack = (detail: Detail): PackedDetail => packDetail(detail);
  unpack = (packed: PackedDetail, name: ProjectName): Detail => unpackDetail(packed, name);

  intend(
    wanted: readonly { readonly name: ProjectName; readonly files: readonly KnownFile[] }[],
    atMs: number,
  ): void {
    this.#db.atomically(() => {
      for (const { name, files } of wanted) this.#files.intend(this.#projects.idOrNew(name), files, atMs);
    });
  }

  async commit(
    wave: WaveCommit,
    publishRoot: (result: CommitResult) => Promise<void>,
  ): Promise<CommitResult> {
    return this.#db.atomicallyAsync(async () => {
      const before = this.progress().serial;
      const { filesWithdrawn, listChanged } = this.#writeProjects(wave);
      this.#due.remove(wave.settled);
      this.#due.fail(wave.failures, wave.atMs);
      const serial = wave.advance ? this.#advance() : before;
      const rootChanged = serial !== before || listChanged;
      const result = { serial, rootChanged, remaining: this.#due.untriedCount(), filesWithdrawn };
      await publishRoot(result);
      return result;
    });
  }

  #writeProjects(wave: WaveCommit): { readonly filesWithdrawn: number; readonly listChanged: boolean } {
    let filesWithdrawn = 0;
    let listChanged = false;
    for (const update of wave.updates) {
      const id = this.#projects.idOrNew(update.name);
      const listed = this.#projects.listedAs(id);
      this.#projects.publish(id, update, wave.atMs);
      listChanged ||= this.#projects.listedAs(id) !== listed;
      const why = update.status === 'quarantined' ? 'project quarantined' : 'no longer on the page';
      filesWithdrawn += this.#files.publish(id, update.files, wave.atMs, why);
      this.#learned.replace(id, update.learned);
    }
    for (const name of wave.unchanged) this.#projects.validated(name, wave.atMs);
    for (const { name, why, removed } of wave.withdrawn) {
      const id = this.#projects.idOrNew(name);
      listChanged ||= this.#projects.listedAs(id) !== null;
      this.#projects.withdraw(id, why, removed, wave.atMs);
      filesWithdrawn += this.#files.publish(id, [], wave.atMs, why);
      this.#learned.replace(id, []);
    }
    return { filesWithdrawn, listChanged };
  }

  fail = (failures: readonly Failure[], atMs: number): void =>
    this.#db.atomically(() => this.#due.fail(failures, atMs));

  pending = (limit: number): readonly PendingProject[] =>
    this.#due.pending(limit, this.progress().discovered ?? 0);

  pendingOf = (name: ProjectName): PendingProject | null =>
    this.#due.pendingOf(name, this.progress().discovered ?? 0);

  counts(): Counts {
    return {
      ...this.#projects.counts(),
      pending: this.#due.pendingCount(),
      untried: this.#due.untriedCount(),
      withdrawnFiles: this.#files.withdrawnCount(),
    };
  }

  startRun(startedMs: number): number {
    this.#due.startRun();
    return this.#runs.start(startedMs);
  }

  endRun = (id: number, record: RunRecord): void => this.#runs.end(id, record);
  lastRun = (): RunRecord | null => this.#runs.last();
  endedCleanly = (): boolean => this.#runs.endedCleanly();
  lastCompleteMs = (): number | null => this.#runs.lastCompleteMs();

  drift = (): Drift | null => this.#runs.drift(this.#projects.publishedCount());

  atomically<T>(action: () => T): T {
    return this.#db.atomically(action);
  }

  /** P2: the serial may reach the change before the first one that has not been tried; it never goes back. */
  #advance(): Serial | null {
    const { serial, discovered } = this.progress();
    if (discovered === null) return serial;
    const untried = this.#due.firstUntried();
    const reached = untried === null ? discovered : Math.min(untried - 1, discovered);
    if (reached < 0 || (serial !== null && reached <= serial)) return serial;
    this.#setMeta('serial', reached);
    return reached;
  }

  #metaText(key: MetaKey): string | null {
    const value = this.#db.one('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return typeof value === 'string' ? value : null;
  }

  #metaJson<T>(key: MetaKey): T | null {
    const text = this.#metaText(key);
    return text === null ? null : (JSON.parse(text) as T);
  }

  #metaInteger(key: MetaKey): number | null {
    const value = this.#db.one('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return typeof value === 'number' ? value : null;
  }

  #setMeta(key: MetaKey, value: SqlValue): void {
    // A plain number would be kept as a fraction, and read "38000059.0" in the shell.
    const exact = typeof value === 'number' ? BigInt(value) : value;
    const sql = 'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value';
    this.#db.run(sql, key, exact);
  }
}
