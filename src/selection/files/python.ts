/**
 * `[files] python`: only files for one of these Pythons are kept, `3.12`, or `3` for any Python 3; after a `!`, files that are for
 * nothing else are dropped.
 *
 * A file is for a Python when its Requires-Python lets some patch release of it in and, of a wheel, a tag fits it; old formats say
 * a Python in their names (`-py2.7`). So `!2.7` drops `py2` and `cp27` wheels and sources that require `<3`, and keeps `py2.py3` and
 * `cp27-abi3`. Of Python 2 only 2.7 counts, but for what the operator names.
 */
import { tagsAdmitPython } from '../../pypi/python-tags.ts';
import type { WheelTags } from '../../pypi/wheel-name.ts';
import type { FileFacts } from '../facts.ts';
import { memo } from '../memo.ts';
import { type Against, eachFile, type FileRule, type Unsure } from '../rule.ts';
import { shownList } from '../shown-list.ts';
import { type PythonList, type Pythons, readPythons, unreadable, whyRequired } from './pythons.ts';
import { NO_TAGS } from './tags.ts';

interface Ready extends PythonList {
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
  const list = readPythons(entries);
  const ofTagText = memo((text) => {
    const [names = '', abis = ''] = text.split(' ');
    const tags = { pythons: names.split('.'), abis: abis.split('.'), platforms: ['any'] };
    return list.those((version) => tagsAdmitPython(tags, version));
  });
  return {
    ...list,
    ofTags: (tags) => ofTagText(`${tags.pythons.join('.')} ${tags.abis.join('.')}`),
    ofVersion: memo((text) => list.those((version) => version === text)),
  };
}

function judge(facts: FileFacts, { value, all, isOut, ...ready }: Ready): Against | Unsure | null {
  const { requiresPython } = facts.file;
  const required = requiresPython === null ? all : ready.requiredBy(requiresPython);
  const named = byName(facts, { all, ...ready });
  const requires = whyRequired(requiresPython ?? '');
  if (required !== null && isOut(required)) return { value, why: requires };
  if (named !== null && isOut(named)) return { value, why: `it is for ${pythonsOf(facts)}` };
  if (named === null) return NO_TAGS;
  if (required === null) return unreadable(requiresPython ?? '');
  return isOut(required & named) ? { value, why: `it is for ${pythonsOf(facts)}, and ${requires}` } : null;
}

/** Null for a wheel that is not named as one. */
function byName(
  facts: FileFacts,
  { all, ofTags, ofVersion }: Pick<Ready, 'all' | 'ofTags' | 'ofVersion'>,
): Pythons | null {
  if (facts.kind === 'wheel') return facts.tags === null ? null : ofTags(facts.tags);
  const version = oldPythonOf(facts);
  return version === null ? all : ofVersion(version);
}

/** The Python in the name of an egg or a Windows installer, which is for no other. */
function oldPythonOf({ kind, file }: FileFacts): string | null {
  if (kind !== 'egg' && kind !== 'wininst' && kind !== 'msi') return null;
  return /-py(\d\.\d{1,2})(?=[-.])(?!.*-py\d)/.exec(file.filename)?.[1] ?? null;
}

function pythonsOf(facts: FileFacts): string {
  return facts.tags === null ? `py${oldPythonOf(facts)}` : shownList(facts.tags.pythons);
}
