/** A staged file that is small until it turns out to be large: held in memory, and written in one go when it is complete. */
import { lstatSync } from 'node:fs';
import { sha256Of } from '../pypi/digests.ts';
import { AT_ONCE_BYTES_MAX, statNow, writeNew } from './at-once.ts';
import type { Digest, StageWriter } from './contract.ts';
import { storing } from './fs-errors.ts';
import { openStaged, replacing, type StagedFlush } from './staging.ts';

/** A server may send a byte at a time, and each piece is an object. */
const PIECES_MAX = 256;

/** Opens what is staged for a path, as an earlier try left it; where nothing is, no file is begun before it has to be. */
export async function openSmall(file: string, flush: StagedFlush): Promise<StageWriter> {
  const isThere = await storing('could not open', file, async () => statNow(file, lstatSync) !== null);
  return isThere ? openStaged(file, flush) : new SmallStageWriter(file, flush);
}

class SmallStageWriter implements StageWriter {
  readonly #file: string;
  readonly #flush: StagedFlush;
  #pieces: Uint8Array[] = [];
  #sizeBytes = 0;
  #digest: Digest | null = null;
  /** Once there was more than may be held. */
  #large: StageWriter | null = null;

  constructor(file: string, flush: StagedFlush) {
    this.#file = file;
    this.#flush = flush;
  }

  get sizeBytes(): number {
    return this.#large?.sizeBytes ?? this.#sizeBytes;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#large === null && this.#sizeBytes + chunk.length > AT_ONCE_BYTES_MAX) await this.#spill();
    if (this.#large !== null) return this.#large.write(chunk);
    this.#pieces.push(chunk);
    this.#sizeBytes += chunk.length;
    this.#digest = null;
    if (this.#pieces.length > PIECES_MAX) this.#whole();
  }

  async restart(): Promise<void> {
    if (this.#large !== null) return this.#large.restart();
    this.#forget();
  }

  digest(): Digest {
    if (this.#large !== null) return this.#large.digest();
    this.#digest ??= { sha256: sha256Of(this.#whole()), sizeBytes: this.#sizeBytes };
    return this.#digest;
  }

  async finish(): Promise<void> {
    if (this.#large !== null) return this.#large.finish();
    await this.#write();
    await this.#flush.finished(this.#file);
  }

  async suspend(): Promise<void> {
    if (this.#large !== null) return this.#large.suspend();
    if (this.#sizeBytes > 0) await this.#write();
  }

  async discard(): Promise<void> {
    if (this.#large !== null) return this.#large.discard();
    this.#forget();
  }

  async #spill(): Promise<void> {
    const bytes = this.#whole();
    this.#large = await openStaged(this.#file, this.#flush);
    // Somebody else's: nothing lay there when this one was opened.
    if (this.#large.sizeBytes > 0) await this.#large.restart();
    if (bytes.length > 0) await this.#large.write(bytes);
    this.#forget();
  }

  async #write(): Promise<void> {
    const bytes = this.#whole();
    await storing('could not write', this.#file, () =>
      replacing(this.#file, async () => writeNew(this.#file, bytes)),
    );
    this.#forget();
  }

  /** One piece from now on. */
  #whole(): Uint8Array {
    const [only = Buffer.alloc(0), ...more] = this.#pieces;
    if (more.length === 0) return only;
    const whole = Buffer.concat(this.#pieces, this.#sizeBytes);
    this.#pieces = [whole];
    return whole;
  }

  #forget(): void {
    this.#pieces = [];
    this.#sizeBytes = 0;
    this.#digest = null;
  }
}
