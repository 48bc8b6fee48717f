/** Entries of `[releases] allow` and `block`: a name, glob or `/regular expression/`, and PEP 440 specifiers. */
import { JubjubError } from '../../errors.ts';
import { type Matches, normalizeSpecifier, specifierTest } from '../../pypi/specifiers.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { checkPattern, namePatterns, normalizePattern } from '../patterns.ts';

export interface ReleaseEntry {
  /** Normalized: `django<6,>=4`. */
  readonly written: string;
  readonly matches: Matches;
}

interface ReadEntry extends ReleaseEntry {
  readonly pattern: string;
}

/** A name with classes in it, or a regular expression; then specifiers, which may stand in parentheses. */
const ENTRY = /^\s*(\/.*\/i?|(?:\[[^\]]*\]|[^\s<>=!~();@,[\]])+(?:\[[^\]]*)?)\s*(\(.*\)|[^()]*?)\s*$/su;

/** What is wrong with an entry, or null. */
export function checkReleaseEntry(entry: string): string | null {
  const read = readEntry(entry);
  return typeof read === 'string' ? read : null;
}

/** The entries in one spelling, each once, in order. */
export function spellReleaseEntries(entries: readonly string[]): string {
  const spelled = [...new Set(readEntries(entries).map(({ written }) => written))].sort();
  return spelled.length === 0 ? '' : JSON.stringify(spelled);
}

/** Gives the entries that name a project. */
export function entriesByName(entries: readonly string[]): (name: ProjectName) => readonly ReleaseEntry[] {
  const plain = new Map<string, ReadEntry[]>();
  const others: { readonly find: (name: string) => string | null; readonly entry: ReadEntry }[] = [];
  for (const entry of readEntries(entries)) {
    if (/[/*?[]/.test(entry.pattern)) others.push({ find: namePatterns([entry.pattern]).find, entry });
    else plain.set(entry.pattern, [...(plain.get(entry.pattern) ?? []), entry]);
  }
  return (name) => {
    const named = plain.get(name) ?? [];
    if (others.length === 0) return named;
    return [...named, ...others.filter(({ find }) => find(name) !== null).map(({ entry }) => entry)];
  };
}

function readEntries(entries: readonly string[]): readonly ReadEntry[] {
  return entries.map((entry) => {
    const read = readEntry(entry);
    if (typeof read !== 'string') return read;
    throw new JubjubError('CONFIG_INVALID', `the entry ${JSON.stringify(entry)} names no releases`, {
      received: read,
    });
  });
}

function readEntry(entry: string): ReadEntry | string {
  const [, name = '', bracketed = ''] = ENTRY.exec(entry) ?? [];
  if (name === '') return entry.trim() === '' ? 'it is empty' : 'it begins with no project name';
  if (!name.startsWith('/') && name.endsWith(']'))
    return 'extras mean nothing here, and a class may not end the name; write the versions behind the name alone';
  const wrong = checkPattern(name);
  if (wrong !== null) return wrong;
  if (/^[@;]/.test(bracketed)) return 'there can only be versions behind the name: no URL, no marker';
  const specifier = bracketed.replace(/^\((.*)\)$/s, '$1');
  const matches = specifierTest(specifier);
  const spelled = normalizeSpecifier(specifier);
  if (matches === null || spelled === null)
    return `${JSON.stringify(specifier)} are no version specifiers (PEP 440), such as ">=4,<6"`;
  const pattern = normalizePattern(name);
  return { pattern, written: pattern + spelled, matches };
}
