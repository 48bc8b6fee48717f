/** What an adoption says: events while it goes on, a summary at its end, and the counts behind both. */
import type { Clock } from '../clock.ts';
import type { ProjectName } from '../pypi/types.ts';

/** How an old tree's files become ours. */
export type TakingMode = 'in-place' | 'link' | 'copy';

/** Why a file, or a whole project, was left out. */
export type LeftOutReason =
  /** Listed, and not there. */
  | 'missing'
  /** Not the bytes, or not the size, that its page promises. */
  | 'damaged'
  /** A symbolic link, or below one, or nothing that could be read as a file. */
  | 'not-a-file'
  /** Its address is none that PyPI's layout has, so nothing tells where it lies. */
  | 'elsewhere'
  /** Other bytes have its path already. */
  | 'conflict'
  /** It could not be read. */
  | 'unreadable'
  | 'not-selected'
  /** The directory is called by no project name, or has no page in it. */
  | 'no-project'
  /** None of its pages could be read as one. */
  | 'bad-page'
  /** A sync has published it already. */
  | 'synced';

/** Names that a summary gives for each reason; the events have them all. */
const NAMES_MAX = 5;
const TELL_EVERY_MS = 10_000;

export interface LeftOut {
  readonly count: number;
  /** The first few. */
  readonly names: readonly string[];
}

export interface AdoptSummary {
  readonly exitStatus: number;
  readonly dryRun: boolean;
  readonly mode: TakingMode;
  /** Taken over by this run. */
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
  /** Files that an earlier run had taken over. */
  readonly filesBefore: number;
  readonly leftOut: Readonly<Partial<Record<LeftOutReason, LeftOut>>>;
  /**
   * In place: projects whose pages left the docroot because the configuration leaves them out by name. Of a run that did not come
   * to its end, all that it met with; the next one goes on.
   */
  readonly unwanted: { readonly projects: number; readonly pages: number };
  /** Half-written files, and what the old tool keeps for itself, as far as they were met with; they stay as they are. */
  readonly others: number;
  readonly durationMs: number;
}

export type AdoptEvent =
  | {
      readonly type: 'started';
      readonly mode: TakingMode;
      readonly projects: number;
      readonly dryRun: boolean;
    }
  /** Now and then. `done` of `of` directories were looked at. */
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly of: number;
      readonly files: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'left-out';
      readonly project: string;
      /** null: the whole project. */
      readonly filename: string | null;
      readonly reason: LeftOutReason;
      readonly message: string | null;
    }
  /** What was taken over by then is kept, whatever comes. */
  | { readonly type: 'committed'; readonly projects: number; readonly files: number; readonly bytes: number }
  | ({ readonly type: 'summary' } & AdoptSummary);

export type TellAdoption = (event: AdoptEvent) => void;

/** Counts, and tells. */
export class AdoptTally {
  projects = 0;
  files = 0;
  bytes = 0;
  filesBefore = 0;
  others = 0;
  projectsUnwanted = 0;
  pagesUnwanted = 0;
  readonly #clock: Clock;
  readonly #tell: TellAdoption;
  readonly #startedMs: number;
  readonly #leftOut = new Map<LeftOutReason, { count: number; names: string[] }>();
  /** Looked at and not committed yet. */
  #seen = { done: 0, files: 0, bytes: 0 };
  #of = 0;
  #toldMs: number;

  constructor(clock: Clock, tell: TellAdoption) {
    this.#clock = clock;
    this.#tell = tell;
    this.#startedMs = clock.now();
    this.#toldMs = this.#startedMs;
  }

  started(mode: TakingMode, projects: number, dryRun: boolean): void {
    this.#of = projects;
    this.#tell({ type: 'started', mode, projects, dryRun });
  }

  sawProject(): void {
    this.#seen.done += 1;
    this.#progress();
  }

  sawFile(bytes: number): void {
    this.#seen.files += 1;
    this.#seen.bytes += bytes;
    this.#progress();
  }

  leftOut(
    project: string,
    filename: string | null,
    reason: LeftOutReason,
    message: string | null = null,
  ): void {
    const known = this.#leftOut.get(reason) ?? { count: 0, names: [] };
    known.count += 1;
    if (known.names.length < NAMES_MAX) known.names.push(filename ?? project);
    this.#leftOut.set(reason, known);
    this.#tell({ type: 'left-out', project, filename, reason, message });
  }

  /** Pages of one project that are to leave. */
  unwanted(pages: number): void {
    if (pages === 0) return;
    this.projectsUnwanted += 1;
    this.pagesUnwanted += pages;
  }

  /** In a dry run nothing is committed, and nothing is told. */
  took(names: readonly ProjectName[], files: number, bytes: number, dryRun: boolean): void {
    this.projects += names.length;
    this.files += files;
    this.bytes += bytes;
    if (!dryRun) this.#tell({ type: 'committed', projects: names.length, files, bytes });
  }

  summary(mode: TakingMode, dryRun: boolean, exitStatus: number): AdoptSummary {
    const { projects, files, bytes, filesBefore, others } = this;
    const summary = {
      exitStatus,
      dryRun,
      mode,
      projects,
      files,
      bytes,
      filesBefore,
      leftOut: Object.fromEntries(this.#leftOut),
      unwanted: { projects: this.projectsUnwanted, pages: this.pagesUnwanted },
      others,
      durationMs: this.#clock.now() - this.#startedMs,
    };
    this.#tell({ type: 'summary', ...summary });
    return summary;
  }

  #progress(): void {
    const nowMs = this.#clock.now();
    if (nowMs - this.#toldMs < TELL_EVERY_MS) return;
    this.#toldMs = nowMs;
    this.#tell({ type: 'progress', of: this.#of, ...this.#seen });
  }
}
