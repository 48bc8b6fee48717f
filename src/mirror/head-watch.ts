/** Refuses pages that claim a serial which upstream has not reached: believed once, such a page would never be replaced. */
import { JubjubError } from '../errors.ts';
import type { Serial } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';

/** One for a run. */
export class HeadWatch {
  readonly #deps: MirrorDeps;
  #head: Serial = 0;
  #asking: Promise<Serial> | null = null;

  constructor(deps: MirrorDeps) {
    this.#deps = deps;
  }

  /** Asks for the head only when a page is newer than all that we know of, and once for all that wait for it. */
  async refuseBeyond(serial: Serial, what: string, signal: AbortSignal): Promise<void> {
    this.#head = Math.max(this.#head, this.#deps.catalogue.progress().discovered ?? 0);
    if (serial <= this.#head) return;
    this.#asking ??= this.#deps.upstream.head(signal).finally(() => {
      this.#asking = null;
    });
    this.#head = Math.max(this.#head, await this.#asking);
    if (serial <= this.#head) return;
    throw new JubjubError(
      'UPSTREAM_MALFORMED',
      `a page claims a serial that upstream has not reached: ${what}`,
      {
        expected: `at most ${this.#head}, upstream's head`,
        received: `serial ${serial}`,
        effect: `${what} stays as it was; it is pending and will be tried again`,
        hint: 'a cache in between may be mixing two indexes',
      },
    );
  }
}
