/**
 * Goal: the patterns that stand in configurations choose what `jubjub serve` chooses.
 * Method: the steps that every configuration takes with them, in a few lines of JavaScript, are held against serve's own
 * negotiation: for any header with qualities of one decimal, and for the clients that there are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { negotiate, PAGE_TYPES } from '../../src/serve/negotiate.ts';
import {
  acceptPatterns,
  FORMAT,
  HTML_COVERED,
  HTML_NAMED,
  TEXT_NAMED,
} from '../../src/web-servers/accept.ts';
import fc from '../support/properties.ts';
import { acceptRequests, formatRequests } from '../support/web-server-cases.ts';

const [TEXT, HTML, JSON_TYPE] = PAGE_TYPES;

const like = (pattern: string, text: string) => new RegExp(pattern, 'i').exec(text);

function meantByAny(accept: string): string {
  if (like(TEXT_NAMED, accept) === null) return TEXT;
  return like(HTML_COVERED, accept) === null ? HTML : JSON_TYPE;
}

/** As the maps of nginx and Caddy and the rules of Apache do it. */
function chosen(accept: string): string {
  const asked = acceptPatterns('(').flatMap((pattern) => like(pattern, accept)?.[1] ?? [])[0] ?? '';
  if (asked === '*/*') return meantByAny(accept);
  if (/^application\/\*$/i.test(asked)) return like(HTML_NAMED, accept) === null ? HTML : JSON_TYPE;
  if (/json$/i.test(asked)) return JSON_TYPE;
  return /^application.*html$/i.test(asked) ? HTML : TEXT;
}

const LATEST = ['application/vnd.pypi.simple.latest+html', 'application/vnd.pypi.simple.latest+json'];
const STRANGERS = ['application/json', 'text/plain', 'application/vnd.pypi.simple.v2+json', 'image/*'];

const quality = fc.integer({ min: 0, max: 10 }).map((tenths) => (tenths === 10 ? '1' : `0.${tenths}`));

/** `type;q=…` as it may be written. */
const item = (type: fc.Arbitrary<string>) =>
  fc
    .tuple(type, fc.option(quality), fc.constantFrom(';q=', '; q=', ' ; Q='))
    .map(([name, q, mark]) => (q === null ? name : `${name}${mark}${q}`));

const typeOf = (one: string) => one.split(';')[0]?.trim();

// A type that stands there twice is left out: no client means it.
test('any list of the types that there are is answered as serve does', () => {
  const types = fc.constantFrom(...PAGE_TYPES, ...LATEST, ...STRANGERS);
  const items = fc.uniqueArray(item(types), { maxLength: 6, selector: typeOf });
  const header = items.map((parts) => parts.join(', '));
  fc.assert(
    fc.property(header, (accept) => assert.equal(chosen(accept), negotiate(accept, undefined), accept)),
    { numRuns: 2000 },
  );
});

test('so is any such list with a wildcard in it', () => {
  // Left out, too: `latest`, and a wildcard with nothing left to stand for, because all of it is named.
  const types = fc.constantFrom(...PAGE_TYPES, ...STRANGERS);
  const header = fc
    .tuple(
      fc.uniqueArray(item(types), { maxLength: 2, selector: typeOf }),
      item(fc.constantFrom('*/*', 'application/*', 'text/*')),
      fc.nat({ max: 2 }),
    )
    .map(([items, wildcard, at]) => items.toSpliced(at, 0, wildcard).join(','));
  const idle = (accept: string) =>
    (/application\/\*/.test(accept) && [HTML, JSON_TYPE].every((type) => accept.includes(type))) ||
    (/text\/\*/.test(accept) && accept.includes(TEXT));
  fc.assert(
    fc.property(
      header.filter((accept) => !idle(accept)),
      (accept) => assert.equal(chosen(accept), negotiate(accept, undefined), accept),
    ),
    { numRuns: 2000 },
  );
});

test('real clients get what serve gives them', () => {
  for (const { name, headers } of acceptRequests())
    assert.equal(chosen(headers?.['accept'] ?? ''), negotiate(headers?.['accept'], undefined), name);
});

test('any header at all gets an answer', () => {
  const part = fc.constantFrom(...PAGE_TYPES, '*/*', ';q=', '0.5', ',', ';', '"', '\\', '=', ' ', 'q', '/');
  const header = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.array(part).map((parts) => parts.join('')),
  );
  fc.assert(fc.property(header, (accept) => PAGE_TYPES.some((type) => type === chosen(accept))));
});

test('?format= is known in every encoding, and nothing else is', () => {
  for (const { target } of formatRequests()) {
    const raw = /[?&]format=([^&]*)/.exec(target)?.[1] ?? '';
    const known = negotiate('text/html;q=0', decodeURIComponent(raw)) !== TEXT || /html/.test(raw);
    assert.equal(like(`^(?:${FORMAT})$`, raw) !== null, known, target);
  }
});
