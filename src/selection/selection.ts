/** Which projects the mirror keeps: what the operator's rules say together. */
import type { ProjectName } from '../pypi/types.ts';
import { PROJECT_RULES, type ProjectPatterns } from './rules.ts';

export { checkPattern } from './patterns.ts';

/** The selection, ready to be asked. Pure: the same name always gets the same answer. */
export interface Selection {
  keepsProject(name: ProjectName): boolean;
  /** One line of text that changes exactly when the rules do; order, case and repetition do not count. */
  readonly fingerprint: string;
}

/**
 * The selection that these patterns make. No `allow` allows everything; `block` wins over `allow`.
 *
 * @throws JubjubError CONFIG_INVALID for a pattern that can match no project (see `checkPattern`).
 */
export function buildSelection(projects: ProjectPatterns): Selection {
  const rules = PROJECT_RULES.map((rule) => ({ key: rule.key, ...rule.prepare(projects[rule.key]) }));
  return {
    keepsProject: (name) => !rules.some((rule) => rule.refuses(name)),
    fingerprint: rules
      .filter((rule) => rule.fingerprint !== '') // so that a rule that is added later, and not used, changes nothing
      .map((rule) => `${rule.key}: ${rule.fingerprint}`)
      .join('; '),
  };
}
