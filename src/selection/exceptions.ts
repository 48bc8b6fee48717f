/** `[[exception]]`: other values of keys for some projects; of several that name a project the later ones count, key by key. */
import type { ProjectName } from '../pypi/types.ts';
import { type NamePatterns, namePatterns } from './patterns.ts';
import type { FileRule, FileRuleKey, FileRuleValues } from './rule.ts';
import type { SelectionSettings } from './settings.ts';
import { spellKey } from './spellings.ts';

/** The values that count for some projects, and which exception each is from. */
export interface Overlaid {
  readonly values: FileRuleValues;
  /** Numbers from 1; a key that is not in it has the value that holds for all. */
  readonly sources: ReadonlyMap<FileRuleKey, number>;
}

interface Overlay {
  readonly patterns: NamePatterns;
  readonly values: Partial<FileRuleValues>;
}

/**
 * Gives what counts for a project: the same object for all to which the same exceptions apply.
 *
 * @throws JubjubError CONFIG_INVALID for a pattern that can match no project.
 */
export function prepareExceptions(settings: SelectionSettings): (name: ProjectName) => Overlaid {
  const base: Overlaid = { values: { ...settings.releases, ...settings.files }, sources: new Map() };
  const overlays = overlaysOf(settings);
  if (overlays.length === 0) return () => base;
  const known = new Map<string, Overlaid>([['', base]]);
  return (name) => {
    let key = '';
    for (const [at, { patterns }] of overlays.entries()) if (patterns.find(name) !== null) key += ` ${at}`;
    let overlaid = known.get(key);
    if (overlaid === undefined) {
      overlaid = overlay(base, overlays, key.trim().split(' ').map(Number));
      known.set(key, overlaid);
    }
    return overlaid;
  };
}

function overlaysOf(settings: SelectionSettings): readonly Overlay[] {
  return settings.exceptions.map(({ projects, releases, files }) => ({
    patterns: namePatterns(projects),
    values: stated({ ...releases, ...files }),
  }));
}

/** A key without a value is as if it were not written. */
function stated(values: Partial<FileRuleValues>): Partial<FileRuleValues> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function overlay(base: Overlaid, overlays: readonly Overlay[], places: readonly number[]): Overlaid {
  let values = base.values;
  const sources = new Map<FileRuleKey, number>();
  for (const place of places) {
    const stated = overlays[place]?.values ?? {};
    values = { ...values, ...stated };
    for (const key of Object.keys(stated)) sources.set(key as FileRuleKey, place + 1);
  }
  return { values, sources };
}

/**
 * What a rule says for all and for some projects, in one spelling: empty when it drops nothing of any. Exceptions that state other keys
 * do not count, nor does the order of those that say the same.
 */
export function spellRule(rule: FileRule, settings: SelectionSettings): string {
  const [first] = rule.settings;
  const base: FileRuleValues = { ...settings.releases, ...settings.files };
  const spell = (key: FileRuleKey, values: FileRuleValues) => `${key}=${spellKey(key, values)}`;
  const spellAll = (values: FileRuleValues) =>
    rule.settings.map((key, at) => (at === 0 ? spellKey(key, values) : spell(key, values))).join(' ');
  const statements: { readonly says: string; readonly names: readonly string[] }[] = [];
  for (const { patterns, values } of overlaysOf(settings)) {
    const keys = rule.settings.filter((key) => key in values);
    const merged = { ...base, ...values };
    const changes = keys.some((key) => spellKey(key, merged) !== spellKey(key, base));
    if (keys.length === 0 || patterns.spelled.length === 0 || (statements.length === 0 && !changes)) continue;
    const says = keys.map((key) => spell(key, merged)).join(' ');
    const before = statements.at(-1);
    if (before?.says !== says) statements.push({ says, names: patterns.spelled });
    else
      statements.splice(-1, 1, { says, names: [...new Set([...before.names, ...patterns.spelled])].sort() });
  }
  const isUsed =
    spellKey(first, base) !== '' ||
    statements.some(({ says }) => says.startsWith(`${first}=`) && !/^[^=]*=(?: |$)/.test(says));
  if (!isUsed) return '';
  return [spellAll(base), ...statements.map(({ says, names }) => `${names.join(' ')}: ${says}`)].join(' | ');
}
