/** JSON as PyPI writes it: compact, keys sorted, raw UTF-8, numbers as they came. */
import type { JsonObject, JsonValue } from './types.ts';

/** JSON.parse source text access, which Node has since version 21; TypeScript's library does not know it yet. */
const SOURCED = JSON as unknown as {
  parse(
    text: string,
    reviver: (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): JsonObject;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
};

/** Where a number may stand that JavaScript would write in another way: fractions, exponents, 16 digits and more. */
const INEXACT_NUMBER = /(?:"\s*:|[[,])\s*-?(?:[0-9]+[.eE]|[0-9]{16})/;

/**
 * Arrays and objects in a document. One that is nothing but brackets takes 45 times its size to read (P10: 16 MiB of them are
 * 700 MB); PyPI's largest pages have two for each of some 20,000 files.
 */
export const CONTAINERS_MAX = 1_000_000;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** Those in texts count, too: there are never that many. */
function refuseTooMany(text: string): void {
  if (text.length <= CONTAINERS_MAX) return;
  let containers = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === OPEN_ARRAY || code === OPEN_OBJECT) containers += 1;
  }
  if (containers > CONTAINERS_MAX)
    throw new SyntaxError(`${containers} arrays and objects are more than ${CONTAINERS_MAX}`);
}

/**
 * JSON.parse without loss: a number that JavaScript writes otherwise than it came (`1.0`, `1e3`, 2^53 + 1) is kept as a
 * raw JSON value, which `canonicalJson` writes as it was and `plainNumber` reads. PyPI has none; others' keys may.
 *
 * @throws SyntaxError as JSON.parse does, and when there are more arrays and objects in it than any index has
 */
export function parseJson(text: string): unknown {
  refuseTooMany(text);
  if (!INEXACT_NUMBER.test(text)) return JSON.parse(text);
  return SOURCED.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && canonicalJson(value) !== source
      ? SOURCED.rawJSON(source)
      : value,
  );
}

/** A number that `parseJson` kept as it came, as JavaScript has it; everything else as it is. */
export function plainNumber(value: JsonValue | undefined): JsonValue | undefined {
  return SOURCED.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** True for a JSON object; arrays and null are none. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether arrays and objects are nested more than `depthMax` deep; looks no deeper than that. */
export function isDeeperThan(value: unknown, depthMax: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depthMax === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, depthMax - 1));
}

/**
 * Compact JSON with keys sorted by code point at every level, as Python's `sort_keys` does.
 * `parseJson` gives exactly the value back. The value must not be nested deeper than the stack allows.
 */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (SOURCED.isRawJSON(value)) return value.rawJSON;
  if (isJsonObject(value)) {
    const keys = Object.keys(value).sort(compareCodePoints);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`).join(',')}}`;
  }
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}

/** Order by code point, as Python sorts; JavaScript's own order puts U+E000 to U+FFFF after everything astral. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rankOfUnit(a.charCodeAt(at)) - rankOfUnit(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 code units in the order of the code points that they begin: surrogates last. */
function rankOfUnit(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
