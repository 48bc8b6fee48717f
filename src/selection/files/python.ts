/**
 * `[files] python`: only files for one of these Pythons are kept, `3.12`, or `3` for any Python 3; after a `!`, files that are for
 * nothing else are dropped.
 *
 * A file is for a Python when its Requires-Python lets some patch release of it in and, of a wheel, a tag fits it; old formats say
 * a Python in their names (`-py2.7`). So `!2.7` drops `py2` and `cp27` wheels and sources that require `<3`, and keeps `py2.py3` and
 * `cp27-abi3`. Of Python 2 only 2.7 counts, but for what the operator names.
 */
import { tagsAdmitPython } from '../../pypi/python-tags.ts';
import { shown } from '../../pypi/quote.ts';
import { admitsPython } from '../../pypi/specifiers.ts';
import type { WheelTags } from '../../pypi/wheel-name.ts';
import { splitEntry } from '../entries.ts';
import type { FileFacts } from '../facts.ts';
import { memo } from '../memo.ts';
import { type Against, eachFile, type FileRule, type Unsure } from '../rule.ts';
import { shownList } from '../shown-list.ts';
import { NO_TAGS } from './tags.ts';

/** Pythons 3 that there are, or may be in our time. */
const MINOR_MAX = 40;
const PYTHONS: readonly string[] = [
  '2.7',
  ...Array.from({ length: MINOR_MAX + 1 }, (_, minor) => `3.${minor}`),
];

export function checkPython(text: string): string | null {
  return /^(?:2(?:\.\d)?|3(?:\.\d\d?)?)$/.test(text)
    ? null
    : 'a Python is written as 3.12, or as 3 for any Python 3';
}

/** Some of the Pythons that matter to the rule, a bit for each. */
type Pythons = bigint;

interface Ready {
  readonly value: string;
  readonly all: Pythons;
  /** Those for which a file is kept. */
  readonly wanted: Pythons;
  /** Is a file dropped that is for none at all of those that matter? */
  readonly dropsStrangers: boolean;
  /** Null for what are no specifiers. */
  readonly ofRequirement: (requiresPython: string) => Pythons | null;
  readonly ofTags: (tags: WheelTags) => Pythons;
  readonly ofVersion: (version: string) => Pythons;
}

export const python: FileRule = {
  table: 'files',
  key: 'python',
  settings: ['python'],
  prepare(values) {
    if (values.python.length === 0) return null;
    const ready = makeReady(values.python);
    return eachFile((file) => judge(file, ready));
  },
};

function makeReady(entries: readonly string[]): Ready {
  const parts = entries.map(splitEntry);
  const named = (version: string, blocks: boolean) =>
    parts.some(
      (part) => part.blocks === blocks && (part.text === version || part.text === version.split('.')[0]),
    );
  const known = new Set([...PYTHONS, ...parts.map(({ text }) => text).filter((text) => text.includes('.'))]);
  const dropsStrangers = parts.some(({ blocks }) => !blocks);
  // With something to keep, no other Python need be asked about.
  const pythons = [...known].filter(
    (version) => !dropsStrangers || (named(version, false) && !named(version, true)),
  );
  const those = (isOne: (version: string) => boolean): Pythons =>
    pythons.reduce((sum, version, bit) => (isOne(version) ? sum | (1n << BigInt(bit)) : sum), 0n);
  const ofTagText = memo((text) => {
    const [names = '', abis = ''] = text.split(' ');
    const tags = { pythons: names.split('.'), abis: abis.split('.'), platforms: ['any'] };
    return those((version) => tagsAdmitPython(tags, version));
  });
  return {
    value: shownList(entries.map((entry) => entry.trim())),
    all: those(() => true),
    wanted: those((version) => !named(version, true)),
    dropsStrangers,
    ofRequirement: memo((requires) =>
      admitsPython(requires, '3.12') === null
        ? null
        : those((version) => admitsPython(requires, version) === true),
    ),
    ofTags: (tags) => ofTagText(`${tags.pythons.join('.')} ${tags.abis.join('.')}`),
    ofVersion: memo((text) => those((version) => version === text)),
  };
}

function judge(facts: FileFacts, ready: Ready): Against | Unsure | null {
  const { requiresPython } = facts.file;
  const required = requiresPython === null ? ready.all : ready.ofRequirement(requiresPython);
  const named = byName(facts, ready);
  const isOut = (those: Pythons) => (those & ready.wanted) === 0n && (those !== 0n || ready.dropsStrangers);
  const requires = `it requires Python ${shown(requiresPython ?? '')}`;
  if (required !== null && isOut(required)) return { value: ready.value, why: requires };
  if (named !== null && isOut(named)) return { value: ready.value, why: `it is for ${pythonsOf(facts)}` };
  if (named === null) return NO_TAGS;
  if (required === null)
    return { unsure: `its Requires-Python ${shown(requiresPython ?? '')} cannot be read`, about: 'file' };
  return isOut(required & named)
    ? { value: ready.value, why: `it is for ${pythonsOf(facts)}, and ${requires}` }
    : null;
}

/** Null for a wheel that is not named as one. */
function byName(facts: FileFacts, ready: Ready): Pythons | null {
  if (facts.kind === 'wheel') return facts.tags === null ? null : ready.ofTags(facts.tags);
  const version = oldPythonOf(facts);
  return version === null ? ready.all : ready.ofVersion(version);
}

/** The Python in the name of an egg or a Windows installer, which is for no other. */
function oldPythonOf({ kind, file }: FileFacts): string | null {
  if (kind !== 'egg' && kind !== 'wininst' && kind !== 'msi') return null;
  return /-py(\d\.\d{1,2})(?=[-.])(?!.*-py\d)/.exec(file.filename)?.[1] ?? null;
}

function pythonsOf(facts: FileFacts): string {
  return facts.tags === null ? `py${oldPythonOf(facts)}` : shownList(facts.tags.pythons);
}
