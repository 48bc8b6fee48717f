/** The rules about names: what a project's name alone says, and which of its releases are asked for. */
import { compareCodePoints } from '../pypi/json.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { normalizeSpecifier } from '../pypi/specifiers.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { Ask } from './asks.ts';
import { namePatterns } from './patterns.ts';
import type { ProjectRules } from './settings.ts';
import { shownList } from './shown-list.ts';
import type { Drop } from './verdict.ts';

export interface NameRules {
  judge(name: ProjectName, needs: readonly Ask[]): Drop | null;
  isReserved(name: ProjectName): boolean;
  /** What requirement and lock files ask of it. */
  required(name: ProjectName): readonly Ask[];
  /** Any of these must ask for a file of the project; null: all of its releases are wanted. */
  asksFor(name: ProjectName, needs: readonly Ask[]): readonly Ask[] | null;
}

const NO_ASKS: readonly Ask[] = [];

/**
 * Nothing allowed and nothing required allows everything; `block` and `reserved` win. A project that `allow` names is wanted with
 * all releases; one that is only required, or needed, with those that are asked for.
 *
 * @throws JubjubError CONFIG_INVALID for a pattern that can match no project.
 */
export function prepareNames(rules: ProjectRules): NameRules {
  const reserved = namePatterns(rules.reserved);
  const block = namePatterns(rules.block);
  const allow = namePatterns(rules.allow);
  const required = byName(rules.requirements ?? []);
  const isOpen = allow.spelled.length === 0 && rules.requirements === null;
  const unwanted = {
    rule: `[projects] ${allow.spelled.length > 0 ? 'allow' : 'requirements'}`,
    value: shownList(allow.spelled.length > 0 ? allow.spelled : [...required.keys()].sort()),
  };
  return {
    judge(name, needs) {
      const ours = reserved.find(name);
      if (ours !== null) return { rule: '[projects] reserved', value: ours, why: `the name ${name}` };
      const blocking = block.find(name);
      if (blocking !== null) return { rule: '[projects] block', value: blocking, why: `the name ${name}` };
      if (isOpen || needs.length > 0 || required.has(name) || allow.find(name) !== null) return null;
      return { ...unwanted, why: `nothing asks for ${name}` };
    },
    isReserved: (name) => reserved.find(name) !== null,
    required: (name) => required.get(name) ?? NO_ASKS,
    asksFor(name, needs) {
      if (isOpen || allow.find(name) !== null) return null;
      const asks = required.get(name) ?? NO_ASKS;
      return needs.length === 0 ? asks : [...asks, ...needs];
    },
  };
}

/** Each rule about names that is used: its key, and its patterns in one spelling. */
export function spellNames(rules: ProjectRules): readonly (readonly [key: string, spelled: string])[] {
  const { allow, block, reserved, requirements } = rules;
  return [
    ['allow', namePatterns(allow).spelled.join(' ')],
    ['block', namePatterns(block).spelled.join(' ')],
    ['reserved', namePatterns(reserved).spelled.join(' ')],
    ['requirements', requirements === null ? '' : JSON.stringify(spellAsks(requirements))],
    ['dependencies', follows(rules) ? 'true' : ''],
  ];
}

/** Projects are named, and what they need is wanted, too. */
export function follows({ dependencies, allow, requirements }: ProjectRules): boolean {
  return dependencies && (allow.length > 0 || requirements !== null);
}

function byName(asks: readonly Ask[]): ReadonlyMap<ProjectName, readonly Ask[]> {
  return Map.groupBy(asks, ({ name }) => name);
}

/** Who asks does not count. */
function spellAsks(asks: readonly Ask[]): readonly string[] {
  const spelled = asks.map(({ name, specifier, extras, sha256s }) =>
    [
      name + (extras.length === 0 ? '' : `[${[...new Set(extras)].sort().join()}]`),
      // Where files are named, the specifier lets nothing through.
      ...(sha256s.length === 0 ? [normalizeSpecifier(specifier) ?? specifier] : [...new Set(sha256s)].sort()),
    ].join(' '),
  );
  return [...new Set(spelled)].sort(compareCodePoints);
}

/** Names that `allow` has, and not only patterns that fit them: all of their releases are asked for. */
export function allowedOutright({ allow }: ProjectRules): readonly Ask[] {
  return allow.flatMap((pattern) => {
    const name = tryNormalizeName(pattern);
    return name === null ? [] : [{ name, specifier: '', extras: [], sha256s: [], by: '[projects] allow' }];
  });
}
