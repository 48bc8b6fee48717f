/**
 * The thread by which a simulated process hangs: every step that changes something outside the process goes through it,
 * and at a chosen one the process dies. From then on nothing works any more, as for a process that was killed.
 */
import { JubjubError } from '../../src/errors.ts';

/** What a dead process meets; it ends a run as a failing disk does, and leaves no trace. */
function dead(): JubjubError {
  return new JubjubError('STORE_IO', 'the process is dead');
}

export class Lifeline {
  /** Every step in words, `place simple/snark/index.html`; the one that killed is not among them. */
  readonly steps: string[] = [];
  /** Hears of each step right before it; what it throws is what the step fails with. */
  onStep: (what: string) => void = () => {};
  #left = Number.POSITIVE_INFINITY;
  #dead = false;

  get isDead(): boolean {
    return this.#dead;
  }

  /** Lets so many more steps happen; the one after them does not, and neither does anything later. */
  dieAfter(steps: number): void {
    this.#left = steps;
  }

  /** To be called before each change. */
  step(what: string): void {
    this.alive();
    this.onStep(what);
    if (this.#left <= 0) {
      this.#dead = true;
      throw dead();
    }
    this.#left -= 1;
    this.steps.push(what);
  }

  /** To be called before anything that a dead process cannot do either. */
  alive(): void {
    if (this.#dead) throw dead();
  }

  /** The next process: it lives until it is told otherwise. */
  revive(): void {
    this.#dead = false;
    this.#left = Number.POSITIVE_INFINITY;
  }
}
