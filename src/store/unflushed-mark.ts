/**
 * The mark of a mirror that something was written to without a flush (`[store] flush = "off"`): in which boot of the machine.
 *
 * As long as the machine runs, nothing is lost: a kill takes no written byte away. After it was started anew nobody can tell what
 * the disk has of all that, and the mirror is in doubt until a repair has looked at everything.
 */
import { readFile } from 'node:fs/promises';
import { Flush, type FlushMode, flushEach } from './flush.ts';
import type { MirrorFolders } from './folders.ts';
import { orNull } from './fs-errors.ts';
import { StateDocument } from './state-document.ts';

const NAME = 'unflushed.txt';
/** Of the kernel: another one after each start. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Where the system tells of no boots, none is noticed. */
const SOME_BOOT = 'some boot';

async function thisBoot(): Promise<string> {
  const text = await orNull(() => readFile(BOOT_ID, 'utf8'));
  return text?.trim() ?? SOME_BOOT;
}

export class UnflushedMark {
  readonly #folders: MirrorFolders;
  readonly #document: StateDocument;
  readonly #mode: FlushMode;

  constructor(folders: MirrorFolders, mode: FlushMode) {
    this.#folders = folders;
    this.#document = new StateDocument(folders.state, NAME);
    this.#mode = mode;
  }

  /**
   * Before anything is written; by who holds the lock. What earlier runs of this boot did not flush is flushed, when this one is to flush.
   * @returns whether the mirror is in doubt
   * @throws STORE_*
   */
  async begin(): Promise<boolean> {
    const [marked, boot] = [await this.#document.read(), await thisBoot()];
    if (marked !== null && marked !== boot) return true;
    if (marked === null && this.#mode === 'off') await this.#document.write(boot);
    if (marked !== null && this.#mode !== 'off') await this.settle();
    return false;
  }

  /** What is there is right. @throws STORE_* */
  async settle(): Promise<void> {
    if (this.#mode === 'off') {
      await this.#document.write(await thisBoot());
      return;
    }
    const { web, trash, state, staging } = this.#folders;
    // All that is written without a flush. The catalogue and the audit are flushed in every mode.
    await new Flush('wave', staging).trees([web, trash, staging]);
    await this.#document.remove();
    await flushEach([state]);
  }
}
