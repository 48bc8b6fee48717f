/** The selection in one line, which changes exactly when what the rules say does: order, case and repetition do not count. */
import { sha256Of } from '../pypi/digests.ts';
import { spellRule } from './exceptions.ts';
import { follows, spellNames } from './names.ts';
import { FILE_RULES, PROJECT_RULES } from './rules.ts';
import type { Environment, ProjectRules, SelectionSettings } from './settings.ts';

/** Longer ones are told by their digest: lists of thousands of requirements are no line of text. */
const SPELLED_CHARS_MAX = 1000;

/** Of the rules about names alone. */
export function namesFingerprintOf(rules: ProjectRules): string {
  return spelledNames(rules)
    .map(([key, spelled]) => `${key}: ${spelled}`)
    .join('; ');
}

/** Allow and block are spelled out, as they were before there were other rules. */
function spelledNames(rules: ProjectRules): readonly (readonly [key: string, spelled: string])[] {
  return spellNames(rules)
    .map(
      ([key, spelled]) => [key, key === 'allow' || key === 'block' ? spelled : shortened(spelled)] as const,
    )
    .filter(([, spelled]) => spelled !== '');
}

/** Rules that are not used say nothing, so that a rule that is added later, and not used, changes nothing. */
export function fingerprintOf(settings: SelectionSettings): string {
  const { projects } = settings;
  const rules = [
    ...PROJECT_RULES.map((rule) => [`projects.${rule.key}`, rule.spell(projects)] as const),
    ...FILE_RULES.map((rule) => [`${rule.table}.${rule.key}`, spellRule(rule, settings)] as const),
    ['environments', follows(projects) ? spellEnvironments(settings.environments) : ''] as const,
  ];
  return [...spelledNames(projects), ...rules.map(([key, spelled]) => [key, shortened(spelled)])]
    .filter(([, spelled]) => spelled !== '')
    .map(([key, spelled]) => `${key}: ${spelled}`)
    .join('; ');
}

function shortened(spelled: string): string {
  return spelled.length > SPELLED_CHARS_MAX ? `sha256 ${sha256Of(spelled)}` : spelled;
}

function spellEnvironments(environments: readonly Environment[]): string {
  const spelled = environments.map(({ python, platform }) => `${python} ${platform.toLowerCase()}`);
  return JSON.stringify([...new Set(spelled)].sort());
}
