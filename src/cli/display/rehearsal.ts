/** What a dry run tells that its summary has no numbers for: who would leave, and whether the removal limit would hold them. */
import type { RunEvent } from '../../events.ts';
import { printable } from '../text.ts';

const NAMES_MAX = 10;

export class Rehearsal {
  /** By the removal limit. */
  isHeld = false;
  #leaving = 0;
  readonly #names: string[] = [];

  take(event: RunEvent): void {
    if (event.type === 'warning' && event.code === 'LIMIT_REMOVALS') this.isHeld = true;
    if (event.type !== 'withdrawn') return;
    this.#leaving += 1;
    if (this.#names.length < NAMES_MAX) this.#names.push(event.name);
  }

  /** `a, b, and 12 more`; null when nobody would leave. */
  leavingText(): string | null {
    if (this.#leaving === 0) return null;
    const more = this.#leaving - this.#names.length;
    return `${this.#names.map(printable).join(', ')}${more === 0 ? '' : `, and ${more} more`}`;
  }

  /** What lets them go; null when nothing holds them. */
  nextStep(): string | null {
    return this.isHeld ? `if they are meant to leave: jubjub sync --allow-removals ${this.#leaving}` : null;
  }
}
