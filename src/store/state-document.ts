/** One small document in the state folder that is replaced as a whole: there before or after, never a half of it. */
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flushEach } from './flush.ts';
import { storing } from './fs-errors.ts';
import { readUpTo } from './random-access.ts';
import { replacing } from './staging.ts';

/** Of whatever lies there; ours are a few hundred bytes. */
const BYTES_MAX = 1024 * 1024;

export class StateDocument {
  readonly #file: string;

  constructor(stateFolder: string, name: string) {
    this.#file = join(stateFolder, name);
  }

  /** null when there is none. @throws STORE_* */
  read(): Promise<string | null> {
    return storing('could not read', this.#file, async () => {
      const bytes = await readUpTo(this.#file, BYTES_MAX);
      return bytes?.toString('utf8') ?? null;
    });
  }

  /** Durable when it returns. @throws STORE_* */
  async write(text: string): Promise<void> {
    const aside = `${this.#file}.part`;
    await storing('could not write', this.#file, async () => {
      const handle = await replacing(aside, () => open(aside, 'wx', 0o640));
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(aside, this.#file);
      await flushEach([dirname(this.#file)]);
    });
  }

  /** @throws STORE_* */
  async remove(): Promise<void> {
    await storing('could not remove', this.#file, () => rm(this.#file, { force: true }));
  }
}
