/** The kinds of values that keys take: each a check, and in words what it expects. */
import { checkPattern } from '../selection/selection.ts';
import {
  type HostPort,
  parseBaseUrl,
  parseHost,
  parseHostPort,
  parseProxy,
  parseSite,
  type Refusal,
} from './addresses.ts';
import * as check from './check.ts';
import { durationMeant } from './known-words.ts';
import { nearest } from './nearest.ts';
import type { FlushMode, RemovalLimit } from './settings.ts';
import { durationText, parseDuration, parseRemovalLimit, parseShare, parseSize } from './values.ts';

/** From what TOML gives to what the settings hold. */
export interface Kind<T> {
  readonly check: check.Check<T>;
  /** Completes "expected …"; the check may say something more exact. */
  readonly expected: string;
  /** True when the value may hold a password, which no message may show. */
  readonly secret?: boolean;
}

/** Patterns and hosts per list; a longer list is a mistake. */
const LIST_LENGTH_MAX = 100_000;
/** Mistakes of one list that are told; whoever makes more of them has made one mistake. */
const MISTAKES_TOLD_MAX = 20;
const NOT_LOOKED_AT = 'after so many mistakes the rest of the list was not looked at';
/** Characters in any text value. */
const TEXT_LENGTH_MAX = 4096;

const plainText = check.text(TEXT_LENGTH_MAX);

export const flag: Kind<boolean> = { check: check.flag, expected: 'true or false' };

/** A path; made absolute by the loader, which knows the folder of the file. */
export function path(needed: boolean): Kind<string> {
  return {
    check: plainText.refine(
      (text) => text.length >= (needed ? 1 : 0) && !text.includes('\0') && !text.includes('://'),
    ),
    expected: 'a path, absolute or relative to the folder of this file',
  };
}

/** Text that may stand in an HTTP header. */
export const headerText: Kind<string> = {
  check: check.text(200).refine((text) => /^[\x20-\x7e]*$/.test(text)),
  expected: 'at most 200 printable ASCII characters, such as "mirror@example.org"',
};

export function wholeNumber(min: number, max: number): Kind<number> {
  return { check: check.wholeNumber(min, max), expected: `a whole number from ${min} to ${max}` };
}

export function duration(minMs: number, maxMs: number): Kind<number> {
  const expected = `a duration from ${durationText(minMs)} to ${durationText(maxMs)}, such as "30s", "15m" or "2h"`;
  return parsed<number>(expected, (text) => {
    const ms = parseDuration(text);
    if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
    const meant = ms === null ? durationMeant(text) : null;
    return meant === null ? { expected } : { expected, hint: `did you mean "${meant}"?` };
  });
}

const SHARE_EXPECTED = 'a share above 0 and up to 1, such as "1/168" or "1%", or "off"';
export const share: Kind<number | null> = parsed<number | null>(SHARE_EXPECTED, (text) =>
  text === 'off' ? null : (parseShare(text) ?? { expected: SHARE_EXPECTED }),
);

/** Slower than this, a connection that waits for its turn would look dead to upstream. */
const RATE_BYTES_MIN = 16_000;
const RATE_EXPECTED = 'a rate of at least "16kB/s", such as "500kB/s" or "20MB/s", or "" for no limit';
/** Bytes a second; the empty text stands for no limit. */
export const rate: Kind<number | null> = parsed<number | null>(RATE_EXPECTED, (text) => {
  if (text === '') return null;
  const [, amount = '', unit = '', per = ''] = /^([\d.]+) ?([A-Za-z]+)(\/s)?$/.exec(text) ?? [];
  const bytes = parseSize(amount + unit);
  if (bytes === null || bytes < RATE_BYTES_MIN) return { expected: RATE_EXPECTED };
  return per === '/s' ? bytes : { expected: RATE_EXPECTED, hint: `did you mean "${amount}${unit}/s"?` };
});

const REMOVAL_EXPECTED = 'a number of projects such as 20, a share such as "1%", or both as "max(20, 1%)"';
export const removalLimit: Kind<RemovalLimit> = {
  check: check.either(check.number, plainText).transform((value, tell) => {
    const limit = parseRemovalLimit(value);
    return limit ?? refuse(tell, { expected: REMOVAL_EXPECTED });
  }),
  expected: REMOVAL_EXPECTED,
};

export const site: Kind<string> = { ...parsed('the address of the index as text', parseSite), secret: true };
export const proxy: Kind<string | null> = {
  ...parsed('the address of a proxy as text', parseProxy),
  secret: true,
};
export const hostPort: Kind<HostPort | null> = parsed('"host:port" as text', parseHostPort);
export const hosts: Kind<string[]> = listOf('a list of hosts such as ["files.example"]', parseHost);

/** Project patterns; the selection knows their language. */
export const patterns: Kind<string[]> = listOf<string>(
  'a list of project names, globs or /regular expressions/, such as ["numpy", "acme-*"]',
  (text) => {
    const problem = checkPattern(text);
    return problem === null
      ? text
      : { expected: 'a project name, a glob or a /regular expression/ of names', hint: problem };
  },
);

/** How changes are learnt. */
export const changes: Kind<'auto' | 'changelog' | 'list' | 'poll'> = {
  check: check.oneOf('auto', 'changelog', 'list', 'poll'),
  expected: '"auto", "changelog", "list" or "poll"',
};

const FLUSH_EXPECTED = '"wave", "file" or "off"';
const FLUSH_MODES: readonly FlushMode[] = ['wave', 'file', 'off'];
/** When what is written is flushed to the disk. */
export const flush: Kind<FlushMode> = parsed<FlushMode>(FLUSH_EXPECTED, (text) => {
  const mode = FLUSH_MODES.find((one) => one === text);
  if (mode !== undefined) return mode;
  const near = nearest(text, FLUSH_MODES);
  return near === null
    ? { expected: FLUSH_EXPECTED }
    : { expected: FLUSH_EXPECTED, hint: `did you mean "${near}"?` };
});

/** Where the docroot is served. */
export const baseUrl: Kind<string | null> = parsed<string | null>(
  'an http or https address such as "https://pypi.example.org", or ""',
  parseBaseUrl,
);

/** A kind from a parser of text. */
export function parsed<T>(expected: string, parse: (text: string) => T | Refusal): Kind<T> {
  return { check: plainText.transform((text, tell) => accept(tell, parse(text))), expected };
}

/** A kind of lists from a parser of their items. */
export function listOf<T>(expected: string, parse: (text: string) => T | Refusal): Kind<T[]> {
  const parseItem = (item: unknown): T | Refusal =>
    typeof item === 'string' && item.length <= TEXT_LENGTH_MAX ? parse(item) : { expected };
  return {
    check: check.listOf(check.anything).transform((list, tell) => {
      if (list.length > LIST_LENGTH_MAX)
        return refuse(tell, { expected: `a list of at most ${LIST_LENGTH_MAX} entries` });
      const items: T[] = [];
      let mistakes = 0;
      for (const [place, item] of list.entries()) {
        const value = parseItem(item);
        if (!isRefusal(value)) items.push(value);
        else if (mistakes++ < MISTAKES_TOLD_MAX) refuse(tell, value, [place]);
        else {
          refuse(tell, { ...value, hint: NOT_LOOKED_AT }, [place]);
          break;
        }
      }
      return items;
    }),
    expected,
  };
}

function accept<T>(tell: check.Tell, value: T | Refusal): T | check.Refused {
  return isRefusal(value) ? refuse(tell, value) : value;
}

function isRefusal<T>(value: T | Refusal): value is Refusal {
  return typeof value === 'object' && value !== null && 'expected' in value;
}

/** Tells of a value that a transformation cannot take. */
export function refuse(
  tell: check.Tell,
  { expected, hint }: Refusal,
  path: PropertyKey[] = [],
): check.Refused {
  tell(expected, { told: true, path, hint });
  return check.REFUSED;
}
