/** Keeps the cursor of a verify: written now and then and at an interruption, taken up by --resume, gone at the end. */
import { isJubjubError, type JubjubError } from '../../errors.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { cursorText, type Standing, standingOf, standingText } from './cursor.ts';
import { type Finding, reasonOf, type VerifyStep } from './damage.ts';
import type { Ledger } from './ledger.ts';
import type { VerifyDeps, VerifyOptions } from './options.ts';

/** What an unplugged machine has to do again; writing it takes a millisecond. */
const SAVE_EVERY_MS = 5_000;

/** Steps that can go on after a project; the others begin anew, from what was known before them. */
const GOES_ON: ReadonlySet<VerifyStep> = new Set(['pages', 'files', 'upstream']);

export class CursorKeeping {
  /** In words; null when the verify began anew. */
  resumedAt: string | null = null;
  readonly #deps: VerifyDeps;
  readonly #options: VerifyOptions;
  readonly #ledger: Ledger;
  readonly #startedMs: number;
  #earlierMs = 0;
  #savedMs: number;
  #step: VerifyStep = 'catalogue';
  #after: ProjectName | null = null;
  /** What to write while a step lasts that cannot go on. */
  #beforeStep: Standing | null = null;
  #canWrite = true;

  constructor(deps: VerifyDeps, options: VerifyOptions, ledger: Ledger, startedMs: number) {
    this.#deps = deps;
    this.#options = options;
    this.#ledger = ledger;
    this.#startedMs = startedMs;
    this.#savedMs = startedMs;
  }

  get durationMs(): number {
    return this.#earlierMs + this.#deps.clock.now() - this.#startedMs;
  }

  /** Is it time to write the cursor? */
  get isDue(): boolean {
    return this.#deps.clock.now() - this.#savedMs >= SAVE_EVERY_MS;
  }

  /** What an interrupted verify has left, when that is asked for. @throws USAGE_INVALID */
  async begin(): Promise<Standing | null> {
    if (!this.#options.resume) return null;
    const text = await this.#deps.cursor.read();
    if (text === null) {
      const message = 'there is no interrupted verify: this one begins anew';
      this.#deps.tell({ type: 'warning', code: 'NOTHING_TO_RESUME', message });
      return null;
    }
    const standing = standingOf(text, this.#options, this.#deps.catalogue.identity());
    this.resumedAt = standingText(standing);
    this.#earlierMs = standing.durationMs;
    return standing;
  }

  async startStep(step: VerifyStep): Promise<void> {
    this.#step = step;
    this.#after = null;
    this.#beforeStep = GOES_ON.has(step) ? null : this.#standing([]);
  }

  /** A project is done with, and everything before it. */
  passed(name: ProjectName): void {
    this.#after = name;
  }

  /** Writes the cursor; `owed` is what was found and is not mended yet. A disk that takes none does not end the verify. */
  async save(owed: readonly Finding[]): Promise<void> {
    this.#savedMs = this.#deps.clock.now();
    if (!this.#canWrite) return;
    const standing = this.#beforeStep ?? this.#standing(owed);
    try {
      await this.#deps.cursor.write(cursorText(this.#options, this.#deps.catalogue.identity(), standing));
    } catch (error) {
      if (!isJubjubError(error, 'STORE_NOT_WRITABLE', 'STORE_FULL', 'STORE_IO')) throw error;
      this.#canWrite = false;
      const message = `the cursor could not be written, so that this verify cannot be resumed: ${reasonOf(error)}`;
      this.#deps.tell({ type: 'warning', code: error.code, message });
    }
  }

  /** Finished: nothing to resume. Ended by something: from here it goes on. */
  async end(stopped: JubjubError | null, owed: readonly Finding[]): Promise<void> {
    if (stopped !== null) await this.save(owed);
    else if (this.#canWrite) await this.#deps.cursor.remove();
  }

  #standing(owed: readonly Finding[]): Standing {
    return this.#ledger.standing({
      step: this.#step,
      after: this.#after,
      owed,
      durationMs: this.durationMs,
    });
  }
}
