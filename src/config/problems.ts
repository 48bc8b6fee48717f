/** Turns what the check refuses into errors that name the thing, its line, what was expected and what to write instead. */
import { JubjubError } from '../errors.ts';
import type { Issue } from './check.ts';
import {
  lookUp,
  placeOf,
  type Source,
  type Spot,
  sectionLabel,
  spotOf,
  type ValuePath,
} from './key-spots.ts';
import { KEYS, keysOf, TABLE_NAMES } from './keys.ts';
import { nearest } from './nearest.ts';
import { redact, redactHarder, redactValue } from './redact.ts';

export { nearest } from './nearest.ts';

const RECEIVED_LENGTH_MAX = 120;
/** Problems that are told one by one; a file with more has one problem that made all of them. */
const TOLD_MAX = 200;
/** A longer name is nobody's mistake in spelling, and no message. */
const NAME_CHARS_MAX = 100;

/** One error per problem, of which there are not too many; an issue about several unknown keys becomes several errors. */
export function toErrors(issues: readonly Issue[], raw: unknown, source: Source): JubjubError[] {
  const errors: JubjubError[] = [];
  let all = 0;
  for (const issue of issues) {
    const room = TOLD_MAX - errors.length;
    if (issue.unknownKeys !== undefined) {
      all += issue.unknownKeys.length;
      for (const name of issue.unknownKeys.slice(0, room))
        errors.push(unknownKey(issue.path, name, raw, source));
    } else {
      all += 1;
      if (room > 0) errors.push(badValue(issue, raw, source));
    }
  }
  if (all > errors.length) errors.push(untold(all - errors.length));
  return errors;
}

function untold(count: number): JubjubError {
  return new JubjubError('CONFIG_INVALID', `and ${count} more of the kind`, {
    hint: 'this looks like another file, or like one table that was meant to stand elsewhere',
  });
}

/** A refusal of the value at a path; also for rules that look at several keys at once. */
export function refusal(
  path: ValuePath,
  raw: unknown,
  source: Source,
  facts: { expected: string; hint?: string | undefined },
): JubjubError {
  const spot = spotOf(path);
  const value = lookUp(raw, spot.path);
  const what = value === undefined ? 'a needed key is missing' : 'bad value';
  const secret = spot.key?.kind.secret === true;
  return new JubjubError('CONFIG_INVALID', `${what}: ${spot.label}`, {
    path: placeOf(source, path, spot.label),
    expected: redact(facts.expected),
    received: show(secret && typeof value === 'string' ? redactHarder(value) : value),
    ...(facts.hint === undefined ? {} : { hint: facts.hint }),
  });
}

/** Errors in the order of their lines; those without a line first, those without a place last. */
export function inOrder(errors: readonly JubjubError[], source: Source): JubjubError[] {
  const lineOf = (error: JubjubError) =>
    error.facts.path === undefined
      ? Infinity
      : Number(/^:(\d+) /.exec(error.facts.path.slice(source.name.length))?.[1] ?? 0);
  return [...errors].sort((a, b) => lineOf(a) - lineOf(b));
}

function badValue(issue: Issue, raw: unknown, source: Source): JubjubError {
  const spot = spotOf(issue.path);
  if (spot.section !== '' && spot.key === null) return noSection(spot, raw, source);
  const expected = issue.told ? issue.expected : (spot.key?.kind.expected ?? issue.expected);
  const error = refusal(issue.path, raw, source, { expected, hint: issue.hint });
  if (spot.rest.length === 0) return error;
  const of = spot.rest.map((part) => (typeof part === 'number' ? `item ${part + 1}` : String(part)));
  return error.with({ received: `${show(lookUp(raw, issue.path))} as ${of.join(', ')}` });
}

/** Something else stands where a section or a list of tables belongs. */
function noSection({ section, path }: Spot, raw: unknown, source: Source): JubjubError {
  const written = sectionLabel(section);
  const isTable = written.startsWith('[[');
  const error = refusal(path, raw, source, {
    expected: isTable ? `tables: ${written}` : `a section: ${written}`,
  });
  if (isTable) return error;
  return new JubjubError('CONFIG_INVALID', `bad value: ${section}`, {
    ...error.facts,
    path: placeOf(source, path, section),
  });
}

function unknownKey(above: ValuePath, written: string, raw: unknown, source: Source): JubjubError {
  const name =
    written.length > NAME_CHARS_MAX ? `${written.slice(0, NAME_CHARS_MAX)}…`.toWellFormed() : written;
  const { section } = spotOf(above);
  const label = sectionLabel(section, above[1]);
  const known = section === '' ? topNames() : Object.keys(keysOf(section) ?? {});
  const value = lookUp(raw, [...above, written]);
  const isSection = section === '' && isTable(value);
  const shown = isSection ? `[${name}]` : label === '' ? name : `${label} ${name}`;
  const near = nearest(name, known);
  const where = section === '' ? 'a key of the top level or a section' : `a key of ${sectionLabel(section)}`;
  const homes = homesOf(name);
  return new JubjubError('CONFIG_INVALID', `unknown ${isSection ? 'section' : 'key'}: ${shown}`, {
    path: placeOf(source, [...above, written], shown),
    expected: near === null ? `${where}: ${known.join(', ')}` : `${near}, the nearest known`,
    received: name,
    ...(homes.length === 0 ? {} : { hint: `${name} stands ${homes.join(' and ')}` }),
  });
}

/** Where a key of this name has its place. */
function homesOf(name: string): string[] {
  return [...Object.keys(KEYS), ...TABLE_NAMES]
    .filter((section) => Object.hasOwn(keysOf(section) ?? {}, name))
    .map((section) => (section === '' ? 'before all sections' : `in ${sectionLabel(section)}`));
}

function topNames(): string[] {
  return [...Object.keys(KEYS['']), ...Object.keys(KEYS).filter((name) => name !== ''), ...TABLE_NAMES];
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A value as the file would write it, short and without credentials. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isTable(value)) return 'a section';
  if (typeof value === 'number') return String(value);
  const plain = typeof value === 'string' ? redactValue(value) : value;
  const text = redact(plain instanceof Date ? plain.toISOString() : JSON.stringify(plain));
  return text.length <= RECEIVED_LENGTH_MAX ? text : `${text.slice(0, RECEIVED_LENGTH_MAX)}…`;
}
