/**
 * `[files] abi`: only wheels with one of these ABI tags are kept; after a `!`, wheels all of whose tags it fits are dropped. Other
 * files have no ABI and pass.
 */
import { abiTest } from '../../pypi/python-tags.ts';
import { readEntries } from '../entries.ts';
import { eachFile, type FileRule } from '../rule.ts';
import { NO_TAGS, tagJudge } from './tags.ts';

export const abi: FileRule = {
  table: 'files',
  key: 'abi',
  settings: ['abi'],
  prepare(values) {
    if (values.abi.length === 0) return null;
    const judge = tagJudge(readEntries(values.abi, abiTest), 'ABI');
    return eachFile(({ kind, tags }) => {
      if (kind !== 'wheel') return null;
      return tags === null ? NO_TAGS : judge(tags.abis);
    });
  },
};
