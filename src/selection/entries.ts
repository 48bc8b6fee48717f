/** Lists in which an entry with a leading `!` blocks, and the others say what alone is kept. */
import { JubjubError } from '../errors.ts';
import { checkGlob, globTest } from './globs.ts';
import { readRegex, spellRegex } from './regexes.ts';
import { shownList } from './shown-list.ts';

/** One entry of a list, ready for use. */
export interface Entry<T> {
  /** As it is told to people, without the `!`. */
  readonly written: string;
  readonly fits: (subject: T) => boolean;
}

export interface Entries<T> {
  /** Empty: everything is kept that is not blocked. */
  readonly keep: readonly Entry<T>[];
  readonly block: readonly Entry<T>[];
}

/** The entry without its `!`, and whether it has one. */
export function splitEntry(entry: string): { readonly blocks: boolean; readonly text: string } {
  const trimmed = entry.trim();
  return trimmed.startsWith('!')
    ? { blocks: true, text: trimmed.slice(1).trim() }
    : { blocks: false, text: trimmed };
}

/** A check of entries from a check of what stands after the `!`. */
export function entryCheck(check: (text: string) => string | null): (entry: string) => string | null {
  return (entry) => check(splitEntry(entry).text);
}

/** The list ready for use; an entry that `testOf` can make nothing of fits nothing. */
export function readEntries<T>(
  entries: readonly string[],
  testOf: (text: string) => ((subject: T) => boolean) | null,
): Entries<T> {
  const keep: Entry<T>[] = [];
  const block: Entry<T>[] = [];
  for (const entry of entries) {
    const { blocks, text } = splitEntry(entry);
    (blocks ? block : keep).push({ written: text, fits: testOf(text) ?? (() => false) });
  }
  return { keep, block };
}

/** Gives what of a list speaks against a subject: the entry that blocks it, or all that are kept, none of which fits; or null. */
export function entryAgainst<T>({ keep, block }: Entries<T>): (subject: T) => string | null {
  const wanted = shownList(keep.map(({ written }) => written));
  return (subject) => {
    const blocking = block.find(({ fits }) => fits(subject));
    if (blocking !== undefined) return `!${blocking.written}`;
    return keep.length === 0 || keep.some(({ fits }) => fits(subject)) ? null : wanted;
  };
}

/**
 * The entries in one spelling, each once, in order.
 *
 * @throws JubjubError CONFIG_INVALID for an entry that the check has something to say about.
 */
export function spellEntries(
  entries: readonly string[],
  check: (entry: string) => string | null,
  spell: (text: string) => string,
): string {
  const spelled = entries.map((entry) => {
    const wrong = check(entry);
    if (wrong !== null)
      throw new JubjubError('CONFIG_INVALID', `the entry ${JSON.stringify(entry)} means nothing`, {
        received: wrong,
      });
    const { blocks, text } = splitEntry(entry);
    return (blocks ? '!' : '') + spell(text);
  });
  return spelled.length === 0 ? '' : JSON.stringify([...new Set(spelled)].sort());
}

/** What is wrong with a pattern of texts: a glob over the whole of one, or a `/regular expression/`. */
export function checkTextPattern(pattern: string): string | null {
  const regex = readRegex(pattern);
  if (regex === null) return checkGlob(pattern);
  return typeof regex === 'string' ? regex : null;
}

/** A test of texts. Globs look at no case, regular expressions do. */
export function textTest(pattern: string): (text: string) => boolean {
  const regex = readRegex(pattern);
  return regex instanceof RegExp ? (text) => regex.test(text) : globTest(pattern);
}

/** A pattern of texts in one spelling. */
export function spellTextPattern(pattern: string): string {
  const regex = readRegex(pattern);
  return regex instanceof RegExp ? spellRegex(regex) : pattern.toLowerCase();
}
