/** `[projects] allow`: when anything is listed, only projects that match some of it are kept. */
import { matcherOf, normalizePatterns } from './patterns.ts';
import type { ProjectRule } from './rules.ts';

export const allow: ProjectRule = {
  key: 'allow',
  prepare(patterns) {
    const normalized = normalizePatterns(patterns);
    const matches = matcherOf(normalized);
    return {
      refuses: (name) => normalized.length > 0 && !matches(name),
      fingerprint: normalized.join(' '),
    };
  },
};
