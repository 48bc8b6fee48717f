/** Works off what is due, wave after wave, and stops at the limits of a run. */
import type { DueProject } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import type { ProjectName } from '../pypi/types.ts';
import { demandWithoutChange } from './demands.ts';
import { type MirrorDeps, PROJECTS_PER_WAVE_MAX, type SyncOptions } from './deps.ts';
import { HeadWatch } from './head-watch.ts';
import { holdRemovals } from './removal-limit.ts';
import type { Run } from './run.ts';
import { runWave } from './wave.ts';

export class Work {
  readonly #deps: MirrorDeps;
  readonly #options: SyncOptions;
  readonly #run: Run;
  readonly #signal: AbortSignal;
  readonly #heads: HeadWatch;
  #held: JubjubError | null = null;
  #count = 0;

  constructor(deps: MirrorDeps, options: SyncOptions, run: Run, signal: AbortSignal) {
    this.#deps = deps;
    this.#options = options;
    this.#run = run;
    this.#signal = signal;
    this.#heads = new HeadWatch(deps);
  }

  /** One round over everything that is due: each project is tried once. And another one, when the rules leave out what is published. */
  async off(): Promise<void> {
    await this.#round();
    await this.#deferred();
  }

  /** Goes on with what became due since, in the same round: what has failed in it is not tried again. */
  async goOn(): Promise<void> {
    await this.#waves();
    await this.#deferred();
  }

  async #deferred(): Promise<void> {
    if (this.#dueDeferred().length > 0) await this.#round();
  }

  /** Those that the rules turned out to leave out become due as such, so that the removal limit counts them. */
  #dueDeferred(): readonly ProjectName[] {
    const { deferred } = this.#run.tally;
    this.#run.tally.deferred = [];
    this.#deps.catalogue.addDue(deferred.map((name) => demandWithoutChange(name, null, 'selection')));
    return deferred;
  }

  async #round(): Promise<void> {
    this.#deps.catalogue.startRound();
    await this.#waves();
  }

  async #waves(): Promise<void> {
    const { catalogue } = this.#deps;
    // The last word counts: what was held before is held still, or has gone.
    this.#held = await holdRemovals(this.#deps, this.#options, this.#run.tally.withdrawn);
    for (;;) {
      const due = catalogue.nextDue(PROJECTS_PER_WAVE_MAX);
      const { serial, discovered } = catalogue.progress();
      // Without a project due there may still be a serial to commit: rows that change nothing a mirror shows.
      if (due.length === 0 && serial === discovered) return;
      await this.#wave(due, true);
      if (due.length === 0) return;
    }
  }

  /**
   * Only these, and the serial stays. `lets`: what the rules leave out of them leaves, because somebody named them (`--project`);
   * or it stays, for a run to ask the removal limit.
   */
  async offNamed(names: readonly ProjectName[], lets: 'leave' | 'stay'): Promise<void> {
    this.#deps.catalogue.startRound();
    await this.#named(names);
    if (lets === 'leave') await this.#named(this.#dueDeferred());
  }

  async #named(names: readonly ProjectName[]): Promise<void> {
    let left = names;
    while (left.length > 0) {
      const due = left
        .slice(0, PROJECTS_PER_WAVE_MAX)
        .flatMap((name) => this.#deps.catalogue.due(name) ?? []);
      left = [...(await this.#wave(due, false)), ...left.slice(PROJECTS_PER_WAVE_MAX)];
    }
  }

  /** Exit status 3, with the reason, when the removal limit held something back. */
  refuseHeld(): void {
    if (this.#held !== null) throw this.#held;
  }

  /** Returns the projects that did not fit into the wave. */
  async #wave(due: readonly DueProject[], advance: boolean): Promise<readonly ProjectName[]> {
    const { dryRun, full } = this.#options;
    const options = { number: ++this.#count, dryRun, full, advance, heads: this.#heads };
    const left = await runWave(this.#deps, due, this.#run.tally, options, this.#signal);
    if (this.#signal.aborted) throw interrupted();
    this.#refuseTooManyPending();
    return left;
  }

  #refuseTooManyPending(): void {
    // Those that the removal limit holds back have a limit of their own, and everything else of the run is to be done.
    const pending = this.#deps.catalogue.failedCount();
    const limit = this.#deps.settings.pendingLimit;
    if (pending <= limit) return;
    throw new JubjubError('LIMIT_PENDING', `${pending} projects are pending: the run stopped`, {
      expected: `at most ${limit} ([sync] pending-limit)`,
      received: `${pending} pending projects`,
      effect: 'what was done is committed; the rest waits for the next run',
      hint: 'see `jubjub status` for what they have in common; raise [sync] pending-limit if it is in order',
    });
  }
}
