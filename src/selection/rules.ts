/** The table of rules that say which projects are kept; a new rule is one file and one line here. */
import type { ProjectName } from '../pypi/types.ts';
import { allow } from './allow.ts';
import { block } from './block.ts';

/** What the operator wrote under `[projects]`. */
export interface ProjectPatterns {
  readonly allow: readonly string[];
  readonly block: readonly string[];
}

/** A rule made ready for use. */
export interface PreparedRule {
  /** Whether the rule wants this project left out. */
  readonly refuses: (name: ProjectName) => boolean;
  /** Changes exactly when the rule's patterns do; their order and spelling do not count. */
  readonly fingerprint: string;
}

/** A rule can only refuse: a project is kept when no rule refuses it, so no order among rules is needed. */
export interface ProjectRule {
  readonly key: keyof ProjectPatterns;
  /** @throws JubjubError CONFIG_INVALID for a pattern that can match no project. */
  prepare(patterns: readonly string[]): PreparedRule;
}

export const PROJECT_RULES: readonly ProjectRule[] = [allow, block];
