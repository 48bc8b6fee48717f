/** The grammar of environment markers (PEP 508), read so that no text, however hostile, throws or exhausts the stack. */
import { type Cursor, cursorOf } from './cursor.ts';
import type { Marker, MarkerValue } from './marker.ts';

/** The longest that tools write, with every environment of a lock file spelt out, have some thousand characters. */
export const MARKER_CHARS_MAX = 20_000;

/** Of parentheses; nobody nests ten deep. */
const NESTING_MAX = 50;

const OPEN = /\(/y;
const CLOSE = /\)/y;
const AND = /and\b/y;
const OR = /or\b/y;
const OPERATOR = /===|==|~=|!=|<=|>=|<|>|in\b|not\s+in\b/y;
const TEXT = /'[^']*'|"[^"]*"/y;

/** PEP 508, PEP 751, and the spellings with dots of PEP 345. */
const VARIABLE =
  /(?:python_version|python_full_version|os[._]name|sys[._]platform|platform_(?:release|system)|platform[._](?:version|machine|python_implementation)|python_implementation|implementation_(?:name|version)|extras?|dependency_groups)\b/y;

/** Null for what is no marker. */
export function parseMarker(text: string): Marker | null {
  if (text.length > MARKER_CHARS_MAX) return null;
  const cursor = cursorOf(text);
  const marker = parseOr(cursor, NESTING_MAX);
  return cursor.atEnd() ? marker : null;
}

function parseOr(cursor: Cursor, nesting: number): Marker | null {
  return parseJoined(cursor, 'or', OR, () => parseAnd(cursor, nesting));
}

function parseAnd(cursor: Cursor, nesting: number): Marker | null {
  return parseJoined(cursor, 'and', AND, () => parseAtom(cursor, nesting));
}

function parseJoined(
  cursor: Cursor,
  op: 'and' | 'or',
  joint: RegExp,
  parseOne: () => Marker | null,
): Marker | null {
  const operands: Marker[] = [];
  do {
    const operand = parseOne();
    if (operand === null) return null;
    operands.push(operand);
  } while (cursor.take(joint) !== null);
  return joined(op, operands);
}

/** Halved again and again: thousands in a row make a tree of a dozen levels, which evaluating can walk down. */
function joined(op: 'and' | 'or', operands: readonly Marker[]): Marker | null {
  const middle = operands.length >> 1;
  if (middle === 0) return operands[0] ?? null;
  const left = joined(op, operands.slice(0, middle));
  const right = joined(op, operands.slice(middle));
  return left === null || right === null ? null : { op, left, right };
}

function parseAtom(cursor: Cursor, nesting: number): Marker | null {
  if (cursor.take(OPEN) === null) return parseComparison(cursor);
  const inner = nesting === 0 ? null : parseOr(cursor, nesting - 1);
  return cursor.take(CLOSE) === null ? null : inner;
}

function parseComparison(cursor: Cursor): Marker | null {
  const left = parseValue(cursor);
  const by = left === null ? null : cursor.take(OPERATOR);
  const right = by === null ? null : parseValue(cursor);
  if (left === null || by === null || right === null) return null;
  return { op: 'compare', left, by: by.replace(/\s+/, ' '), right };
}

function parseValue(cursor: Cursor): MarkerValue | null {
  const variable = cursor.take(VARIABLE);
  if (variable !== null) return { kind: 'variable', text: modernName(variable) };
  const text = cursor.take(TEXT);
  return text === null ? null : { kind: 'text', text: text.slice(1, -1) };
}

function modernName(variable: string): string {
  const name = variable.replace('.', '_');
  return name === 'python_implementation' ? 'platform_python_implementation' : name;
}
