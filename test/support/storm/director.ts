/** Watches the steps of one run and makes happen what is to happen at them: deaths, failing calls, signals, rivals. */
import { JubjubError } from '../../../src/errors.ts';
import type { Lifeline } from '../lifeline.ts';
import type { SimCall, Verdict } from '../simfs/process.ts';
import type { Errno, RunAct, StepRef } from './acts.ts';
import type { Coverage } from './coverage.ts';
import { kindOfStep, type StepKind } from './step-kinds.ts';

/** What a director makes happen to the mirror; the player says how. */
export interface Deeds {
  terminate(): void;
  loseLock(): void;
  rival(): void;
}

/** A step that was hit, in words for the story. */
export interface Hit {
  readonly what: string;
  readonly step: string;
}

const CODES = {
  EIO: 'STORE_IO',
  EMFILE: 'STORE_IO',
  ENOSPC: 'STORE_FULL',
  EACCES: 'STORE_NOT_WRITABLE',
  EROFS: 'STORE_NOT_WRITABLE',
} as const satisfies Record<Errno, string>;

/** Calls that go on when the disk takes nothing any more. */
const HARMLESS: Readonly<Record<Errno, RegExp>> = {
  EIO: /^close /,
  ENOSPC:
    /^(?:open|read|fstat|close|stat|lstat|access|realpath|readlink|opendir|readdir|unlink|rmdir|f(?:data)?sync|syncfs|truncate) /,
  EMFILE: /^(?!open |create |opendir |syncfs )/,
  EACCES: /^(?:read|fstat|close|write|f(?:data)?sync|syncfs|truncate) /,
  EROFS:
    /^(?:open|read|fstat|close|stat|lstat|access|realpath|readlink|opendir|readdir|f(?:data)?sync|syncfs) /,
};

/**
 * What a run gets round when it fails once, so that it need not tell of it: the trash is looked at again by the first move into it, a
 * directory by the longer way, and what cannot be moved out of the trash is copied (src/store/folders.ts, tree.ts, trash.ts). Where no
 * descriptor is left for `sync`, each file is flushed by itself (flush.ts).
 */
const GOT_ROUND = /^(?:mkdir (?:state\/trash$|web\/)|rename state\/trash\/\S+ web\/)/;

/** Folders that may not be opened were made by somebody else, who has flushed them (src/store/folders.ts). */
const SOMEBODY_ELSES = /^(?:open|fsync) (?:web|state(?:\/staging)?)?$/;

export class Director {
  readonly hits: Hit[] = [];
  /** What broke at a step: the first of it counts, and the run ends there. */
  violation: unknown = null;
  /** How many steps were made before the lock was lost. */
  lockLostAfter: number | null = null;
  /** Resolves when a call hangs: somebody is to kill the process then. */
  readonly hung: Promise<void>;
  readonly #tellHung: () => void;
  readonly #act: RunAct;
  readonly #lifeline: Lifeline;
  readonly #coverage: Coverage;
  readonly #deeds: Deeds;
  readonly #made = new Map<StepKind | 'any', number>();
  #isFailing = false;
  #mustTell = false;

  constructor(act: RunAct, lifeline: Lifeline, coverage: Coverage, deeds: Deeds) {
    this.#act = act;
    this.#lifeline = lifeline;
    this.#coverage = coverage;
    this.#deeds = deeds;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.hung = promise;
    this.#tellHung = resolve;
  }

  /** To be called before each step of the catalogue, and of a store in memory; throws what the step fails with. */
  step(step: string): void {
    const kind = this.#count(step);
    const verdict = this.#judge(step, kind, false);
    if (verdict === 'die' || verdict === 'hang') this.#lifeline.dieAfter(0);
    // SQLite makes its own calls.
    if (step.startsWith('catalogue ') || typeof verdict !== 'object' || !('fail' in verdict)) return;
    const errno = verdict.fail as Errno;
    throw new JubjubError(CODES[errno], `simulated: ${step}`, { received: errno });
  }

  /** To be called before each call on a simulated disk. */
  call({ text }: SimCall): Verdict {
    const verdict = this.#judge(text, this.#count(text), true);
    if (verdict === 'hang') this.#tellHung();
    return verdict;
  }

  /** Ends the run here: what it would do now proves nothing any more. */
  broken(error: unknown): void {
    this.violation ??= error;
    this.#lifeline.dieAfter(0);
  }

  /** Did any call fail that a run cannot get round? */
  get hasFailed(): boolean {
    return this.#mustTell;
  }

  #count(step: string): StepKind {
    const kind = kindOfStep(step);
    this.#coverage.add('step', kind);
    for (const counted of [kind, 'any'] as const)
      if (counted === kind || kind !== 'read') this.#made.set(counted, (this.#made.get(counted) ?? 0) + 1);
    return kind;
  }

  #judge(step: string, kind: StepKind, isCall: boolean): Verdict {
    const { end, rivalAt, lockLostAt } = this.#act;
    if (this.#isAt(lockLostAt, kind)) {
      this.#hit('lock lost', step, kind);
      this.lockLostAfter = this.#lifeline.steps.length;
      this.#deeds.loseLock();
    }
    if (this.#isAt(rivalAt, kind)) {
      this.#hit('rival', step, kind);
      this.#deeds.rival();
    }
    if (end !== null && this.#isAt(end.at, kind)) {
      this.#hit(end.how, step, kind);
      if (end.how !== 'SIGTERM') return end.how === 'hang' ? 'hang' : 'die';
      this.#deeds.terminate();
    }
    return step.startsWith('catalogue ') ? undefined : this.#trouble(step, kind, isCall);
  }

  #trouble(step: string, kind: StepKind, isCall: boolean): Verdict {
    const { trouble } = this.#act;
    if (trouble === null) return undefined;
    const isFirst = this.#isAt(trouble.at, kind);
    if (!isFirst && !(this.#isFailing && trouble.lasting)) return undefined;
    const { how } = trouble;
    // A step of the store in memory is no call: it is made, or fails.
    if (!isCall && (how === 'slow' || how === 'short write')) return undefined;
    if (how === 'slow') {
      this.#hit(how, step, kind);
      return { takesMs: 90_000 };
    }
    if (how === 'short write') {
      if (!step.startsWith('write ')) return undefined;
      this.#hit(how, step, kind);
      return { shortBytes: 7 };
    }
    if (!isFirst && HARMLESS[how].test(step)) return undefined;
    // It is no failure that one run need tell of, and later calls do not share it.
    this.#isFailing = !(how === 'EACCES' && SOMEBODY_ELSES.test(step));
    const isGotRound = (isFirst && GOT_ROUND.test(step)) || (how === 'EMFILE' && step.startsWith('syncfs '));
    this.#mustTell ||= this.#isFailing && !isGotRound;
    this.#hit(how, step, kind);
    return { fail: how };
  }

  #isAt(at: StepRef | null, kind: StepKind): boolean {
    if (at === null || (at.kind === 'any' ? kind === 'read' : at.kind !== kind)) return false;
    return this.#made.get(at.kind) === at.nth;
  }

  #hit(what: string, step: string, kind: StepKind): void {
    this.#coverage.add(what, kind);
    if (!this.hits.some((hit) => hit.what === what)) this.hits.push({ what, step });
  }
}
