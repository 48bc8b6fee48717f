/** Every key of `[releases]` and `[files]` in one spelling, whatever the order, case and repetition; empty for what drops nothing. */
import {
  checkAbiEntry,
  checkNamePattern,
  checkPlatformEntry,
  checkPythonEntry,
  checkRequiresPythonEntry,
  checkTypeEntry,
  checkVersionPattern,
} from './checks.ts';
import { spellEntries, spellTextPattern } from './entries.ts';
import { namePatterns } from './patterns.ts';
import { spellReleaseEntries } from './releases/entries.ts';
import type { FileRuleKey, FileRuleValues } from './rule.ts';

type Spellings = { readonly [Key in FileRuleKey]: (value: FileRuleValues[Key]) => string };

const words = (check: (entry: string) => string | null) => (entries: readonly string[]) =>
  spellEntries(entries, check, (text) => text.toLowerCase());
const textPatterns = (check: (entry: string) => string | null) => (entries: readonly string[]) =>
  spellEntries(entries, check, spellTextPattern);
const amount = (value: number | null) => (value === null ? '' : String(value));

const SPELLINGS: Spellings = {
  allow: spellReleaseEntries,
  block: spellReleaseEntries,
  versions: textPatterns(checkVersionPattern),
  prereleases: (value) => (value === true ? '' : String(value)),
  latest: amount,
  latestOf: (value) => (value === 'final' ? '' : value),
  yanked: (value) => (value ? '' : 'false'),
  notBeforeMs: amount,
  notAfterMs: amount,
  minAgeMs: (value) => (value === 0 ? '' : String(value)),
  minAgeExempt: (value) => namePatterns(value).spelled.join(' '),
  types: words(checkTypeEntry),
  python: words(checkPythonEntry),
  requiresPython: words(checkRequiresPythonEntry),
  platforms: words(checkPlatformEntry),
  abi: words(checkAbiEntry),
  names: textPatterns(checkNamePattern),
  maxBytes: amount,
};

/** One key's value. @throws JubjubError CONFIG_INVALID for patterns and entries that their checks refuse */
export function spellKey(key: FileRuleKey, values: FileRuleValues): string {
  return (SPELLINGS[key] as (value: unknown) => string)(values[key]);
}
