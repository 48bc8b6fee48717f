/** Turns what the schema refuses into errors that name the thing, its line, what was expected and what to write instead. */
import leven from 'leven';
import type { z } from 'zod';
import { JubjubError } from '../errors.ts';
import { KEY_ROWS, KEYS, type KeyRow, keyPath, type SectionName } from './keys.ts';
import { lineKey } from './lines.ts';
import { redact, redactHarder } from './redact.ts';

/** Where the values came from; the file's name and the lines of its keys, for messages. */
export interface Source {
  readonly name: string;
  readonly lines: ReadonlyMap<string, number>;
}

const RECEIVED_LENGTH_MAX = 120;

/** One error per problem; an issue about several unknown keys becomes several errors. */
export function toErrors(issues: readonly z.core.$ZodIssue[], raw: unknown, source: Source): JubjubError[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((name) => unknownKey(String(issue.path[0] ?? ''), name, raw, source))
      : [badValue(issue, raw, source)],
  );
}

/** A refusal of one key's value; also for rules that look at several keys at once. */
export function refusal(
  section: string,
  name: string,
  raw: unknown,
  source: Source,
  facts: { expected: string; hint?: string | undefined },
): JubjubError {
  const path = section === '' ? [name] : [section, name];
  const value = lookUp(raw, path);
  const what = value === undefined ? 'a needed key is missing' : 'bad value';
  const secret = rowOf(section, name)?.key.kind.secret === true;
  return new JubjubError('CONFIG_INVALID', `${what}: ${keyPath(section, name)}`, {
    path: place(source, path, keyPath(section, name)),
    expected: redact(facts.expected),
    received: show(secret && typeof value === 'string' ? redactHarder(value) : value),
    ...(facts.hint === undefined ? {} : { hint: facts.hint }),
  });
}

/** Errors in the order of their lines; those without a line first. */
export function inOrder(errors: readonly JubjubError[], source: Source): JubjubError[] {
  const lineOf = (error: JubjubError) =>
    Number(/^:(\d+) /.exec(error.facts.path?.slice(source.name.length) ?? '')?.[1] ?? 0);
  return [...errors].sort((a, b) => lineOf(a) - lineOf(b));
}

function rowOf(section: string, name: string): KeyRow | undefined {
  return KEY_ROWS.find((row) => row.section === section && row.name === name);
}

function badValue(issue: z.core.$ZodIssue, raw: unknown, source: Source): JubjubError {
  const [first = '', second] = issue.path.map(String);
  const isSection = first !== '' && Object.hasOwn(KEYS, first);
  if (isSection && second === undefined) {
    return refusal('', first, raw, source, { expected: `a section: [${first}]` });
  }
  const [section, name] = isSection ? [first, second as string] : ['', first];
  const told = issue.code === 'custom' && issue.message !== 'Invalid input';
  const item = issue.path[isSection ? 2 : 1];
  const expected = told ? issue.message : (rowOf(section, name)?.key.kind.expected ?? issue.message);
  const hint: unknown = issue.code === 'custom' ? issue.params?.['hint'] : undefined;
  const error = refusal(section, name, raw, source, {
    expected,
    hint: typeof hint === 'string' ? hint : undefined,
  });
  if (typeof item !== 'number') return error;
  return error.with({ received: `${show(lookUp(raw, issue.path))} as item ${item + 1}` });
}

function unknownKey(section: string, name: string, raw: unknown, source: Source): JubjubError {
  const path = section === '' ? [name] : [section, name];
  const known = section === '' ? topNames() : Object.keys(KEYS[section as SectionName]);
  const value = lookUp(raw, path);
  const shown = section === '' && isTable(value) ? `[${name}]` : keyPath(section, name);
  const near = nearest(name, known);
  const elsewhere = KEY_ROWS.find((row) => row.name === name)?.section;
  const where = section === '' ? 'a key of the top level or a section' : `a key of [${section}]`;
  return new JubjubError('CONFIG_INVALID', `unknown ${shown === `[${name}]` ? 'section' : 'key'}: ${shown}`, {
    path: place(source, path, shown),
    expected: near === null ? `${where}: ${known.join(', ')}` : `${near}, the nearest known`,
    received: name,
    ...(elsewhere === undefined
      ? {}
      : { hint: `${name} stands ${elsewhere === '' ? 'before all sections' : `in [${elsewhere}]`}` }),
  });
}

function topNames(): string[] {
  return [...Object.keys(KEYS['']), ...Object.keys(KEYS).filter((name) => name !== '')];
}

/** The nearest known word, if it is near enough to be meant: at most a third of its letters differ. */
export function nearest(word: string, known: readonly string[]): string | null {
  const plain = (text: string) => text.toLowerCase().replaceAll('_', '-');
  const byDistance = known
    .map((name) => ({ name, distance: leven(plain(word), plain(name)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = byDistance[0];
  return best !== undefined && best.distance <= Math.max(1, Math.ceil(best.name.length / 3))
    ? best.name
    : null;
}

function place(source: Source, path: readonly string[], shown: string): string {
  const line = source.lines.get(lineKey(path)) ?? source.lines.get(lineKey(path.slice(0, -1)));
  return `${source.name}${line === undefined ? '' : `:${line}`} ${shown}`;
}

function lookUp(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, part) => {
    const owns = typeof at === 'object' && at !== null && Object.hasOwn(at, part);
    return owns ? (at as Record<PropertyKey, unknown>)[part] : undefined;
  }, raw);
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** A value as the file would write it, short and without credentials. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (isTable(value)) return 'a section';
  if (typeof value === 'number') return String(value);
  const text = redact(value instanceof Date ? value.toISOString() : JSON.stringify(value));
  return text.length <= RECEIVED_LENGTH_MAX ? text : `${text.slice(0, RECEIVED_LENGTH_MAX)}…`;
}
