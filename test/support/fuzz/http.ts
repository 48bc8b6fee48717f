/** The parsers of what HTTP brings: dates, waits, redirects, validators, bodies; and of requests to `serve`. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parseSite } from '../../../src/inspect/site.ts';
import { UNSAFE_IN_COMPONENT } from '../../../src/pypi/filenames.ts';
import { parseDocrootPath } from '../../../src/pypi/paths.ts';
import { matchesTag } from '../../../src/serve/document.ts';
import { prefersGzip } from '../../../src/serve/encoding.ts';
import { negotiate, PAGE_TYPES } from '../../../src/serve/negotiate.ts';
import { route } from '../../../src/serve/route.ts';
import { parseTarget } from '../../../src/serve/target.ts';
import { bodyChunks, mediaType, utf8Decoder } from '../../../src/upstream/body.ts';
import { documentName } from '../../../src/upstream/documents.ts';
import { checkedUrl, hostRules, mayBeAsked } from '../../../src/upstream/hosts.ts';
import type { HttpResponse } from '../../../src/upstream/http.ts';
import { parseHttpDate } from '../../../src/upstream/http-date.ts';
import { redirectTarget } from '../../../src/upstream/redirects.ts';
import { parseRetryAfter, RETRY_AFTER_MS_MAX } from '../../../src/upstream/retry-after.ts';
import { conditionalHeaders, validatorOf } from '../../../src/upstream/validators.ts';
import fc from '../properties.ts';
import { foreseen, foreseenLater, type Law, type TextParser } from './parser.ts';
import { cuts, cutUp, wordList } from './texts.ts';

const DATE_WORDS = wordList('Sun ,␣ 06 ␣Nov␣ 1994 ␣ 08:49:37 ␣GMT 00 : 31 Feb 9999 - 120');
const URL_WORDS = wordList(
  'https:// http:// // / .. /../ @ user:pw@ index.example files.example :8080 : [::1] 127.0.0.1',
  'localhost 169.254.169.254 0x7f.1 ? # %2f %00 \\ ftp: file:/// data:, javascript: xn-- ä \t ␣ .',
  'http: index.example. INDEX.EXAMPLE',
);
const HEADER_WORDS = wordList(
  'text/html application/vnd.pypi.simple.v1+json application/vnd.pypi.simple.latest+json */*',
  'gzip ;q=0 ;q=1 ;q=0.01 ; , ,␣ = " \\" * identity x-gzip / W/ "abc" ␣',
);
const TARGET_WORDS = wordList(
  '/simple/ /packages/ /pypi/ /json /manifest/abc.sha256 http://h / // . .. %2e%2e %2f %5c %00',
  '\\ ? # & = format= a A_b name .whl % %ff %c3%a4 +',
);

const NOW_MS = 1_795_253_400_000;
const RULES = hostRules({
  url: 'https://index.example/pypi',
  fileHosts: ['files.example'],
  allowHttp: false,
});
const FROM = new URL('https://index.example/simple/a/');

/** An answer with these headers, whose body comes in these pieces. */
function answerOf(headers: Readonly<Record<string, string>>, pieces: readonly Uint8Array[]): HttpResponse {
  return {
    status: 200,
    url: FROM.href,
    what: 'a page',
    timeoutMs: 1000,
    signal: new AbortController().signal,
    header: (name: string) => headers[name] ?? null,
    body: Readable.from(pieces),
  } as unknown as HttpResponse;
}

const REQUEST = { method: 'GET', contentType: undefined, host: undefined } as const;

export const HTTP_PARSERS: readonly TextParser[] = [
  {
    name: 'http-date',
    eats: 'dates and waits in headers',
    words: DATE_WORDS,
    documents: fc.constantFrom('Sun, 06 Nov 1994 08:49:37 GMT', '120', 'Thu, 31 Dec 2026 23:59:60 GMT'),
    eat(text) {
      const ms = parseHttpDate(text);
      assert.ok(ms === null || Number.isSafeInteger(ms));
      const waitMs = parseRetryAfter(text, NOW_MS);
      assert.ok(waitMs === null || (waitMs >= 0 && waitMs <= RETRY_AFTER_MS_MAX));
    },
  },
  {
    name: 'redirect',
    eats: 'where redirects lead, and addresses on pages',
    words: URL_WORDS,
    documents: fc.constantFrom('https://files.example/packages/a.whl', '/simple/b/', '../b/?x#y'),
    eat(location) {
      const hop = { from: FROM, status: 302, location, method: 'GET', followed: 0, what: 'a page' } as const;
      const target = foreseen(['UPSTREAM_REDIRECT'], () => redirectTarget(RULES, false, hop));
      if (target !== null) {
        assert.match(target.href, /^https:\/\/(?:index|files)\.example(?::\d+)?\//);
        assert.ok(!target.href.includes('@') || target.username === '');
      }
      const asked = foreseen(['UPSTREAM_HOST_NOT_ALLOWED'], () => checkedUrl(RULES, location, 'a file'));
      assert.equal(asked !== null, mayBeAsked(RULES, location));
      assert.ok(asked === null || /^(?:index|files)\.example$/.test(asked.hostname));
      documentName({ what: 'provenance', url: location, encoding: 'gzip', validator: null });
    },
  },
  {
    name: 'mirror-address',
    eats: 'the address of a mirror that is to be looked at',
    words: URL_WORDS,
    documents: fc.constantFrom('https://mirror.example/pypi/simple/', 'http://u:p@[::1]:8080'),
    // Somebody types it.
    charsMax: 4096,
    eat(text) {
      const site = foreseen(['USAGE_INVALID'], () => parseSite(text));
      if (site !== null) assert.equal(new URL(site.url).username, '');
    },
  },
  {
    name: 'response-headers',
    eats: 'ETag, Last-Modified and Content-Type of answers',
    words: HEADER_WORDS,
    documents: fc.constantFrom('"abc"', 'W/"x"', 'Sun, 06 Nov 1994 08:49:37 GMT', 'text/html; charset=utf-8'),
    charsMax: 16 * 1024,
    eat(text) {
      const date = 'Mon, 07 Nov 1994 08:49:37 GMT';
      const answer = answerOf({ etag: text, 'last-modified': text, date, 'content-type': text }, []);
      const sent = Object.values(conditionalHeaders(validatorOf(answer, 'gzip')));
      for (const value of sent) assert.match(value, /^[\x20-\x7e]+$/);
      mediaType(answer);
    },
  },
  {
    name: 'request-headers',
    eats: 'Accept, Accept-Encoding and If-None-Match of requests to `serve`',
    words: HEADER_WORDS,
    documents: fc.constantFrom(
      'text/html;q=0.1, application/vnd.pypi.simple.v1+json',
      'gzip, identity;q=0',
      '"a", W/"b"',
    ),
    // Node's limit on the headers of a request.
    charsMax: 16 * 1024,
    eat(text) {
      assert.ok(PAGE_TYPES.includes(negotiate(text, undefined)));
      assert.ok(PAGE_TYPES.includes(negotiate(undefined, text)));
      prefersGzip(text);
      matchesTag(text, '"abc"');
    },
  },
  {
    name: 'request-target',
    eats: 'what stands behind GET in requests to `serve`',
    words: TARGET_WORDS,
    documents: fc.constantFrom(
      '/simple/a/',
      '/simple/A_b?format=text/html',
      '/packages/aa/bb/cc/a.whl',
      '/pypi/a/json',
    ),
    charsMax: 16 * 1024,
    eat(text) {
      for (const segment of parseTarget(text)?.segments ?? [])
        assert.ok(!/^\.\.?$/.test(segment) && !UNSAFE_IN_COMPONENT.test(segment));
      const answer = route({ ...REQUEST, target: text, accept: text });
      if (answer.kind === 'file' || answer.kind === 'document')
        assert.equal(parseDocrootPath(answer.path), answer.path);
      // Node refuses all other characters before anybody asks us.
      if (answer.kind === 'plain' && answer.headers['Location'] !== undefined && /^[!-~]*$/.test(text))
        assert.match(String(answer.headers['Location']), /^\/(?:simple|pypi)\/[!-~]*$/);
    },
  },
];

interface Body {
  readonly text: string;
  readonly places: readonly number[];
  readonly encoding: string;
  readonly damage: { readonly at: number; readonly byte: number } | null;
  readonly lost: number;
}

const LIMITS = { name: 'bytesMax', wireBytesMax: 4096, bodyBytesMax: 2000 };

const bodies: Law<Body> = {
  name: 'bodies',
  eats: 'bodies, plain and gzipped, damaged, cut short, and larger unpacked than is allowed',
  inputs: fc.record({
    text: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.nat(5000).map((length) => 'a'.repeat(length)),
    ),
    places: cuts.map((places) => places.slice(0, 50)),
    encoding: fc.constantFrom('identity', 'gzip', 'x-gzip', 'GZIP', 'br', ''),
    damage: fc.option(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { freq: 2 }),
    lost: fc.constantFrom(0, 0, 0, 1, 9),
  }),
  async check({ text, places, encoding, damage, lost }) {
    const isPacked = /gzip/i.test(encoding);
    const whole = isPacked ? gzipSync(text) : Buffer.from(text);
    const bytes = whole.subarray(0, Math.max(0, whole.length - lost));
    if (damage !== null && bytes.length > 0) bytes[damage.at % bytes.length] = damage.byte;
    const answer = answerOf({ 'content-encoding': encoding }, cutUp(bytes, places));
    const read = await foreseenLater(
      ['UPSTREAM_TOO_LARGE', 'UPSTREAM_MALFORMED', 'UPSTREAM_UNREACHABLE'],
      async () => {
        const decode = utf8Decoder(answer);
        let body = '';
        for await (const chunk of bodyChunks(answer, 'gzip', LIMITS)) body += decode(chunk);
        return body + decode();
      },
    );
    assert.ok((read ?? '').length <= LIMITS.bodyBytesMax);
    const isWhole = damage === null && lost === 0 && encoding !== 'br' && text.isWellFormed();
    if (isWhole && Buffer.byteLength(text) <= LIMITS.bodyBytesMax)
      assert.equal(read, text.replace(/^\ufeff/, ''));
    // Gzip ends with the digest of all that was packed.
    if (isPacked && lost > 0 && damage === null) assert.equal(read, null);
  },
};

export const HTTP_LAWS = [bodies] as const;
