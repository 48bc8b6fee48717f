/**
 * A bandersnatch.conf taken apart as Python's configparser takes it apart, with the line of everything.
 *
 * Where Python would stop with an error (a line without `=`, a key said twice), this goes on and says so: the configuration
 * is to be translated, and half of it is better than none.
 */
import { type Budget, interpolate } from './interpolate.ts';

/** One line of a value. */
export interface ConfLine {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface ConfKey {
  readonly section: string;
  /** As written; bandersnatch reads names by their case. */
  readonly name: string;
  /** Interpolated; no empty lines at the end. */
  readonly lines: readonly ConfLine[];
  readonly line: number;
}

/** Something that Python would refuse, and what was made of it. */
export interface ConfRemark {
  readonly line: number;
  readonly text: string;
  readonly why: string;
}

export interface Conf {
  readonly sections: ReadonlyMap<string, ReadonlyMap<string, ConfKey>>;
  readonly remarks: readonly ConfRemark[];
}

/** The section whose keys every other section has, too. */
export const DEFAULTS = 'DEFAULT';

interface RawKey {
  readonly section: string;
  readonly name: string;
  readonly line: number;
  readonly lines: ConfLine[];
}

/** Lines of a file; more is no configuration. */
const LINES_MAX = 1_000_000;
/** Characters that references of one file may stand for. */
const REFERRED_CHARS_MAX = 4_000_000;

/** The value as bandersnatch gets it. */
export function textOf(key: ConfKey): string {
  return key.lines.map(({ text }) => text).join('\n');
}

/** The lines of a list, without the empty ones. */
export function entriesOf(key: ConfKey): readonly ConfLine[] {
  return key.lines.filter(({ text }) => text !== '');
}

/** A key of a section or, as configparser has it, of `[DEFAULT]`; null where neither has it. Hyphens and underscores are one. */
export function confKey(conf: Conf, section: string, name: string): ConfKey | null {
  const keys = conf.sections.get(section);
  if (keys === undefined) return null;
  return named(keys, name) ?? named(conf.sections.get(DEFAULTS), name) ?? null;
}

/** Every key of a section, those of `[DEFAULT]` included. */
export function keysOfSection(conf: Conf, section: string): readonly ConfKey[] {
  const keys = conf.sections.get(section);
  if (keys === undefined) return [];
  return [...new Map([...(conf.sections.get(DEFAULTS) ?? []), ...keys]).values()];
}

/** One spelling for `keep_index_versions` and `keep-index-versions`: versions of bandersnatch differ in them. */
export function spelled(name: string): string {
  return name.replaceAll('-', '_');
}

function named(keys: ReadonlyMap<string, ConfKey> | undefined, name: string): ConfKey | undefined {
  const exact = keys?.get(name);
  if (exact !== undefined) return exact;
  return [...(keys?.values() ?? [])].find((key) => spelled(key.name) === spelled(name));
}

/** Takes a text apart; never throws. */
export function parseConf(text: string): Conf {
  const reader = new Reader();
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/);
  for (const [index, line] of lines.slice(0, LINES_MAX).entries()) reader.read(line, index + 1);
  if (lines.length > LINES_MAX)
    reader.remark(LINES_MAX + 1, '', `only the first ${LINES_MAX} lines were read`);
  if (reader.remarks.length === 0 && [...reader.sections.values()].every((keys) => keys.size === 0))
    reader.remark(1, '', 'the file says nothing, and without [mirror] directory bandersnatch does not start');
  return interpolated(reader);
}

/** Reads line by line; what a line means depends on the key before it and on how far it is indented. */
class Reader {
  readonly sections = new Map<string, Map<string, RawKey>>();
  readonly remarks: ConfRemark[] = [];
  #section: { name: string; keys: Map<string, RawKey> } | null = null;
  #key: RawKey | null = null;
  #indent = 0;

  remark(line: number, text: string, why: string): void {
    this.remarks.push({ line, text, why });
  }

  read(whole: string, line: number): void {
    const text = whole.trim();
    // A comment takes a whole line. Inside a value it vanishes, where an empty line stays.
    if (text.startsWith('#') || text.startsWith(';')) return;
    if (text === '') {
      this.#key?.lines.push({ text, line });
      return;
    }
    const indent = whole.search(/\S/);
    if (this.#key !== null && indent > this.#indent) {
      this.#key.lines.push({ text, line });
      return;
    }
    this.#indent = indent;
    const header = /^\[(.+)\]/.exec(text);
    if (header?.[1] !== undefined) this.#open(header[1], text, line);
    else this.#take(text, line);
  }

  #open(name: string, text: string, line: number): void {
    const known = this.sections.get(name);
    if (known !== undefined && name !== DEFAULTS)
      this.remark(line, text, 'this section is there twice, at which bandersnatch stops; both were read');
    const keys = known ?? new Map<string, RawKey>();
    this.sections.set(name, keys);
    this.#section = { name, keys };
    this.#key = null;
  }

  #take(text: string, line: number): void {
    const at = text.indexOf('=');
    const name = text.slice(0, Math.max(at, 0)).trimEnd();
    if (this.#section === null) {
      this.remark(line, text, 'it stands before any section, at which bandersnatch stops');
    } else if (name === '') {
      this.remark(line, text, 'it has no name and "=", at which bandersnatch stops');
    } else {
      const value = text.slice(at + 1).trimStart();
      const before = this.#section.keys.get(name);
      if (before !== undefined) {
        const why = `the key is there again in line ${line}, at which bandersnatch stops; that one counts here`;
        this.remark(before.line, name, why);
      }
      this.#key = { section: this.#section.name, name, line, lines: [{ text: value, line }] };
      this.#section.keys.set(name, this.#key);
    }
  }
}

function interpolated({ sections, remarks }: Reader): Conf {
  // Each value is put together once, however many references there are to it.
  const texts = new Map<RawKey, string>();
  const raw = (section: string, name: string): string | null => {
    const key = sections.get(section)?.get(name) ?? sections.get(DEFAULTS)?.get(name);
    if (key === undefined) return null;
    const known = texts.get(key);
    if (known !== undefined) return known;
    const whole = trimmed(key.lines)
      .map(({ text }) => text)
      .join('\n');
    texts.set(key, whole);
    return whole;
  };
  const more: ConfRemark[] = [];
  const budget: Budget = { chars: REFERRED_CHARS_MAX };
  const expand = (key: RawKey): ConfKey => ({
    ...key,
    lines: trimmed(key.lines).flatMap(({ text, line }) => {
      const { value, why } = interpolate(text, key.section, raw, budget);
      if (why !== null) more.push({ line, text, why });
      return value.split('\n').map((part) => ({ text: part, line }));
    }),
  });
  const expanded = [...sections].map(
    ([name, keys]) => [name, new Map([...keys].map(([option, key]) => [option, expand(key)]))] as const,
  );
  return { sections: new Map(expanded), remarks: [...remarks, ...more].sort((a, b) => a.line - b.line) };
}

/** Without the empty lines after a value, which separate it from the next key. */
function trimmed(lines: readonly ConfLine[]): readonly ConfLine[] {
  const last = lines.findLastIndex(({ text }) => text !== '');
  return last === -1 ? lines.slice(0, 1) : lines.slice(0, last + 1);
}
