/** `[files] names`: only files whose names some pattern fits are kept; after a `!`, files that it fits are dropped. */
import { readEntries, textTest } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';
import { shownList } from '../shown-list.ts';

export const names: FileRule = {
  table: 'files',
  key: 'names',
  settings: ['names'],
  prepare(values) {
    if (values.names.length === 0) return null;
    const { keep, block } = readEntries(values.names, textTest);
    const wanted = shownList(keep.map(({ written }) => written));
    return eachFile(({ file: { filename } }) => {
      const blocking = block.find(({ fits }) => fits(filename));
      if (blocking !== undefined) return { value: `!${blocking.written}`, why: 'its name' };
      const isKept = keep.length === 0 || keep.some(({ fits }) => fits(filename));
      return isKept ? null : { value: wanted, why: 'its name fits none' };
    });
  },
};
