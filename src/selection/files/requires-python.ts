/**
 * `[files] requires-python`: only files whose Requires-Python lets in one of these Pythons are kept, `3.12` or exactly `3.12.4`; after
 * a `!`, files that require nothing else are dropped. Tags of wheels do not count. A file without Requires-Python passes, unless there
 * is a `!` with nothing behind it.
 */
import { entryCheck } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';
import { checkExactPython, checkPython, readPythons, unreadable, whyRequired } from './pythons.ts';

/** Blocks files that have none. */
const NONE = /^\s*!\s*$/;

const checkKept = entryCheck(checkExactPython);
const checkBlocked = entryCheck(checkPython);

/** What is wrong with an entry, or null. */
export function checkRequiresPythonEntry(entry: string): string | null {
  if (NONE.test(entry)) return null;
  const wrong = checkKept(entry);
  if (wrong !== null || !entry.trim().startsWith('!') || checkBlocked(entry) === null) return wrong;
  return 'no file is for one patch release alone; after a "!" a Python is written as 3.12, or as 3';
}

export const requiresPython: FileRule = {
  table: 'files',
  key: 'requires-python',
  settings: ['requiresPython'],
  prepare(values) {
    const entries = values.requiresPython.filter((entry) => !NONE.test(entry));
    const blocksNone = entries.length < values.requiresPython.length;
    if (entries.length === 0 && !blocksNone) return null;
    const { value, requiredBy, isOut } = readPythons(entries);
    return eachFile(({ file: { requiresPython: requires } }) => {
      if (requires === null) return blocksNone ? { value: '!', why: 'it has no Requires-Python' } : null;
      if (entries.length === 0) return null;
      const pythons = requiredBy(requires);
      if (pythons === null) return unreadable(requires);
      return isOut(pythons) ? { value, why: whyRequired(requires) } : null;
    });
  },
};
