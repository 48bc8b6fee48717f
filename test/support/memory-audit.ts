/** The audit file of the store in memory: what was not flushed may end anywhere after a power cut, in the middle of a line too. */
import type { Prng } from './prng.ts';

export class MemoryAudit {
  #bytes = Buffer.alloc(0);
  #flushedBytes = 0;

  /** All whole lines. */
  lines(): string[] {
    return this.#whole().toString('utf8').split('\n').slice(0, -1);
  }

  append(lines: readonly string[]): void {
    const whole = this.#whole();
    this.#bytes = Buffer.concat([whole, Buffer.from(lines.map((line) => `${line}\n`).join(''), 'utf8')]);
    this.#flushedBytes = Math.min(this.#flushedBytes, whole.length);
  }

  flush(): void {
    this.#flushedBytes = this.#bytes.length;
  }

  /** Ends with part of a line, as if a power cut had left it. */
  tear(part: string): void {
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(part, 'utf8')]);
  }

  powerCut(prng: Prng): void {
    const keptBytes = this.#flushedBytes + prng.int(this.#bytes.length - this.#flushedBytes + 1);
    this.#bytes = this.#bytes.subarray(0, keptBytes);
    this.flush();
  }

  #whole(): Buffer<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#bytes.lastIndexOf('\n') + 1);
  }
}
