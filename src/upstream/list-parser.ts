/** The JSON of the project list (PEP 691), parsed as it comes, so that memory does not grow with the number of projects. */
import { Tokenizer, TokenParser, TokenType } from '@streamparser/json';
import { JubjubError } from '../errors.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { describe, harmless, quote } from '../pypi/quote.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { ListedProject, Serial } from '../pypi/types.ts';

/** Bytes without a finished entry (or `meta`): bounds a name without an end, and whatever stands under unknown keys. */
const ENTRY_BYTES_MAX = 256 * 1024;

export interface ListParser {
  /** The document's own serial; undefined until its `meta` has been read, null when `meta` has none. */
  readonly serial: Serial | null | undefined;
  /** Entries without a valid project name, left out; and the first of them, for a message. */
  readonly skipped: { readonly count: number; readonly example: string };
  /** Takes more bytes; returns the entries that they complete. Throws UPSTREAM_MALFORMED, _API_VERSION or _TOO_LARGE. */
  push(chunk: Uint8Array): ListedProject[];
  /**
   * Says that nothing more comes; returns the last entries. Throws UPSTREAM_MALFORMED, retryable when the document is cut
   * short, or when it is no list.
   */
  end(): ListedProject[];
}

export function createListParser(): ListParser {
  const tokenizer = new Tokenizer();
  const values = new TokenParser({ paths: ['$.meta', '$.projects.*'], keepStack: false });
  let serial: Serial | null | undefined;
  let skippedCount = 0;
  let example = '';
  let entries: ListedProject[] = [];
  let bytesSinceEntry = 0;
  const hasProjects = watchForArray('projects');

  tokenizer.onToken = (token) => {
    hasProjects.see(token.token, token.value);
    values.write(token);
  };
  values.onValue = ({ value, key, stack }) => {
    bytesSinceEntry = 0;
    if (stack.length === 1 && key === 'meta') {
      serial = readMeta(value);
      return;
    }
    const entry = readEntry(value);
    if (entry !== null) entries.push(entry);
    else if (++skippedCount === 1) example = harmless(JSON.stringify(value), 100);
  };

  return {
    get serial() {
      return serial;
    },
    get skipped() {
      return { count: skippedCount, example };
    },
    push(chunk) {
      bytesSinceEntry += chunk.byteLength;
      attempt(() => tokenizer.write(chunk), false);
      if (bytesSinceEntry > ENTRY_BYTES_MAX + chunk.byteLength) throw tooLong();
      const complete = entries;
      entries = [];
      return complete;
    },
    end() {
      attempt(() => {
        if (!values.isEnded) values.end();
        if (!tokenizer.isEnded) tokenizer.end();
      }, true);
      if (serial === undefined) throw malformedList('meta with an api-version', 'no meta');
      if (!hasProjects.seen) throw malformedList('an array of projects', 'none');
      return [];
    },
  };
}

/** Notices `"<key>": [` at the top level; the value parser tells only of what is in it. */
function watchForArray(key: string) {
  let depth = 0;
  let before: unknown;
  let beforeThat: unknown;
  let seen = false;
  return {
    get seen() {
      return seen;
    },
    see(token: TokenType, value: unknown) {
      const opens = token === TokenType.LEFT_BRACE || token === TokenType.LEFT_BRACKET;
      if (depth === 1 && token === TokenType.LEFT_BRACKET && before === TokenType.COLON && beforeThat === key)
        seen = true;
      if (opens) depth++;
      else if (token === TokenType.RIGHT_BRACE || token === TokenType.RIGHT_BRACKET) depth--;
      beforeThat = before;
      before = token === TokenType.STRING ? value : token;
    },
  };
}

/** PEP 629: absent is 1.0; another major version is an error; a newer minor one is not. */
function readMeta(meta: unknown): Serial | null {
  const { 'api-version': version = '1.0', '_last-serial': serial } = asObject(meta);
  if (typeof version !== 'string' || !/^\d+\.\d+$/.test(version))
    throw malformedList('meta.api-version such as "1.4"', describe(version));
  if (!version.startsWith('1.')) throw apiVersionRefused(version);
  if (serial === undefined || serial === null) return null;
  const parsed = parseSerial(serial);
  if (parsed === null) throw malformedList('a serial as meta._last-serial', describe(serial));
  return parsed;
}

/** PEP 691: the name may be normalized or not; `_last-serial` is PyPI's own and optional (trap 24). */
function readEntry(entry: unknown): ListedProject | null {
  const { name: displayName, '_last-serial': serial } = asObject(entry);
  const name = tryNormalizeName(displayName);
  return name === null || typeof displayName !== 'string'
    ? null
    : { name, displayName, serial: parseSerial(serial) };
}

function asObject(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {};
}

function attempt(parse: () => void, atEnd: boolean): void {
  try {
    parse();
  } catch (error) {
    if (error instanceof JubjubError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw malformedList('complete JSON', quote(reason)).with({ cause: error, retryable: atEnd });
  }
}

/** PEP 629: another major version than 1. */
export function apiVersionRefused(version: string): JubjubError {
  return new JubjubError('UPSTREAM_API_VERSION', 'the project list has an api-version that is not known', {
    expected: '1.x',
    received: quote(version),
    hint: 'a newer jubjub may know this version of the Simple API',
  });
}

/** UPSTREAM_MALFORMED for a list; its address is added by who knows it. */
export function malformedList(expected: string, received: string): JubjubError {
  return new JubjubError('UPSTREAM_MALFORMED', 'the project list is not what it should be', {
    expected,
    received,
  });
}

function tooLong(): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', 'an entry of the project list is too large', {
    expected: `at most ${ENTRY_BYTES_MAX} bytes`,
    received: 'more',
  });
}
