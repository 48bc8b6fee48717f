/** `[files] types`: only files of these kinds are kept; after a `!`, files of this kind are dropped. */
import type { FileKind } from '../../pypi/wheel-name.ts';
import { readEntries } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';
import { shownList } from '../shown-list.ts';

export const KINDS: readonly Exclude<FileKind, 'unknown'>[] = [
  'wheel',
  'sdist',
  'egg',
  'wininst',
  'msi',
  'rpm',
  'dmg',
  'deb',
  'dumb',
];

export function checkType(text: string): string | null {
  const isKnown = KINDS.some((kind) => kind === text.toLowerCase());
  return isKnown ? null : `there are ${KINDS.join(', ')}`;
}

export const types: FileRule = {
  table: 'files',
  key: 'types',
  settings: ['types'],
  prepare(values) {
    if (values.types.length === 0) return null;
    const { keep, block } = readEntries<FileKind>(values.types, (text) => {
      const wanted = text.toLowerCase();
      return (kind) => kind === wanted;
    });
    const wanted = shownList(keep.map(({ written }) => written));
    return eachFile(({ kind }) => {
      if (kind === 'unknown')
        return { unsure: 'its name does not tell what kind of file it is', about: 'file' };
      const why = `its type is ${kind}`;
      const blocking = block.find(({ fits }) => fits(kind));
      if (blocking !== undefined) return { value: `!${blocking.written}`, why };
      return keep.length === 0 || keep.some(({ fits }) => fits(kind)) ? null : { value: wanted, why };
    });
  },
};
