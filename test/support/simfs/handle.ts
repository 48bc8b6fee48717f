/** Open files and directories of a simulated process, with as much of node's FileHandle and Dir as the store uses. */
import { constants } from 'node:fs';
import { Readable } from 'node:stream';
import { LookupError, misuse } from './errors.ts';
import { failFlush, type Inode, truncateData, writeData } from './inode.ts';
import type { CallName, SimProcess } from './process.ts';
import { SimDirent, SimStats } from './stats.ts';

const PIECE_BYTES = 64 * 1024;

/** Numbers that no kernel gives out: what stands for an open file in the calls that want the answer at once. */
export const DESCRIPTORS_FROM = 2 ** 30;
const described = new Map<number, SimFileHandle>();
let descriptors = DESCRIPTORS_FROM;

/** The open file that a number stands for. */
export function handleOf(descriptor: number): SimFileHandle | undefined {
  return described.get(descriptor);
}

abstract class Opened {
  protected readonly process: SimProcess;
  protected readonly path: string;
  #isOpen = true;

  constructor(process: SimProcess, path: string) {
    this.process = process;
    this.path = path;
    process.open.add(this);
  }

  /** @throws EBADF once closed */
  protected mustBeOpen(): void {
    if (!this.#isOpen) throw new LookupError('EBADF');
  }

  protected release(): void {
    this.mustBeOpen();
    this.#isOpen = false;
    this.process.open.delete(this);
  }

  // A close that fails has closed all the same.
  close(): Promise<void> {
    const release = () => this.release();
    return this.process.later('close', this.path, null, release, release);
  }

  /** For closeSync. */
  closeAtOnce(): void {
    const release = () => this.release();
    this.process.now('close', this.path, null, release, release);
  }
}

export class SimFileHandle extends Opened {
  readonly #inode: Inode;
  readonly #flags: number;
  #position = 0;

  constructor(process: SimProcess, path: string, inode: Inode, flags: number) {
    super(process, path);
    this.#inode = inode;
    this.#flags = flags;
  }

  stat(): Promise<SimStats> {
    return this.#call('fstat', () => new SimStats(this.process.disk, this.#inode));
  }

  #descriptor: number | null = null;

  /** For the calls that want the answer at once. */
  get fd(): number {
    this.#descriptor ??= ++descriptors;
    described.set(this.#descriptor, this);
    return this.#descriptor;
  }

  protected override release(): void {
    super.release();
    if (this.#descriptor !== null) described.delete(this.#descriptor);
  }

  /** For fstatSync, readSync and writeSync. */
  readonly atOnce = {
    stat: () => this.#now('fstat', () => new SimStats(this.process.disk, this.#inode)),
    read: (buffer: Uint8Array, offset: number, length: number, position: number | null) =>
      this.#now('read', (bytesMax) => this.#read(buffer, offset, Math.min(length, bytesMax), position)),
    write: (bytes: Uint8Array, offset: number, length: number, position: number | null) =>
      this.#now('write', (bytesMax) => this.#write(bytes, offset, Math.min(length, bytesMax), position)),
  };

  read(buffer: Uint8Array, offset: number, length: number, position: number | null) {
    if (!(buffer instanceof Uint8Array))
      throw misuse('read needs a buffer, an offset, a length and a position');
    return this.#call('read', (bytesMax) => ({
      bytesRead: this.#read(buffer, offset, Math.min(length, bytesMax), position),
      buffer,
    }));
  }

  #read(buffer: Uint8Array, offset: number, length: number, position: number | null): number {
    const from = position ?? this.#position;
    const wanted = this.#bytes().subarray(from, from + length);
    buffer.set(wanted, offset);
    if (position === null) this.#position += wanted.length;
    return wanted.length;
  }

  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset, position: number | null = null) {
    if (!(bytes instanceof Uint8Array)) throw misuse('write needs bytes');
    // What the caller does to its buffer meanwhile is its own affair; nobody does that here.
    return this.#call('write', (bytesMax) => ({
      bytesWritten: this.#write(bytes, offset, Math.min(length, bytesMax), position),
      buffer: bytes,
    }));
  }

  #write(bytes: Uint8Array, offset: number, length: number, position: number | null): number {
    const file = this.#file();
    const written = bytes.subarray(offset, offset + length);
    const appends = (this.#flags & constants.O_APPEND) !== 0;
    const at = appends ? file.bytes.length : (position ?? this.#position);
    writeData(file, at, written);
    file.mtimeMs = this.process.disk.now();
    if (position === null || appends) this.#position = at + written.length;
    return written.length;
  }

  async writeFile(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let done = 0; done < bytes.length; )
      done += (await this.write(bytes, done, bytes.length - done)).bytesWritten;
  }

  async readFile(): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#pieces(null)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  truncate(sizeBytes = 0): Promise<void> {
    return this.#call('truncate', () => truncateData(this.#file(), sizeBytes));
  }

  sync(): Promise<void> {
    return this.#flush('fsync', () => this.process.disk.flush(this.#inode));
  }

  datasync(): Promise<void> {
    return this.#flush('fdatasync', () => this.process.disk.flush(this.#inode));
  }

  createReadStream({ start = 0, autoClose = true }: { start?: number; autoClose?: boolean } = {}): Readable {
    if (autoClose) throw misuse('a stream that closes its handle');
    return Readable.from(this.#pieces(start), { objectMode: false });
  }

  async *#pieces(start: number | null): AsyncGenerator<Buffer> {
    let at = start;
    for (;;) {
      const buffer = Buffer.alloc(PIECE_BYTES);
      const { bytesRead } = await this.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      if (at !== null) at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  #flush(name: CallName, flush: () => void): Promise<void> {
    const failed = () => {
      if (this.#inode.kind === 'file') failFlush(this.#inode);
    };
    return this.process.later(
      name,
      this.path,
      null,
      () => {
        this.mustBeOpen();
        flush();
      },
      failed,
    );
  }

  #call<T>(name: CallName, act: (bytesMax: number) => T): Promise<T> {
    return this.process.later(name, this.path, null, (bytesMax) => {
      this.mustBeOpen();
      return act(bytesMax);
    });
  }

  #now<T>(name: CallName, act: (bytesMax: number) => T): T {
    return this.process.now(name, this.path, null, (bytesMax) => {
      this.mustBeOpen();
      return act(bytesMax);
    });
  }

  #bytes(): Buffer {
    if (this.#inode.kind === 'file') return this.#inode.bytes;
    throw new LookupError('EISDIR');
  }

  #file() {
    const accesses = this.#flags & (constants.O_WRONLY | constants.O_RDWR);
    if (this.#inode.kind !== 'file' || accesses === 0) throw new LookupError('EBADF');
    return this.#inode;
  }
}

export interface FoundName {
  /** As bytes, each of them one character. */
  readonly name: string;
  readonly inode: Inode;
  /** Of the directory that it is in, from the root of the disk. */
  readonly directory: string;
}

/** A directory that is being read. What comes and goes meanwhile is not told, or told. */
export class SimDir<Name extends string | Buffer> extends Opened {
  readonly #left: FoundName[];
  readonly #toName: (name: string) => Name;

  constructor(process: SimProcess, path: string, found: FoundName[], toName: (name: string) => Name) {
    super(process, path);
    this.#left = found;
    this.#toName = toName;
  }

  read(): Promise<SimDirent<Name> | null> {
    return this.process.later('readdir', this.path, null, () => this.#next());
  }

  readSync(): SimDirent<Name> | null {
    return this.process.now('readdir', this.path, null, () => this.#next());
  }

  /** closedir never fails; and what cleans up after a death is not to hide why it died. */
  closeSync(): void {
    if (!this.process.isDead) this.release();
  }

  override async close(): Promise<void> {
    this.closeSync();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SimDirent<Name>> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      this.closeSync();
    }
  }

  #next(): SimDirent<Name> | null {
    this.mustBeOpen();
    const next = this.#left.shift();
    if (next === undefined) return null;
    return new SimDirent(this.#toName(next.name), this.process.told(next.directory), next.inode.kind);
  }
}
