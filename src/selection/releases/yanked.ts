/** `[releases] yanked`: false drops files that are yanked (PEP 592). */
import { harmless } from '../../pypi/quote.ts';
import { eachFile, type FileRule } from '../rule.ts';

export const yanked: FileRule = {
  table: 'releases',
  key: 'yanked',
  settings: ['yanked'],
  prepare(values) {
    if (values.yanked) return null;
    return eachFile(({ file }) => {
      if (file.yanked === false) return null;
      return { value: 'false', why: file.yanked === true ? 'yanked' : `yanked: ${harmless(file.yanked)}` };
    });
  },
};
