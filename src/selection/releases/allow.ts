/**
 * `[releases] allow`: of a project that some entry names, only releases are kept that one of the entries that name it lets through.
 * Other projects are not concerned.
 */
import { shown } from '../../pypi/quote.ts';
import { type FileRule, NO_PEP_440, NO_RELEASE } from '../rule.ts';
import { shownList } from '../shown-list.ts';
import { entriesByName } from './entries.ts';

export const allow: FileRule = {
  table: 'releases',
  key: 'allow',
  settings: ['allow'],
  prepare(values) {
    if (values.allow.length === 0) return null;
    const entriesOf = entriesByName(values.allow);
    return ({ name }) => {
      const entries = entriesOf(name);
      if (entries.length === 0) return null;
      const value = shownList(entries.map(({ written }) => written));
      return {
        untilMs: null,
        judge({ release }) {
          if (entries.some(({ matches }) => matches(release?.version ?? '') === true)) return null;
          if (release === null) return NO_RELEASE;
          const isUnclear = entries.some(({ matches }) => matches(release.version) === null);
          return isUnclear ? NO_PEP_440 : { value, why: `version ${shown(release.version)}` };
        },
      };
    };
  },
};
