/** Patterns over paths that all three servers share: their engines agree on everything that is used here. */

/** A project name as PEP 508 allows it. */
export const NAME = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?';

/** A name as PEP 503 spells it. */
export const NORMALIZED = '[a-z0-9]+(?:-[a-z0-9]+)*';

/**
 * The beginning of a request target, as it came, that could be read as a way out: a backslash, a fragment, an encoded
 * slash, backslash or control character, a dot segment. As in src/serve/target.ts; to be matched without regard to case.
 */
export const MALFORMED = '[^? ]*(?:\\\\|#|%(?:2f|5c|7f|[01][0-9a-f]|c2%[89])|/(?:\\.|%2e){1,2}(?:[/? ]|$))';

/** Below the prefix: every address of the JSON API, where what is missing is told in JSON. */
export const API = '/pypi/(?:[^/]+/)+json/?$';

/** A segment that begins with a dot. */
export const HIDDEN = '/\\.';

/** A segment that no file system takes: a name that long would only keep the rewriting busy. */
export const TOO_LONG = '/[^/]{256}';

/** The letters that normalizing replaces, each with its own. */
export const LETTERS: readonly (readonly [upper: string, lower: string])[] = Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  (letter) => [letter, letter.toLowerCase()] as const,
);

/** A literal text as a pattern. */
export function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** An Accept-Encoding that lets gzip through; a quality of 0 is a refusal. To be matched without regard to case. */
export const GZIP_ACCEPTED =
  '(?:^|,)\\s*(?:x-)?gzip\\s*(?:;\\s*q=(?:1(?:\\.0*)?|0?\\.\\d*[1-9]\\d*))?\\s*(?:,|$)';
