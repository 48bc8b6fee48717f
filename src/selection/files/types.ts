/** `[files] types`: only files of these kinds are kept; after a `!`, files of this kind are dropped. */
import type { FileKind } from '../../pypi/wheel-name.ts';
import { entryAgainst, readEntries } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';

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
    const against = entryAgainst(
      readEntries<FileKind>(values.types, (text) => {
        const wanted = text.toLowerCase();
        return (kind) => kind === wanted;
      }),
    );
    return eachFile(({ kind }) => {
      if (kind === 'unknown')
        return { unsure: 'its name does not tell what kind of file it is', about: 'file' };
      const value = against(kind);
      return value === null ? null : { value, why: `its type is ${kind}` };
    });
  },
};
