/** What a fuzzed parser is: a name, what it eats, where its inputs come from, and the laws that it is held against. */
import assert from 'node:assert/strict';
import { type ErrorCode, isJubjubError } from '../../../src/errors.ts';
import fc from '../properties.ts';

/** A parser of text. */
export interface TextParser {
  /** For `--target`: `xmlrpc-answer`. */
  readonly name: string;
  /** What it reads, for people. */
  readonly eats: string;
  /** The pieces of its language: of them soups are made, and they are repeated thousands of times. */
  readonly words: readonly string[];
  /** Documents that it accepts, or nearly. */
  readonly documents: fc.Arbitrary<string>;
  /** Reads a text and checks its laws: throws for whatever is not to be, foreseen refusals are none. */
  eat(text: string): void;
  /**
   * The longest text that is ever given to it, where that is less than `GROWN_CHARS`; what is longer is cut.
   * @default GROWN_CHARS
   */
  readonly charsMax?: number;
}

/** A parser, or a law over several, whose inputs are more than a text. */
export interface Law<T> {
  readonly name: string;
  readonly eats: string;
  readonly inputs: fc.Arbitrary<T>;
  check(input: T): void | Promise<void>;
}

/** What the fuzzers run: a property under a name. */
export interface FuzzTarget {
  readonly name: string;
  readonly eats: string;
  readonly property: fc.IRawProperty<unknown, true>;
}

/** A law as a target. */
export function lawTarget<T>({ name, eats, inputs, check }: Law<T>): FuzzTarget {
  const property = fc.asyncProperty(inputs, async (input) => check(input));
  return { name, eats, property: property as unknown as fc.IRawProperty<unknown, true> };
}

/**
 * Runs a parser: its result, or null when it refuses in one of the ways that are foreseen. Everything else that it throws (a
 * TypeError, a code that has no place here) comes out.
 */
export function foreseen<T>(codes: readonly ErrorCode[], parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (!isJubjubError(error, ...codes)) throw error;
    assert.notEqual(error.message, '');
    return null;
  }
}

/** As `foreseen`, of what takes its time. */
export async function foreseenLater<T>(
  codes: readonly ErrorCode[],
  parse: () => Promise<T>,
): Promise<T | null> {
  try {
    return await parse();
  } catch (error) {
    if (!isJubjubError(error, ...codes)) throw error;
    return null;
  }
}

/** What came of it, for comparing two ways of doing the same: the value, or the code of the refusal. */
export function outcome<T>(parse: () => T): { readonly value: T } | { readonly refused: ErrorCode } {
  try {
    return { value: parse() };
  } catch (error) {
    if (!isJubjubError(error)) throw error;
    return { refused: error.code };
  }
}
