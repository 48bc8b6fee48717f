/** The trash of the store in memory: each move and each deletion is a step that a process may not live to make. */
import { type ErrorCode, JubjubError } from '../../src/errors.ts';
import type { DocrootPath, TrashPath } from '../../src/pypi/types.ts';
import type { TrashMove } from '../../src/store/contract.ts';
import type { Lifeline } from './lifeline.ts';
import type { MemoryDisk, Place } from './memory-disk.ts';

export class MemoryTrash {
  /** What every use of the trash ends with. */
  failure: ErrorCode | null = null;
  /** Files that cannot be moved away, as if immutable or on a mount of their own. */
  readonly immovable = new Set<DocrootPath>();
  readonly #disk: MemoryDisk;
  readonly #lifeline: Lifeline;

  constructor(disk: MemoryDisk, lifeline: Lifeline) {
    this.#disk = disk;
    this.#lifeline = lifeline;
  }

  hide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#move('hide', moves, (move) => ({ from: inDocroot(move), to: inTrash(move.to) }));
  }

  unhide(moves: readonly TrashMove[]): Promise<readonly TrashMove[]> {
    return this.#move('unhide', moves, (move) => ({ from: inTrash(move.to), to: inDocroot(move) }));
  }

  async delete(paths: readonly TrashPath[]): Promise<void> {
    if (paths.length === 0) return;
    for (const path of paths) {
      this.#use(`delete ${path}`);
      this.#lifeline.step(`delete ${path}`);
      this.#disk.unlink('trash', path);
    }
    this.#lifeline.step(`flush ${paths.length} deleted`);
    this.#disk.flushNames(paths);
  }

  async #move(
    deed: 'hide' | 'unhide',
    moves: readonly TrashMove[],
    wayOf: (move: TrashMove) => { readonly from: Place; readonly to: Place },
  ): Promise<readonly TrashMove[]> {
    const moved: TrashMove[] = [];
    for (const move of moves) {
      this.#use(`${deed} ${move.from}`);
      const { from, to } = wayOf(move);
      if (this.#disk.get(from.space, from.path) === undefined) continue;
      if (this.immovable.has(move.from))
        throw new JubjubError('STORE_NOT_WRITABLE', `the disk refuses: ${deed} ${move.from}`);
      this.#lifeline.step(`${deed} ${move.from}`);
      this.#disk.rename(from, to);
      moved.push(move);
    }
    if (moved.length === 0) return [];
    this.#lifeline.step(`flush ${moved.length} moved by ${deed}`);
    this.#disk.flushNames(moved.flatMap((move) => [move.from, move.to]));
    return moved;
  }

  #use(what: string): void {
    this.#lifeline.alive();
    if (this.failure !== null) throw new JubjubError(this.failure, `the trash refuses: ${what}`);
  }
}

function inDocroot(move: TrashMove): Place {
  return { space: 'web', path: move.from };
}

function inTrash(path: TrashPath): Place {
  return { space: 'trash', path };
}
