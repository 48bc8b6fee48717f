/**
 * `[releases] versions`: only releases whose version some pattern fits, as upstream spells it, are kept; after a `!`, releases that it
 * fits are dropped. What is not PEP 440 is text like any other.
 */
import { shown } from '../../pypi/quote.ts';
import { entryAgainst, readEntries, textTest } from '../entries.ts';
import { eachFile, type FileRule, NO_RELEASE } from '../rule.ts';

export const versions: FileRule = {
  table: 'releases',
  key: 'versions',
  settings: ['versions'],
  prepare(values) {
    if (values.versions.length === 0) return null;
    const against = entryAgainst(readEntries(values.versions, textTest));
    return eachFile(({ release }) => {
      if (release === null) return NO_RELEASE;
      const value = against(release.version);
      return value === null ? null : { value, why: `version ${shown(release.version)}` };
    });
  },
};
