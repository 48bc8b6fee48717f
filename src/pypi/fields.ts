/** Reading fields of a detail document: each is what the specification says, or an error that names it. */
import { type ErrorFacts, JubjubError } from '../errors.ts';
import { isJsonObject, plainNumber } from './json.ts';
import { describe, quote } from './quote.ts';
import type { JsonObject, JsonValue, ProjectName } from './types.ts';

/** Which document, and which part of it, is being read; for errors. */
export interface Reading {
  readonly name: ProjectName;
  readonly url: string;
  /** `files[3] (x.whl)`; empty for the document itself. */
  readonly part: string;
}

/** The error for a field that is not what it must be; `field` may be empty for the part itself. */
export function malformed(reading: Reading, field: string, facts: ErrorFacts): JubjubError {
  const where = [reading.part, field].filter((word) => word !== '').join(': ');
  return new JubjubError('UPSTREAM_MALFORMED', `the detail of ${reading.name} is malformed: ${where}`, {
    url: reading.url,
    effect: `the document is not used; ${reading.name} stays as it was`,
    ...facts,
  });
}

/** As `malformed`, for a value of a wrong kind. */
export function unexpected(reading: Reading, field: string, expected: string, value: unknown): JubjubError {
  return malformed(reading, field, { expected, received: describe(value) });
}

/** A field, or undefined when it is absent or null: no specification tells those two apart. */
export function fieldOf(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? (plainNumber(object[key]) ?? undefined) : undefined;
}

/** A text, or null when it is absent. */
export function textField(reading: Reading, object: JsonObject, key: string): string | null {
  const value = fieldOf(object, key);
  if (value === undefined) return null;
  if (typeof value !== 'string') throw unexpected(reading, key, 'text', value);
  return value;
}

/** An object, or null when it is absent. */
export function objectField(reading: Reading, object: JsonObject, key: string): JsonObject | null {
  const value = fieldOf(object, key);
  if (value === undefined) return null;
  if (!isJsonObject(value)) throw unexpected(reading, key, 'an object', value);
  return value;
}

/** An array, or null when it is absent. */
export function arrayField(reading: Reading, object: JsonObject, key: string): JsonValue[] | null {
  const value = fieldOf(object, key);
  if (value === undefined) return null;
  if (!Array.isArray(value)) throw unexpected(reading, key, 'an array', value);
  return value;
}

/**
 * An http(s) URL without credentials, made absolute against the document's own; null when it is absent.
 * The fragment stays: only the caller knows whether it means something.
 */
export function urlField(reading: Reading, object: JsonObject, key: string): URL | null {
  const text = textField(reading, object, key);
  if (text === null) return null;
  const url = URL.parse(text, reading.url);
  // Errors never carry credentials, not even those of a URL that makes no sense.
  const refuse = (expected: string) =>
    malformed(reading, key, { expected, received: quote(withoutUserInfo(text)) });
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw refuse('an http or https URL');
  if (url.username !== '' || url.password !== '') throw refuse('a URL without credentials');
  return url;
}

/** For an address gone wrong, whose password may hold anything: of what stands before the last `@` only the slashes are left. */
function withoutUserInfo(text: string): string {
  const start = text.indexOf('//');
  const end = text.lastIndexOf('@');
  return start === -1 || end < start ? text : `${text.slice(0, start)}//…${text.slice(end)}`;
}
