/** Refuses pages that claim a serial which upstream has not reached: believed once, such a page would never be replaced. */
import { JubjubError } from '../errors.ts';
import type { Serial } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';

/**
 * Without a changelog there is only the list, which a cache may keep for a day. PyPI makes some 20,000 serials a day, so
 * a page that is further ahead of the list than this cannot be.
 */
const AHEAD_OF_LIST_MAX = 100_000;

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
    const kind = kindOf(this.#deps);
    const { discovered } = this.#deps.catalogue.progress();
    // The numbers of an upstream without serials are somebody else's; nothing is decided by them.
    if (kind === 'poll' || (kind === 'list' && discovered === null)) return;
    this.#head = Math.max(this.#head, (discovered ?? 0) + (kind === 'list' ? AHEAD_OF_LIST_MAX : 0));
    if (serial <= this.#head) return;
    if (kind === 'changelog') {
      this.#asking ??= this.#deps.upstream.head(signal).finally(() => {
        this.#asking = null;
      });
      this.#head = Math.max(this.#head, await this.#asking);
      if (serial <= this.#head) return;
    }
    throw new JubjubError(
      'UPSTREAM_MALFORMED',
      `a page claims a serial that upstream has not reached: ${what}`,
      {
        expected: `at most ${this.#head}, what upstream can have reached`,
        received: `serial ${serial}`,
        effect: `${what} stays as it was; it is pending and will be tried again`,
        hint: 'a cache in between may be mixing two indexes',
      },
    );
  }
}
