/** Pythons as lists of the operator's name them, and which of those that matter to such a list a file is for. */
import { shown } from '../../pypi/quote.ts';
import { admitsPython } from '../../pypi/specifiers.ts';
import { isPep440 } from '../../pypi/version-key.ts';
import { splitEntry } from '../entries.ts';
import { memo } from '../memo.ts';
import type { Unsure } from '../rule.ts';
import { shownList } from '../shown-list.ts';

/** Pythons 3 that there are, or may be in our time. */
const MINOR_MAX = 40;
const PYTHONS: readonly string[] = [
  '2.7',
  ...Array.from({ length: MINOR_MAX + 1 }, (_, minor) => `3.${minor}`),
];

/** `3.12`, or `3` for any Python 3. */
export function checkPython(text: string): string | null {
  return /^(?:2(?:\.\d)?|3(?:\.\d\d?)?)$/.test(text)
    ? null
    : 'a Python is written as 3.12, or as 3 for any Python 3';
}

/** Besides, a version that is exactly meant. */
export function checkExactPython(text: string): string | null {
  if (checkPython(text) === null) return null;
  return isPep440(text) && !/^\d+(?:\.\d+)?$/.test(text)
    ? null
    : 'a Python is written as 3.12, as 3.12.4 for exactly this one, or as 3 for any Python 3';
}

/** Some of the Pythons that matter to a list, a bit for each. */
export type Pythons = bigint;

export interface PythonList {
  /** The list in a few words. */
  readonly value: string;
  /** All that matter. */
  readonly all: Pythons;
  readonly those: (isOne: (version: string) => boolean) => Pythons;
  /** That Requires-Python lets in some patch release of; null for what are no specifiers. */
  readonly requiredBy: (requiresPython: string) => Pythons | null;
  /** Is a file for these Pythons dropped? */
  readonly isOut: (pythons: Pythons) => boolean;
}

/** The list ready for use: some Pythons to keep, or after a `!` to block. Of Python 2 only 2.7 counts, but for what it names. */
export function readPythons(entries: readonly string[]): PythonList {
  const parts = entries.map(splitEntry);
  const named = (version: string, blocks: boolean) =>
    parts.some((part) => part.blocks === blocks && covers(part.text, version));
  const known = new Set([...PYTHONS, ...parts.map(({ text }) => text).filter((text) => text.includes('.'))]);
  const keepsSome = parts.some(({ blocks }) => !blocks);
  // With something to keep, no other Python need be asked about.
  const pythons = [...known].filter(
    (version) => !keepsSome || (named(version, false) && !named(version, true)),
  );
  const those = (isOne: (version: string) => boolean): Pythons =>
    pythons.reduce((sum, version, bit) => (isOne(version) ? sum | (1n << BigInt(bit)) : sum), 0n);
  const wanted = those((version) => !named(version, true));
  return {
    value: shownList(entries.map((entry) => entry.trim())),
    all: those(() => true),
    those,
    requiredBy: memo((requires) =>
      admitsPython(requires, '3.12') === null
        ? null
        : those((version) => admitsPython(requires, version) === true),
    ),
    // What is for none at all of those that matter is dropped only where some are to be kept.
    isOut: (some) => (some & wanted) === 0n && (some !== 0n || keepsSome),
  };
}

/** `3` covers `3.12`, which covers `3.12.4`. */
function covers(entry: string, version: string): boolean {
  return version === entry || version.startsWith(`${entry}.`);
}

export function whyRequired(requiresPython: string): string {
  return `it requires Python ${shown(requiresPython)}`;
}

export function unreadable(requiresPython: string): Unsure {
  return { unsure: `its Requires-Python ${shown(requiresPython)} cannot be read`, about: 'file' };
}
