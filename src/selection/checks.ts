/** What is wrong with an entry of a list, for its author, or null: so that a misspelt rule is refused and not ignored. */
import { abiTest } from '../pypi/python-tags.ts';
import { platformTest } from '../pypi/wheel-platforms.ts';
import { checkTextPattern, entryCheck } from './entries.ts';
import { checkPython } from './files/pythons.ts';
import { checkType } from './files/types.ts';

export { checkRequiresPythonEntry } from './files/requires-python.ts';
export { checkPattern } from './patterns.ts';
export { checkReleaseEntry } from './releases/entries.ts';

export const checkTypeEntry = entryCheck(checkType);
export const checkPythonEntry = entryCheck(checkPython);
export const checkPlatformEntry = entryCheck((text) =>
  platformTest(text) === null
    ? 'it is no platform; there are linux_x86_64, manylinux_2_28_x86_64, macos_arm64, win_amd64, any and others'
    : null,
);
export const checkAbiEntry = entryCheck((text) =>
  abiTest(text) === null ? 'it is no ABI of wheels; there are none, abi3, cp312, cp*, pypy and others' : null,
);
/** Of files. */
export const checkNamePattern = entryCheck((text) =>
  text === '' ? 'it is empty; leave it out, or write "*" for every file' : checkTextPattern(text),
);
/** Of the spelling of versions. */
export const checkVersionPattern = entryCheck((text) =>
  text === '' ? 'it is empty; leave it out, or write "*" for every version' : checkTextPattern(text),
);
/** The empty one fits what a project lacks. */
export const checkMetadataPattern = entryCheck(checkTextPattern);
