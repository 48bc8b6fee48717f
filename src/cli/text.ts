/** Makes text from outside fit for a terminal: no control characters, no credentials. */
import { redact } from '../config/redact.ts';
import { harmlessJson } from '../pypi/quote.ts';

/** Control and format characters (escape sequences, line breaks, bidirectional overrides) could forge what an operator reads. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line, every unprintable character written as an escape, every address without user name and password. */
export function printable(text: string): string {
  return redact(text).replace(
    UNPRINTABLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** A value as one line of JSON, for programs, which a terminal shows as harmlessly. */
export function jsonText(value: unknown): string {
  return harmlessJson(JSON.stringify(value));
}
