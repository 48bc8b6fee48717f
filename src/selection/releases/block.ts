/** `[releases] block`: releases that some entry lets through are dropped. */
import { shown } from '../../pypi/quote.ts';
import { type FileRule, NO_PEP_440, NO_RELEASE } from '../rule.ts';
import { entriesByName } from './entries.ts';

export const block: FileRule = {
  table: 'releases',
  key: 'block',
  settings: ['block'],
  prepare(values) {
    if (values.block.length === 0) return null;
    const entriesOf = entriesByName(values.block);
    return ({ name }) => {
      const entries = entriesOf(name);
      if (entries.length === 0) return null;
      return {
        untilMs: null,
        judge({ release }) {
          // An entry without specifiers needs to know no version.
          const version = release?.version ?? '';
          const blocking = entries.find(({ matches }) => matches(version) === true);
          if (blocking !== undefined)
            return {
              value: blocking.written,
              why: release === null ? 'any version' : `version ${shown(version)}`,
            };
          if (release === null) return NO_RELEASE;
          return entries.some(({ matches }) => matches(version) === null) ? NO_PEP_440 : null;
        },
      };
    };
  },
};
