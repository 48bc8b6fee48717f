/** `[projects] status`: only projects in one of these states (PEP 792) are kept. */
import { shown } from '../../pypi/quote.ts';
import type { ProjectRule } from '../rule.ts';
import { shownList } from '../shown-list.ts';

export const status: ProjectRule = {
  key: 'status',
  prepare(rules) {
    const wanted = normalized(rules.status);
    if (wanted.length === 0) return [];
    const value = shownList(wanted);
    return [
      {
        key: 'status',
        looksAtInfo: false,
        judge: ({ detail }) =>
          wanted.includes(detail.status.toLowerCase())
            ? null
            : { value, why: `its status is ${shown(detail.status)}` },
      },
    ];
  },
  spell: (rules) => normalized(rules.status).join(' '),
};

function normalized(states: readonly string[]): readonly string[] {
  return [...new Set(states.map((state) => state.trim().toLowerCase()))].sort();
}
