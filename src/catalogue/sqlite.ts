/** The catalogue in SQLite: puts its tables together and keeps the promises of contract.ts. */
import { bucketOf } from '../pypi/manifest.ts';
import type { ListEntry, ListForm } from '../pypi/render-list.ts';
import type { Detail, DocrootPath, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import type { Dialect } from '../upstream/contract.ts';
import { AuditTable } from './audit.ts';
import { BucketTable } from './buckets.ts';
import { writeProjects } from './commit.ts';
import type {
  AuditRecord,
  Bucket,
  BucketEntry,
  Catalogue,
  CommitResult,
  Counts,
  Demand,
  Drift,
  DueProject,
  Failure,
  HiddenFile,
  KnownFile,
  KnownProject,
  LearnedFile,
  ListMemory,
  PackedDetail,
  PendingProject,
  Progress,
  RunRecord,
  SerialMark,
  SweptFile,
  TrashedFile,
  WaveCommit,
  WithdrawnFile,
} from './contract.ts';
import { type CatalogueDatabase, type OpenOptions, openDatabase } from './database.ts';
import { DueTable } from './due.ts';
import { FileTable } from './files.ts';
import { findDamage } from './integrity.ts';
import { LearnedTable } from './learned.ts';
import { ListedProjects } from './listed.ts';
import { packDetail, unpackDetail } from './projects.ts';
import { RunTable } from './runs.ts';
import { SeenTable } from './seen.ts';
import { SelectionRecords } from './sqlite-selection.ts';
import { TrashMoves } from './trash-moves.ts';
import { Validations } from './validations.ts';

export class SqliteCatalogue extends SelectionRecords implements Catalogue {
  readonly #audit: AuditTable;
  readonly #buckets: BucketTable;
  readonly #due: DueTable;
  readonly #files: FileTable;
  readonly #learned: LearnedTable;
  readonly #listed: ListedProjects;
  readonly #runs: RunTable;
  readonly #seen: SeenTable;
  readonly #trash: TrashMoves;
  readonly #validations: Validations;

  /** `place`: a file, which is opened and migrated, or a database that has been. */
  constructor(place: string | CatalogueDatabase, options: OpenOptions = {}) {
    super(typeof place === 'string' ? openDatabase(place, options) : place);
    this.#audit = new AuditTable(this.db);
    this.#buckets = new BucketTable(this.db);
    this.#due = new DueTable(this.db);
    this.#files = new FileTable(this.db);
    this.#learned = new LearnedTable(this.db);
    this.#listed = new ListedProjects(this.db);
    this.#runs = new RunTable(this.db);
    this.#seen = new SeenTable(this.db);
    this.#trash = new TrashMoves(this.db, this.#audit, this.projects);
    this.#validations = new Validations(this.db);
  }

  close(): void {
    this.db.close();
  }

  /** For a dry run: everything until `close` happens in a transaction that is never committed. */
  pretend(): void {
    this.db.exec('BEGIN IMMEDIATE');
  }

  identity = (): string | null => this.meta.text('identity');
  bind = (identity: string): void => this.meta.set('identity', identity);
  shape = (): string | null => this.meta.text('shape');
  setShape = (shape: string): void => this.meta.set('shape', shape);

  startOver(identity: string): void {
    this.db.atomically(() => {
      this.bind(identity);
      this.meta.forgetUpstream();
      this.#due.forgetUpstream();
      this.projects.forgetUpstream();
      this.#learned.clear();
      this.forgetSelectionOfUpstream();
    });
  }

  dialect = (): Dialect | null => this.meta.json<Dialect>('dialect');
  setDialect = (dialect: Dialect): void => this.meta.set('dialect', JSON.stringify(dialect));
  listMemory(): ListMemory | null {
    const memory = this.meta.json<ListMemory>('list');
    // Versions before this one did not note it.
    return memory === null ? null : { ...memory, countedMs: memory.countedMs ?? null };
  }
  setListMemory = (memory: ListMemory): void => this.meta.set('list', JSON.stringify(memory));

  progress = (): Progress => this.meta.progress();
  startListing = (): void => this.#due.removeUntriedOf('list');
  finishListing = (serial: Serial): void => this.setDiscovered(serial);
  setDiscovered = (serial: Serial): void =>
    this.meta.set('discovered', Math.max(serial, this.meta.integer('discovered') ?? 0));
  marks = (): readonly SerialMark[] => this.meta.marks();
  replaceMarks = (marks: readonly SerialMark[]): void => this.meta.replaceMarks(marks);

  addDue = (demands: readonly Demand[]): void => this.#due.add(demands);
  replanDue = (): void =>
    this.db.atomically(() => {
      this.#due.replanAll();
      this.meta.set('rootInDoubt', 1);
    });
  doubtRoot = (): void => this.meta.set('rootInDoubt', 1);
  startRound = (): void => this.#due.startRound();
  nextDue = (limit: number): readonly DueProject[] => this.#due.next(limit);
  due = (name: ProjectName): DueProject | null => this.#due.get(name);
  dueRemovals = (): readonly ProjectName[] => this.#due.removals();
  untriedCount = (): number => this.#due.untriedCount();
  failedCount = (): number => this.#due.failedCount();

  project = (name: ProjectName): KnownProject | null => this.projects.get(name);
  packed = (name: ProjectName): PackedDetail | null => this.projects.packed(name);
  detail = (name: ProjectName): Detail | null => this.projects.detail(name);
  digestAt = (path: DocrootPath, except: ProjectName | null): Sha256 | null =>
    this.#files.digestAt(path, (except && this.projects.id(except)) ?? 0);
  metadataAt = (path: DocrootPath, name: ProjectName): Sha256 | null =>
    this.#files.metadataAt(path, this.projects.id(name) ?? 0);
  publishedNames = (): IterableIterator<ProjectName> => this.#listed.names();
  isPublished = (name: ProjectName): boolean => this.projects.isPublished(name);
  publishedCount = (): number => this.projects.publishedCount();
  hasSerials = (): boolean => this.projects.hasSerials();
  hasAbsent = (): boolean => this.#due.hasAbsent();
  hasDoubted = (): boolean => this.#due.hasDoubted();
  clearSeen = (): void => this.#seen.clear();
  noteSeen = (names: readonly ProjectName[]): void => this.#seen.note(names);
  unseen = (listSerial: Serial | null): IterableIterator<ProjectName> => this.#seen.unseen(listSerial);
  quarantinedNames = (): readonly ProjectName[] => this.#listed.quarantined();
  listableCount = (): number => this.#listed.count();
  intendedPaths = (): readonly DocrootPath[] => this.#files.intendedPaths();
  rootEntries = (): IterableIterator<ListEntry> => this.#listed.entries();
  rootRuns = (form: ListForm): IterableIterator<string> => this.#listed.runs(form);

  filesOf(name: ProjectName): readonly KnownFile[] {
    const id = this.projects.id(name);
    return id === null ? [] : this.#files.of(id);
  }

  learnedOf(name: ProjectName): readonly LearnedFile[] {
    const id = this.projects.id(name);
    return id === null ? [] : this.#learned.of(id);
  }

  leastRecentlyValidated = (limit: number): readonly ProjectName[] => this.#validations.leastRecent(limit);
  validatedBefore = (atMs: number, nowMs: number): IterableIterator<ProjectName> =>
    this.#validations.before(atMs, nowMs);

  pack = (detail: Detail): PackedDetail => packDetail(detail);
  unpack = (packed: PackedDetail, name: ProjectName): Detail => unpackDetail(packed, name);

  intend(
    wanted: readonly { readonly name: ProjectName; readonly files: readonly KnownFile[] }[],
    atMs: number,
  ): void {
    this.db.atomically(() => {
      for (const { name, files } of wanted) this.#files.intend(this.projects.idOrNew(name), files, atMs);
    });
  }

  async commit(
    wave: WaveCommit,
    publishRoot: (result: CommitResult) => Promise<void>,
  ): Promise<CommitResult> {
    return this.db.atomicallyAsync(async () => {
      const before = this.progress().serial;
      const { listChanged, pagesChanged, ...withdrawn } = writeProjects(
        {
          audit: this.#audit,
          buckets: this.#buckets,
          files: this.#files,
          infos: this.infos,
          learned: this.#learned,
          leftOut: this.leftOut,
          projects: this.projects,
          selected: this.selected,
          trash: this.#trash.table,
          validations: this.#validations,
        },
        wave,
      );
      if (pagesChanged) this.meta.remove('needsFor');
      this.#due.remove(wave.settled);
      this.#due.fail(wave.failures, wave.atMs);
      const serial = wave.advance ? this.meta.advance(this.#due.firstUntried(before ?? 0)) : before;
      const rootChanged = serial !== before || listChanged || this.meta.integer('rootInDoubt') !== null;
      this.meta.remove('rootInDoubt');
      const result = { serial, rootChanged, remaining: this.#due.untriedCount(), ...withdrawn };
      await publishRoot(result);
      return result;
    });
  }

  fail = (failures: readonly Failure[], atMs: number): void =>
    this.db.atomically(() => this.#due.fail(failures, atMs));

  hideable = (beforeMs: number, limit: number): readonly WithdrawnFile[] =>
    this.#trash.withdrawn.hideable(beforeMs, limit);
  noteHidden = (files: readonly HiddenFile[], atMs: number): void => this.#trash.noteHidden(files, atMs);
  noteSwept = (files: readonly SweptFile[], atMs: number): void => this.#trash.noteSwept(files, atMs);
  noteNotSwept = (files: readonly SweptFile[], atMs: number): void => this.#trash.noteNotSwept(files, atMs);
  lastSwept = (): readonly TrashedFile[] => this.#trash.table.lastSwept();
  deletable = (beforeMs: number, limit: number): readonly TrashedFile[] =>
    this.#trash.table.deletable(beforeMs, limit);
  sharesTrash = (file: TrashedFile): boolean => this.#trash.table.isShared(file);
  noteDeleted = (files: readonly TrashedFile[], atMs: number): void => this.#trash.noteDeleted(files, atMs);
  trashOf = (name: ProjectName): readonly TrashedFile[] => this.#trash.table.of(name);
  withdrawnOf(name: ProjectName): readonly WithdrawnFile[] {
    const id = this.projects.id(name);
    return id === null ? [] : this.#trash.withdrawn.of(id);
  }
  noteRestored = (file: TrashedFile, atMs: number): void => this.#trash.noteRestored(file, atMs);
  setHeld = (
    name: ProjectName,
    paths: readonly DocrootPath[],
    held: boolean,
    atMs: number,
  ): readonly WithdrawnFile[] => this.#trash.setHeld(name, paths, held, atMs);
  knowsFile = (path: DocrootPath): boolean => this.#files.knows(path);
  filesAt = (path: DocrootPath): readonly KnownFile[] => this.#files.at(path);
  isDueAt = (path: DocrootPath): boolean => this.#files.isDueAt(path);
  unwrittenAudit = (limit: number): readonly AuditRecord[] => this.#audit.unwritten(limit);
  auditWritten = (seq: number): void => this.#audit.written(seq);

  changedBuckets = (): readonly string[] => this.#buckets.changed();
  bucketEntries = (bucket: string): readonly BucketEntry[] => this.#buckets.entries(bucket);
  setBuckets = (buckets: readonly Bucket[]): void => this.#buckets.set(buckets);
  buckets = (): readonly Bucket[] => this.#buckets.all();

  forgetUnreadable(name: ProjectName): void {
    this.db.atomically(() => {
      const id = this.projects.id(name);
      this.forgetUnreadableSelection(id, name);
      if (id === null) return;
      const page = this.projects.pageDigest(name);
      this.projects.forgetUnreadable(id);
      if (this.projects.pageDigest(name) !== page) this.#buckets.noteChange(bucketOf(name));
      this.#files.forgetUnreadable(id);
    });
  }

  integrity = (): readonly string[] => findDamage(this.db);

  pending = (limit: number): readonly PendingProject[] =>
    this.#due.pending(limit, this.progress().discovered ?? 0);

  pendingOf = (name: ProjectName): PendingProject | null =>
    this.#due.pendingOf(name, this.progress().discovered ?? 0);

  publishedCounts = (): Pick<Counts, 'projects' | 'files' | 'bytes'> => this.projects.counts();

  counts(): Counts {
    return {
      ...this.projects.counts(),
      pending: this.#due.pendingCount(),
      untried: this.#due.untriedCount(),
      ...this.#trash.counts(),
      ...this.selectionCounts(),
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

  drift = (): Drift | null => this.#runs.drift(this.projects.publishedCount() + this.leftOut.count());

  atomically<T>(action: () => T): T {
    return this.db.atomically(action);
  }
}
