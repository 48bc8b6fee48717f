/** A simulated process at a simulated disk: asks the hook before each call what becomes of it, and once dead does nothing any more. */
import { JubjubError } from '../../../src/errors.ts';
import type { SimDisk } from './disk.ts';
import { type Errno, errnoError, LookupError, misuse, SIM_ROOT } from './errors.ts';

/** As the kernel knows them; `create` is an open that may make a file. */
export type CallName =
  | 'open'
  | 'create'
  | 'read'
  | 'write'
  | 'truncate'
  | 'fstat'
  | 'fsync'
  | 'fdatasync'
  | 'syncfs'
  | 'close'
  | 'stat'
  | 'lstat'
  | 'access'
  | 'realpath'
  | 'readlink'
  | 'opendir'
  | 'readdir'
  | 'mkdir'
  | 'rmdir'
  | 'rename'
  | 'unlink'
  | 'link'
  | 'symlink'
  | 'copyfile'
  | 'utimes';

/** Calls after which the disk may be another. */
const CHANGES: ReadonlySet<CallName> = new Set<CallName>([
  ...(['create', 'write', 'truncate', 'fsync', 'fdatasync', 'syncfs', 'mkdir', 'rmdir', 'rename'] as const),
  ...(['unlink', 'link', 'symlink', 'copyfile', 'utimes'] as const),
]);

export interface SimCall {
  readonly name: CallName;
  /** From the root of the disk: `web/simple/index.html`. */
  readonly path: string;
  /** Where a rename, link or copy leads. */
  readonly to: string | null;
  /** Else it only looks. */
  readonly changes: boolean;
  readonly process: SimProcess;
  /** `rename state/staging/ab12 web/simple/index.html` */
  readonly text: string;
}

/** What becomes of a call: undefined lets it happen. */
export type Verdict =
  | { readonly fail: Errno }
  /** Of a write: so many bytes at most. The rest is another call, if the caller goes on. */
  | { readonly shortBytes: number }
  | { readonly takesMs: number }
  /** Never returns. A process that hangs in a call that cannot be waited for is as good as dead. */
  | 'hang'
  /** The process dies right before it. */
  | 'die'
  | undefined;

export type CallHook = (call: SimCall) => Verdict;

/** What a dead process meets: no error of the disk, so that nobody takes it for one. */
function dead(): JubjubError {
  return new JubjubError('STORE_IO', 'the process is dead');
}

export class SimProcess {
  readonly disk: SimDisk;
  /** What the disk's root is called by this process; after its death nothing below it works. */
  readonly root: string;
  /** Descriptors that are open: none is to be left. */
  readonly open = new Set<object>();
  /** More than so many fail with EMFILE. */
  filesOpenMax = Number.POSITIVE_INFINITY;
  readonly #id: number;
  #isDead = false;

  constructor(disk: SimDisk, id: number) {
    this.disk = disk;
    this.#id = id;
    this.root = `${SIM_ROOT}/${id}`;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    this.#isDead = true;
    this.open.clear();
    this.disk.forget(this, this.#id);
  }

  /**
   * Does one call, a turn later, as the hook has it. `act` is the call itself; `failed` is what its failure does all the same.
   */
  async later<T>(
    name: CallName,
    path: string,
    to: string | null,
    act: (bytesMax: number) => T,
    failed: (errno: Errno) => void = () => {},
  ): Promise<T> {
    await null;
    const { call, verdict } = this.#ask(name, path, to);
    if (verdict === 'hang') await new Promise<never>(() => {});
    if (verdict !== undefined && typeof verdict === 'object' && 'takesMs' in verdict) {
      if (this.disk.sleep === null) throw misuse('a call is to take time, and there is no clock');
      await this.disk.sleep(verdict.takesMs);
      this.alive();
    }
    return this.#end(call, verdict, act, failed);
  }

  /** The same at once, for calls that block their process. */
  now<T>(
    name: CallName,
    path: string,
    to: string | null,
    act: (bytesMax: number) => T,
    failed: (errno: Errno) => void = () => {},
  ): T {
    const { call, verdict } = this.#ask(name, path, to);
    if (verdict === 'hang') this.#die();
    return this.#end(call, verdict, act, failed);
  }

  /** @throws what a dead process meets */
  alive(): void {
    if (this.#isDead) throw dead();
  }

  #ask(
    name: CallName,
    path: string,
    to: string | null,
  ): { readonly call: SimCall; readonly verdict: Verdict } {
    this.alive();
    const text = to === null ? `${name} ${path}` : `${name} ${path} ${to}`;
    const call: SimCall = { name, path, to, changes: CHANGES.has(name), process: this, text };
    const verdict = this.disk.hook?.(call);
    // The hook may have taken the power away.
    this.alive();
    if (verdict === 'die') this.#die();
    return { call, verdict };
  }

  #end<T>(call: SimCall, verdict: Verdict, act: (bytesMax: number) => T, failed: (errno: Errno) => void): T {
    try {
      if (typeof verdict !== 'object') return act(Number.POSITIVE_INFINITY);
      if (!('fail' in verdict))
        return act('shortBytes' in verdict ? verdict.shortBytes : Number.POSITIVE_INFINITY);
      failed(verdict.fail);
      throw new LookupError(verdict.fail);
    } catch (error) {
      if (!(error instanceof LookupError)) throw error;
      throw this.#error(error.errno, call.name, call.path, call.to);
    }
  }

  #die(): never {
    this.kill();
    throw dead();
  }

  /** An error of the operating system, with the paths that this process knows. */
  #error(code: Errno, name: CallName, path: string, to: string | null): NodeJS.ErrnoException {
    const call = name === 'create' ? 'open' : name;
    return errnoError(code, call, this.told(path), to === null ? undefined : this.told(to));
  }

  /** A path as this process writes it. */
  told(path: string): string {
    const text = Buffer.from(path, 'latin1').toString('utf8');
    return text === '' ? this.root : `${this.root}/${text}`;
  }
}
