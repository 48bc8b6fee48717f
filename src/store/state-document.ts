/** One small document in the state folder that is replaced as a whole: there before or after, never a half of it. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flushPaths } from './flush.ts';
import { orNull, storing } from './fs-errors.ts';
import { replacing } from './staging.ts';

export class StateDocument {
  readonly #file: string;

  constructor(stateFolder: string, name: string) {
    this.#file = join(stateFolder, name);
  }

  /** null when there is none. @throws STORE_* */
  read(): Promise<string | null> {
    return storing('could not read', this.#file, () => orNull(() => readFile(this.#file, 'utf8')));
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
      const folder = dirname(this.#file);
      await flushPaths([folder], folder);
    });
  }

  /** @throws STORE_* */
  async remove(): Promise<void> {
    await storing('could not remove', this.#file, () => rm(this.#file, { force: true }));
  }
}
