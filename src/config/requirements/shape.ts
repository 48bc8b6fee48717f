/** Lock files as data: TOML or JSON, held against the shape that their tool writes, with the line of what does not fit. */
import { parse, TomlError } from 'smol-toml';
import type { Check } from '../check.ts';
import { lookUp } from '../key-spots.ts';
import { redact } from '../redact.ts';
import { badFile, type TextFile } from './entry.ts';

const RECEIVED_LENGTH_MAX = 120;

/** The lines of a file's packages, each by its place or name. */
export type LineOf = (path: readonly PropertyKey[]) => number | null;

/** The TOML of a file in the shape that a check asks for. @throws CONFIG_INVALID with the line */
export function tomlOf<T>(file: TextFile, check: Check<T>, lineOf: LineOf): T {
  let value: unknown;
  try {
    value = parse(file.text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [firstLine = ''] = cause.message.split('\n');
    throw badFile(file, cause.line, {
      expected: 'TOML 1.0',
      received: firstLine.replace('Invalid TOML document: ', ''),
    });
  }
  return inShape(file, value, check, lineOf);
}

/** The JSON of a file in the shape that a check asks for. @throws CONFIG_INVALID */
export function jsonOf<T>(file: TextFile, check: Check<T>, lineOf: LineOf): T {
  let value: unknown;
  try {
    value = JSON.parse(file.text);
  } catch (cause) {
    throw badFile(file, null, { expected: 'JSON', received: (cause as Error).message });
  }
  return inShape(file, value, check, lineOf);
}

/** The lines of the tables of an array, by their place: those of `[[package]]` in a lock file. */
export function tableLines(file: TextFile, header: string): LineOf {
  const lines: number[] = [];
  file.text.split('\n').forEach((line, index) => {
    if (line.trimEnd() === header) lines.push(index + 1);
  });
  return (path) => {
    const place = path.find((part) => typeof part === 'number');
    return place === undefined ? null : (lines[place] ?? null);
  };
}

function inShape<T>(file: TextFile, value: unknown, check: Check<T>, lineOf: LineOf): T {
  const { value: read, issues } = check.issuesOf(value);
  if (issues === null) return read;
  const [issue] = issues;
  const path = issue?.path ?? [];
  const at = path.map((part) => (typeof part === 'number' ? String(part + 1) : String(part))).join(' ');
  throw badFile(file, lineOf(path), {
    expected: `${issue?.expected ?? 'another shape'}${at === '' ? '' : ` as ${at}`}`,
    received: shown(lookUp(value, path)),
    hint: 'write it again with a current version of its tool',
  });
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'object'
    ? 'something else'
    : redact(JSON.stringify(value)).slice(0, RECEIVED_LENGTH_MAX);
}
