/**
 * What we know, as the engine sees it: the committed serial, each project's detail, the files, and what is still owed.
 *
 * - Every method is one transaction, or part of the one that `atomically` opened: all of it happens or nothing.
 * - What a method has returned from is durable: `commit` is the last write of a wave, and the promise rests on it.
 * - Errors: CATALOGUE_UNREADABLE, STORE_FULL, STORE_IO. Each of them ends the run. A value that cannot be read is an error of the
 *   methods that read it, with its project and column; it keeps nobody from the names, or from the other projects.
 *
 * **Due** projects are those that some change asks us to look at; each stands once, however many changes ask. A due
 * project that was tried and failed is **pending**: it no longer holds the serial back, and stays until it succeeds.
 */
import type { ListEntry, ListForm } from '../pypi/render-list.ts';
import type { Detail, DocrootPath, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import type { Dialect } from '../upstream/contract.ts';
import type {
  AuditRecord,
  Bucket,
  BucketEntry,
  CommitResult,
  Counts,
  Demand,
  Drift,
  DueProject,
  Failure,
  FileNeeds,
  HiddenFile,
  KnownFile,
  KnownInfo,
  KnownProject,
  LearnedFile,
  ListMemory,
  Need,
  PackedDetail,
  PendingProject,
  Progress,
  ReservedName,
  RunRecord,
  SerialMark,
  SweptFile,
  TrashedFile,
  WaveCommit,
  WithdrawnFile,
} from './records.ts';

export * from './records.ts';

export interface Catalogue {
  /** The upstream that this catalogue belongs to; null while it is new. */
  identity(): string | null;
  bind(identity: string): void;
  /**
   * The upstream has another address, or other serials: everything that is known in serials and validators is forgotten,
   * what is published stays. What was due and is not published stays as a suspect, for a killed run may have left pages of
   * it. The next list is a first one.
   */
  startOver(identity: string): void;
  /** What the upstream turned out to be; null while it has not been asked. */
  dialect(): Dialect | null;
  setDialect(dialect: Dialect): void;
  listMemory(): ListMemory | null;
  setListMemory(memory: ListMemory): void;
  /** What decided the form of the pages (selection, settings, page format) when they were last planned. */
  shape(): string | null;
  setShape(shape: string): void;

  progress(): Progress;
  /** Throws away a list that was not read to its end, and begins another. */
  startListing(): void;
  /** The list was read to its end: from here on the changelog after `serial` tells the rest. */
  finishListing(serial: Serial): void;
  /** Everything up to here is due or done. Never goes back. */
  setDiscovered(serial: Serial): void;
  /** Serial marks, for the replay window. */
  marks(): readonly SerialMark[];
  replaceMarks(marks: readonly SerialMark[]): void;

  /** Adds demands to what is due; a project that is due already keeps its attempts and owes the sum of both. */
  addDue(demands: readonly Demand[]): void;
  /**
   * Sets `replan` on all that is due, and makes the next commit look at the root index whatever it changes: a killed run
   * may have changed their pages and files, and the root index, and not committed it.
   */
  replanDue(): void;
  /** Makes the next commit look at the root index, whatever it changes. */
  doubtRoot(): void;
  /** Begins a round: what failed before may be tried again, once. */
  startRound(): void;
  /** Due projects in the order in which they are to be tried: pending ones first, then by their first change. */
  nextDue(limit: number): readonly DueProject[];
  due(name: ProjectName): DueProject | null;
  /** Due projects that a row, the list or the selection says are to go, and that are published now. */
  dueRemovals(): readonly ProjectName[];
  untriedCount(): number;
  /** Pending projects, without those that the removal limit holds back. */
  failedCount(): number;

  project(name: ProjectName): KnownProject | null;
  /** The committed detail of a project, or null. */
  detail(name: ProjectName): Detail | null;
  /** The same, as it is kept: what is only passed on need not be unpacked. */
  packed(name: ProjectName): PackedDetail | null;
  filesOf(name: ProjectName): readonly KnownFile[];
  /** Files of a project whose digests upstream does not give. */
  learnedOf(name: ProjectName): readonly LearnedFile[];
  /** Published projects, and left-out ones with a detail, that are not due, those first that were validated longest ago. */
  leastRecentlyValidated(limit: number): readonly ProjectName[];
  /** Published projects, and left-out ones with a detail, that are not due and were validated at `atMs` or before, or in the future (a clock was set back). */
  validatedBefore(atMs: number, nowMs: number): IterableIterator<ProjectName>;
  /** The sha256 of the file that any project but `except` has at a path, planned or withdrawn ones too; or null. */
  digestAt(path: DocrootPath, except: ProjectName | null): Sha256 | null;
  /** The digest that another project's page advertises for the sidecar of a path, or null. */
  metadataAt(path: DocrootPath, name: ProjectName): Sha256 | null;
  publishedNames(): IterableIterator<ProjectName>;
  /** Forgets which names were seen on a list, and notes those of the next one; nothing of it outlives the run. */
  clearSeen(): void;
  noteSeen(names: readonly ProjectName[]): void;
  isPublished(name: ProjectName): boolean;
  publishedCount(): number;
  /** Does any published page have a serial? */
  hasSerials(): boolean;
  /** Is a project pending because its page was not there? */
  hasAbsent(): boolean;
  /** Is a project due of which the pages prove nothing, so that only a list tells whether it is there (`hasLeftTheList`)? */
  hasDoubted(): boolean;
  /**
   * What we show, owe or have left out, and a list does not have: not the quarantined ones, which no list has, and not those whose
   * last change is newer than the list (`listSerial`, when it is known).
   */
  unseen(listSerial: Serial | null): IterableIterator<ProjectName>;
  /** Published and quarantined: what no list has. */
  quarantinedNames(): readonly ProjectName[];
  /** How many published projects a list should have. */
  listableCount(): number;
  /** Paths of files that are planned and not published: what staging is kept for. */
  intendedPaths(): readonly DocrootPath[];
  /** The entries of the root index, sorted by name: published projects that are not quarantined. */
  rootEntries(): IterableIterator<ListEntry>;
  /** The same as text: `renderEntries` of them in this form, some of them joined already. */
  rootRuns(form: ListForm): IterableIterator<string>;

  pack(detail: Detail): PackedDetail;
  unpack(packed: PackedDetail, name: ProjectName): Detail;

  /**
   * Records the files that a wave is about to link to and that no committed page links to yet, so that no crash can leave one that
   * nobody remembers. A withdrawn one becomes intended: a killed run may have left a page that links to it.
   */
  intend(
    wanted: readonly { readonly name: ProjectName; readonly files: readonly KnownFile[] }[],
    atMs: number,
  ): void;
  /**
   * Writes what a wave ends with. `publishRoot` is called inside the transaction: `rootEntries` already shows what is
   * about to be committed, and the commit happens only when it has returned. When it throws, nothing was written.
   */
  commit(wave: WaveCommit, publishRoot: (result: CommitResult) => Promise<void>): Promise<CommitResult>;
  /** Marks due projects as failed without a wave (the removal limit). */
  fail(failures: readonly Failure[], atMs: number): void;

  /**
   * Withdrawn files that may leave the docroot, oldest first: withdrawn at `beforeMs` or before, or urgent; not held; and no other
   * project publishes or intends their path, holds it, or withdrew it later than that.
   */
  hideable(beforeMs: number, limit: number): readonly WithdrawnFile[];
  /** What was moved into the trash: their rows leave the files and stand in the trash; the audit says so. */
  noteHidden(files: readonly HiddenFile[], atMs: number): void;
  /** What is about to be moved by a sweep, before it is: killed in between, the next sweep finishes it (`lastSwept`). */
  noteSwept(files: readonly SweptFile[], atMs: number): void;
  /** What was noted and could not be moved: its rows go, and the audit says so. */
  noteNotSwept(files: readonly SweptFile[], atMs: number): void;
  /** What was noted last, at one time; only of these may some not be in the trash. */
  lastSwept(): readonly TrashedFile[];
  /** What may be deleted from the trash: hidden at `beforeMs` or before, or returned. Oldest first. */
  deletable(beforeMs: number, limit: number): readonly TrashedFile[];
  /**
   * Does anything else of the catalogue's trash lie at the same path? Two projects may have had one file: the bytes go with the last,
   * so ask about each after those before it were noted.
   */
  sharesTrash(file: TrashedFile): boolean;
  /** What was deleted: the rows go; the audit says so, but for what had returned. */
  noteDeleted(files: readonly TrashedFile[], atMs: number): void;
  trashOf(name: ProjectName): readonly TrashedFile[];
  withdrawnOf(name: ProjectName): readonly WithdrawnFile[];
  /** A file lies in the docroot again, at its path, by the operator's will: withdrawn, held; its row in the trash has returned. */
  noteRestored(file: TrashedFile, atMs: number): void;
  /**
   * Holds withdrawn files of a project, or lets them go: then their time begins anew. A file that is published again keeps the mark, and
   * is let go like the others. Returns those that were not so before.
   */
  setHeld(
    name: ProjectName,
    paths: readonly DocrootPath[],
    held: boolean,
    atMs: number,
  ): readonly WithdrawnFile[];
  /** Is this the path of a file that the catalogue knows, in any state? */
  knowsFile(path: DocrootPath): boolean;
  /** The files that are known for a path: one for each project that has, plans, or has withdrawn it. */
  filesAt(path: DocrootPath): readonly KnownFile[];
  /** Is a project due that has, plans, or has withdrawn the file? Then a killed run may have left a page that says more of it. */
  isDueAt(path: DocrootPath): boolean;
  /** Audit records that are not in the audit file yet, oldest first. */
  unwrittenAudit(limit: number): readonly AuditRecord[];
  /** The audit file has all records up to this one. */
  auditWritten(seq: number): void;

  /** The buckets of the completeness proof that changed since `setBuckets` was last told them. For `publishRoot`. */
  changedBuckets(): readonly string[];
  /** The published projects of a bucket, by name; those whose pages have no digest yet are left out. */
  bucketEntries(bucket: string): readonly BucketEntry[];
  /** What the documents of these buckets are now; one without projects is forgotten. */
  setBuckets(buckets: readonly Bucket[]): void;
  /** All that have projects, in order. */
  buckets(): readonly Bucket[];

  /**
   * For a repair: what of a project cannot be read, its file rows too, is forgotten, so that it can be published anew; so are its
   * validators, so that the next request is not conditional.
   */
  forgetUnreadable(name: ProjectName): void;
  /** What is wrong with the database itself, one line each; empty when it is sound. May take minutes. */
  integrity(): readonly string[];

  /** What is known of a project that is published or left out, and may be planned without asking again; null: nothing is. */
  knownDetail(name: ProjectName): PackedDetail | null;
  /** Is it left out, with a detail that `knownDetail` gives? */
  isLeftOut(name: ProjectName): boolean;
  /** Projects of which that holds, by name; each is read when its turn comes. */
  leftOutNames(): IterableIterator<ProjectName>;
  /** These have changed upstream, and nobody has looked: they are still left out, and what is known of them is forgotten. */
  outdateLeftOut(names: readonly ProjectName[]): void;
  /** Projects whose time has come (`reviewMs`) and that are not due, by name. */
  reviewable(nowMs: number): readonly ProjectName[];
  /** What is published of these is what is selected at a time; says anew when time alone will change that. */
  setReviews(
    reviews: readonly { readonly name: ProjectName; readonly reviewMs: number | null }[],
    selectedMs: number,
  ): void;

  info(name: ProjectName): KnownInfo | null;
  setInfo(name: ProjectName, known: KnownInfo): void;
  /** What is known of these files' needs. */
  fileNeeds(sha256s: readonly Sha256[]): ReadonlyMap<Sha256, FileNeeds>;
  /** Notes what files need; a file whose needs nothing could tell may be told of later. */
  noteFileNeeds(needs: readonly FileNeeds[]): void;
  /** What others need of a project, in a fixed order. */
  needsOf(name: ProjectName): readonly Need[];
  neededNames(): IterableIterator<ProjectName>;
  /** All needs there are. */
  replaceNeeds(needs: readonly Need[]): void;
  /** Has a commit changed what is published since the needs were last `replaceNeeds`d for this selection? True in a new catalogue. */
  areNeedsStale(fingerprint: string): boolean;
  setNeedsFresh(fingerprint: string): void;

  /** Upstream has these names, which are reserved here. One that is known already stays as it was noted. */
  noteReserved(names: readonly Pick<ReservedName, 'name' | 'serial'>[], atMs: number): void;
  /** Upstream has them no longer, or they are no longer reserved: seen again, they are told again. */
  forgetReserved(names: readonly ProjectName[]): void;
  reserved(): readonly ReservedName[];
  /** A run ends that has told of all of them. */
  setReservedTold(): void;

  pending(limit: number): readonly PendingProject[];
  pendingOf(name: ProjectName): PendingProject | null;
  counts(): Counts;
  /** What pages link to, without a look at the trash: for every commit. */
  publishedCounts(): Pick<Counts, 'projects' | 'files' | 'bytes'>;
  startRun(startedMs: number): number;
  endRun(id: number, record: RunRecord): void;
  lastRun(): RunRecord | null;
  /** Did the last run end by itself, with no store failing? False when there was none: what lies about is of unknown origin. */
  endedCleanly(): boolean;
  /** The start of the last complete run. */
  lastCompleteMs(): number | null;
  /** null before anything was revalidated. */
  drift(): Drift | null;

  /** Everything between begins and ends as one; an error undoes it. */
  atomically<T>(action: () => T): T;
}
