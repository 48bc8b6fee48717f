/** Everything a run can say, as data: the engine emits these, and only cli/ turns them into text, bars or JSON lines. */
import type { ErrorCode, JubjubError } from './errors.ts';

/** One project that is owed to the docroot. Times are ISO 8601 UTC. */
export interface PendingReport {
  readonly name: string;
  /** The serial that it owes. */
  readonly serial: number;
  readonly attempts: number;
  readonly since: string;
  readonly nextTry: string;
  readonly code: string;
  readonly message: string;
}

/** Files, and their bytes; sidecars are not counted. */
export interface FileCount {
  readonly files: number;
  readonly bytes: number;
}

/** What one rule of the selection leaves out, of the projects that a run planned; each file is counted for the rule that leaves it out. */
export interface RuleCount {
  /** As the operator writes it: `[files] platforms`. */
  readonly rule: string;
  /** Whole projects. */
  readonly projects: number;
  readonly files: number;
  readonly bytes: number;
}

/** How a run ended, with counts; `sync --json` prints it last. */
export interface SyncSummary {
  readonly exitStatus: number;
  /** True for `--dry-run`: the counts say what would have been done. */
  readonly dryRun: boolean;
  /** The committed serial before and after; null before a first sync has been completed. */
  readonly from: number | null;
  readonly serial: number | null;
  /** Projects whose pages were written. */
  readonly projects: number;
  /** Projects that came into the docroot. */
  readonly added: number;
  /** Pages that upstream answered "unchanged" for. */
  readonly unchanged: number;
  /** Files brought in, and their bytes; sidecars are not counted. */
  readonly files: number;
  readonly bytes: number;
  /** Projects that left the docroot. */
  readonly withdrawn: number;
  /** Files that no page links to any more. */
  readonly filesWithdrawn: number;
  readonly bytesWithdrawn: number;
  /** What the selection leaves out of the projects that were planned, and how often a rule could not be applied, so that it kept. */
  readonly selection: { readonly dropped: readonly RuleCount[]; readonly doubts: number };
  /** Reserved names that upstream turned out to have: told once, with exit status 3. */
  readonly reserved: readonly string[];
  /** Files that came back out of the trash, and were not brought in. */
  readonly recalled: FileCount;
  /** Files that left the docroot for the trash, and the trash for good. */
  readonly hidden: FileCount;
  readonly deleted: FileCount;
  /** Projects that were revalidated although no change asked for it, and those of them that were not as upstream has them. */
  readonly drift: { readonly checked: number; readonly found: number };
  readonly requests: number;
  readonly durationMs: number;
  readonly pending: readonly PendingReport[];
  /** Set when something ended the run early. */
  readonly stoppedBy: { readonly code: ErrorCode; readonly message: string } | null;
}

export type Phase = 'discover' | 'details' | 'transfer' | 'publish' | 'commit' | 'prune';

export type RunEvent =
  | {
      readonly type: 'started';
      readonly upstream: string;
      readonly serial: number | null;
      readonly dryRun: boolean;
    }
  /** How this upstream tells what has changed; `why` in words. */
  | {
      readonly type: 'upstream';
      readonly kind: 'changelog' | 'list' | 'poll';
      readonly index: string;
      readonly why: string;
    }
  /** A project was not what upstream has, and no change had said so. */
  | { readonly type: 'drift'; readonly name: string }
  /** The upstream's head, and how many projects are to be looked at; told again when more is discovered. */
  | { readonly type: 'discovered'; readonly head: number; readonly projects: number; readonly why: string }
  | { readonly type: 'phase'; readonly phase: Phase; readonly wave: number }
  /** The wave's plan: what is to be brought in. */
  | {
      readonly type: 'planned';
      readonly wave: number;
      readonly projects: number;
      readonly files: number;
      readonly bytes: number;
    }
  /** One project of the wave is through with its detail. */
  | {
      readonly type: 'detail';
      readonly name: string;
      readonly outcome: 'changed' | 'unchanged' | 'gone' | 'failed';
    }
  /** Bytes came in; for bars and rates, not for logs. */
  | { readonly type: 'bytes'; readonly bytes: number }
  | { readonly type: 'file'; readonly name: string; readonly filename: string; readonly bytes: number }
  /** A file came back out of the trash: it need not be brought in. */
  | { readonly type: 'recalled'; readonly name: string; readonly filename: string; readonly bytes: number }
  /** A file left the docroot for the trash. */
  | {
      readonly type: 'hidden';
      readonly name: string;
      readonly filename: string;
      readonly bytes: number;
      readonly why: string;
      readonly serial: number | null;
    }
  /** A file was deleted from the trash; `name` is null when a sweep had found it. */
  | {
      readonly type: 'deleted';
      readonly name: string | null;
      readonly filename: string;
      readonly bytes: number;
      readonly why: string;
    }
  | {
      readonly type: 'published';
      readonly name: string;
      readonly serial: number | null;
      readonly files: number;
    }
  | { readonly type: 'withdrawn'; readonly name: string; readonly why: string }
  /** The selection leaves out a project that upstream has and that was not left out before. */
  | { readonly type: 'left-out'; readonly name: string; readonly rule: string; readonly why: string }
  /** Upstream has a name that is reserved here; `serial` of the change that told of it. */
  | { readonly type: 'reserved'; readonly name: string; readonly serial: number | null }
  | ({ readonly type: 'pending' } & PendingReport)
  /** A request is about to be tried again. */
  | {
      readonly type: 'retry';
      readonly what: string;
      readonly code: ErrorCode;
      readonly message: string;
      readonly attempt: number;
      readonly waitMs: number;
    }
  /** A server in trouble is given fewer requests at a time; `why` is what it answered, an error code, or `slow`. */
  | {
      readonly type: 'pace';
      readonly host: string;
      readonly kind: 'page' | 'file';
      readonly connections: number;
      readonly why: string;
    }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | {
      readonly type: 'committed';
      readonly wave: number;
      readonly serial: number | null;
      readonly remaining: number;
    }
  /** Something ended the run early; the summary follows. */
  | { readonly type: 'stopped'; readonly error: JubjubError }
  | ({ readonly type: 'summary' } & SyncSummary);

export type Emit = (event: RunEvent) => void;

/** For callers that do not listen. */
export const silent: Emit = () => {};
