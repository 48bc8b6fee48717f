/** Lines on stderr, which a live display can divert so that they scroll above it. */
import type { OutputStream } from './io.ts';

export class Lines {
  readonly #stream: OutputStream;
  #diversion: ((line: string) => void) | null = null;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  /** Writes one line, given without its newline. */
  write(line: string): void {
    if (this.#diversion !== null) this.#diversion(line);
    else this.#stream.write(`${line}\n`);
  }

  /** Sends lines elsewhere from now on; null brings them back. */
  divert(to: ((line: string) => void) | null): void {
    this.#diversion = to;
  }
}
