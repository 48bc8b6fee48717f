/** `[projects] block`: projects that match any of it are not kept, whatever allows them. */
import { matcherOf, normalizePatterns } from './patterns.ts';
import type { ProjectRule } from './rules.ts';

export const block: ProjectRule = {
  key: 'block',
  prepare(patterns) {
    const normalized = normalizePatterns(patterns);
    return { refuses: matcherOf(normalized), fingerprint: normalized.join(' ') };
  },
};
