/** `[files] max-size`: larger files are dropped. */
import { eachFile, type FileRule } from '../rule.ts';
import { shownSize } from '../shown-list.ts';

export const maxSize: FileRule = {
  table: 'files',
  key: 'max-size',
  settings: ['maxBytes'],
  prepare({ maxBytes }) {
    if (maxBytes === null) return null;
    const value = shownSize(maxBytes);
    return eachFile(({ file }) => {
      if (file.sizeBytes === null) return { unsure: 'no size', about: 'file' };
      return file.sizeBytes > maxBytes ? { value, why: `${file.sizeBytes} bytes` } : null;
    });
  },
};
