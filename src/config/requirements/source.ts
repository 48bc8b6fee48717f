/** Reads the files that requirements stand in, within limits. */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { badFile, type TextFile } from './entry.ts';

/** Requirement files of one configuration, with all that they include. */
export const REQUIREMENT_FILES_MAX = 200;
/** Bytes of one of them; the largest lock files known have a few million. Parsed, it takes some fifteen times as much memory. */
export const REQUIREMENT_FILE_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of all of them together. */
export const REQUIREMENT_BYTES_MAX = 32 * 1024 * 1024;

export class RequirementSource {
  readonly #folder: string;
  #files = 0;
  #bytes = 0;

  /** @param folder that of mirror.toml, to which names are relative */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The text of a file, without a byte order mark.
   * @param from where it is named, for people
   * @throws CONFIG_INVALID when it is missing, unreadable, no text, or too much
   */
  read(name: string, from: string): TextFile {
    const path = resolve(this.#folder, name);
    const shown = this.#shown(path);
    const refuse = (expected: string, received: string) =>
      badFile({ path, shown }, null, { expected, received, hint: `it is named in ${from}` });
    if (++this.#files > REQUIREMENT_FILES_MAX)
      throw refuse(`at most ${REQUIREMENT_FILES_MAX} files with requirements`, 'one more');
    if (name.includes('\0')) throw refuse('the path of a file', 'one with a null character in it');
    const bytes = this.#bytesOf(path, refuse);
    try {
      return { path, shown, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
    } catch {
      throw refuse('text in UTF-8', 'other bytes');
    }
  }

  #bytesOf(path: string, refuse: (expected: string, received: string) => Error): Buffer {
    const left = REQUIREMENT_BYTES_MAX - this.#bytes;
    const check = (size: number) => {
      if (size > REQUIREMENT_FILE_BYTES_MAX)
        throw refuse(`at most ${REQUIREMENT_FILE_BYTES_MAX} bytes`, `${size} bytes`);
      if (size > left)
        throw refuse(
          `at most ${REQUIREMENT_BYTES_MAX} bytes of all files with requirements`,
          `${size} bytes more`,
        );
    };
    let bytes: Buffer;
    try {
      // Before it is in memory, and without waiting for what a pipe may say.
      const stat = statSync(path);
      if (!stat.isFile()) throw refuse('a file', 'a folder, a device or the like');
      check(stat.size);
      bytes = readFileSync(path);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      throw typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code) ? cause : refuse('a readable file', code);
    }
    check(bytes.length);
    this.#bytes += bytes.length;
    return bytes;
  }

  /** Short inside the folder of mirror.toml, the whole path outside of it. */
  #shown(path: string): string {
    const short = relative(this.#folder, path);
    return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
  }
}
