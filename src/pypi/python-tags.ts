/** Python and ABI tags of wheels (PEP 425), held against versions of Python and what operators write under `abi`. */
import { isTagGlob, matchesGlob } from './tag-glob.ts';
import type { WheelTags } from './wheel-name.ts';

/** An implementation, the major version in one digit, and the minor one. */
const PYTHON_TAG = /^([a-z_]+?)_?([0-9])([0-9]*)$/;

interface PythonTag {
  readonly implementation: string;
  readonly major: number;
  /** Null: any. */
  readonly minor: number | null;
}

/**
 * Whether a wheel with these tags is for a Python of this version (`3.11`, `3`), whichever implementation that is. A wheel whose
 * Python tags say nothing that anybody understands counts as being for all.
 */
export function tagsAdmitPython(tags: WheelTags, python: string): boolean {
  const [, major, minor] = /^([0-9])(?:\.([0-9]{1,4}))?/.exec(python) ?? [];
  if (major === undefined) return true;
  const wanted = {
    implementation: '',
    major: Number(major),
    minor: minor === undefined ? null : Number(minor),
  };
  return tags.pythons.some((text) => {
    const tag = readPythonTag(text);
    return tag === null || tags.abis.some((abi) => isFor(tag, text, abi, wanted));
  });
}

function readPythonTag(text: string): PythonTag | null {
  const [, implementation, major, minor = ''] = PYTHON_TAG.exec(text) ?? [];
  if (implementation === undefined) return null;
  return { implementation, major: Number(major), minor: minor === '' ? null : Number(minor) };
}

function isFor(tag: PythonTag, text: string, abi: string, wanted: PythonTag): boolean {
  if (tag.major !== wanted.major) return false;
  const isSameMinor = tag.minor === null || wanted.minor === null || tag.minor === wanted.minor;
  const isOlder = tag.minor !== null && wanted.minor !== null && tag.minor < wanted.minor;
  // PEP 425: pure Python of an older version of the language runs on a newer one.
  if (tag.implementation === 'py') return abi === 'none' && (isSameMinor || isOlder);
  // PEP 384: the stable ABI is of the version that it was built for, and of all that follow. PEP 803: without the GIL, too.
  if (abi === 'abi3' || abi === 'abi3t') {
    const hasBuild = abi === 'abi3' || wanted.minor === null || wanted.minor >= FREE_THREADED_MINOR_MIN;
    return tag.implementation === 'cp' && hasBuild && (isSameMinor || isOlder);
  }
  // CPython's other ABIs name its version, and maybe a kind of build: `cp37m`, `cp313t`.
  const ofCPython = /^(cp[0-9]+)[a-z]*$/.exec(abi)?.[1];
  if (tag.implementation !== 'cp') return isSameMinor && ofCPython === undefined;
  return isSameMinor && (abi === 'none' || ofCPython === text);
}

/** PEP 703: Python 3.13 was the first that could be built without the GIL. */
const FREE_THREADED_MINOR_MIN = 13;

/** Families of ABIs, each with the tags that belong to it. */
const FAMILIES: ReadonlyMap<string, RegExp> = new Map([
  ['cpython', /^(?:cp[0-9]|abi3)/],
  ['pypy', /^(?:pypy|pp)/],
  ['graalpy', /^graalpy/],
]);

/** What operators can write, besides tags (`cp311`) and globs: to find what a misspelling was meant to be. */
export const ABI_NAMES: readonly string[] = ['none', 'abi3', 'abi3t', ...FAMILIES.keys()];

const ABI_TAG = /^(?:none|abi[0-9]+t?|cp[0-9]+[a-z]*|(?:pypy|pp|graalpy|ip|jy)_?[0-9][a-z0-9_]*)$/;

/**
 * A test for the ABI tags of wheels against what an operator writes: a tag, a family (`cpython`, `pypy`), or a glob over tags.
 * `cp37` is also `cp37m`, the usual build of its time, but `cp313` is not `cp313t`. Null for what is no ABI.
 */
export function abiTest(entry: string): ((abi: string) => boolean) | null {
  const written = entry.trim().toLowerCase();
  const family = FAMILIES.get(written);
  if (family !== undefined) return (abi) => family.test(abi);
  if (isTagGlob(written)) return (abi) => matchesGlob(written, abi.toLowerCase());
  if (!ABI_TAG.test(written)) return null;
  const isCPython = /^cp[0-9]+$/.test(written);
  return (abi) => abi === written || (isCPython && abi.replace(/(?:m|mu|u)$/, '') === written);
}
