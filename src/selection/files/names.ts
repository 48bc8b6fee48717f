/** `[files] names`: only files whose names some pattern fits are kept; after a `!`, files that it fits are dropped. */
import { entryAgainst, readEntries, textTest } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';

export const names: FileRule = {
  table: 'files',
  key: 'names',
  settings: ['names'],
  prepare(values) {
    if (values.names.length === 0) return null;
    const against = entryAgainst(readEntries(values.names, textTest));
    return eachFile(({ file: { filename } }) => {
      const value = against(filename);
      return value === null
        ? null
        : { value, why: value.startsWith('!') ? 'its name' : 'its name fits none' };
    });
  },
};
