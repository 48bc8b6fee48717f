/** Tells one bad project from an upstream that is gone: asks a question that any living upstream answers. */
import { asJubjubError, isJubjubError, type JubjubError } from '../errors.ts';
import type { MirrorDeps } from './deps.ts';

/** So many projects failing in a row, none succeeding in between, make us ask. */
const FAILURES_IN_ROW = 8;

/**
 * Counts failures that may be the upstream's own. When there are many in a row it probes the upstream; only when that
 * fails too is it an outage. So neither do eight broken projects stop a mirror, nor does an outage make all pending.
 */
export class OutageWatch {
  readonly #deps: MirrorDeps;
  readonly #signal: AbortSignal;
  #inRow = 0;
  #probing: Promise<void> | null = null;
  #outage: JubjubError | null = null;

  constructor(deps: MirrorDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
  }

  succeeded(): void {
    this.#inRow = 0;
  }

  /** To be told of each failure; throws the outage when there is one. */
  async failed(error: JubjubError): Promise<void> {
    if (!isJubjubError(error, 'UPSTREAM_UNREACHABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_STATUS')) return;
    this.#inRow += 1;
    if (this.#inRow >= FAILURES_IN_ROW) this.#probing ??= this.#probe();
    await this.#probing;
    if (this.#outage !== null) throw this.#outage;
  }

  async #probe(): Promise<void> {
    try {
      await this.#deps.upstream.probe(this.#signal);
      this.#inRow = 0;
    } catch (error) {
      this.#outage = asJubjubError(error).with({
        effect: 'the run stopped; what earlier waves committed is kept, the rest is done by the next run',
      });
    } finally {
      if (this.#outage === null) this.#probing = null;
    }
  }
}
