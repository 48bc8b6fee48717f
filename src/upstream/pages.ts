/** Project pages: one conditional GET each, with limits on their size and on how many large ones are in memory at once. */
import type { JubjubError } from '../errors.ts';
import { parseDetailText } from '../pypi/detail.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { Detail } from '../pypi/types.ts';
import { type BodyLimits, bodyChunks, tooLarge, utf8Decoder } from './body.ts';
import type { DetailReply, DetailRequest, Validator } from './contract.ts';
import type { Gate } from './gate.ts';
import { discard, type Http, type HttpRequest, type HttpResponse } from './http.ts';
import { malformed } from './malformed.ts';
import { expectSimpleJson, SIMPLE_JSON } from './simple-json.ts';

/**
 * A page has 0.6 to 0.9 KB per file (protocol §8), so this is a project of some 20,000 files, twice what the largest are known
 * to have. Reading it takes up to nine times its size, which is what the promised 300 MB leave room for
 * (bench/upstream-memory.ts).
 */
const PAGE: BodyLimits = {
  name: 'pageBytesMax',
  wireBytesMax: 16 * 1024 * 1024,
  bodyBytesMax: 16 * 1024 * 1024,
};
/** V8 keeps a text with a character beyond Latin-1 in two bytes each, escaped ones included once they are parsed. */
const WIDE_CHARS_MAX = PAGE.bodyBytesMax / 2;
const WIDE = /[^\0-\xff]|\\u(?:[1-9a-f]|0[1-9a-f])/i;
/** Of an escape that begins in one piece and goes on in the next. */
const ESCAPE_CHARS = 3;
/** Pages up to this size are read side by side, larger ones one after the other, so that their texts and parsing never add up. */
const SMALL_PAGE_BYTES = 1024 * 1024;
/** Commas, brackets and braces in a page. A file has about 15; a page of `[],[],[]` would take fifteen times its size when parsed. */
const PAGE_MARKS_MAX = 400_000;
const ETAG_CHARS_MAX = 256;

const COMMA = 0x2c;
const BRACKET = 0x5b;
const BRACE = 0x7b;

/** Asks for a page once. Throws as `Http.send`, `bodyChunks` and `parseDetailText` do; retrying is the caller's. */
export async function fetchPage(
  http: Http,
  largePages: Gate,
  place: { readonly simpleUrl: string; readonly deadlineMs: number },
  request: DetailRequest,
  signal: AbortSignal,
): Promise<DetailReply> {
  // Trap 17: gzip and identity are different objects with different ETags.
  const etag = request.validator?.encoding === request.encoding ? request.validator.etag : null;
  const response = await http.send(
    { ...pageRequest(place.simpleUrl, request, etag), deadlineMs: place.deadlineMs },
    signal,
  );
  switch (response.status) {
    case 200: {
      const detail = await readPage(response, largePages, request);
      return { kind: 'page', detail, validator: validatorOf(response, request) };
    }
    case 304:
      discard(response);
      if (etag === null) throw notAsked(response);
      return { kind: 'unchanged' };
    case 404:
    case 410:
      discard(response);
      return { kind: 'absent' };
    default:
      throw await http.unexpectedStatus(response, 'HTTP 200, 304 or 404');
  }
}

/** PEP 503: the normalized name, with a slash at the end. */
function pageRequest(
  simpleUrl: string,
  request: DetailRequest,
  etag: string | null,
): Omit<HttpRequest, 'deadlineMs'> {
  return {
    kind: 'page',
    method: 'GET',
    url: `${simpleUrl}${request.name}/`,
    what: `the page of ${request.name}`,
    headers: {
      accept: SIMPLE_JSON,
      'accept-encoding': request.encoding,
      ...(etag === null ? {} : { 'if-none-match': etag }),
    },
  };
}

/** The ETag with the encoding that was asked for. One that is not of RFC 9110's form could not be sent back. */
function validatorOf(response: HttpResponse, request: DetailRequest): Validator | null {
  const etag = response.header('etag') ?? '';
  if (etag.length > ETAG_CHARS_MAX || !/^(W\/)?"[\x21\x23-\x7e]*"$/.test(etag)) return null;
  return { etag, encoding: request.encoding };
}

async function readPage(response: HttpResponse, largePages: Gate, request: DetailRequest): Promise<Detail> {
  expectSimpleJson(response);
  const decode = utf8Decoder(response);
  let leave: (() => void) | null = null;
  let bytes = 0;
  let marks = 0;
  let wide = false;
  let end = '';
  let text = '';
  try {
    for await (const chunk of bodyChunks(response, request.encoding, PAGE)) {
      bytes += chunk.byteLength;
      marks += countMarks(chunk);
      if (marks > PAGE_MARKS_MAX) throw tooLarge(response, PAGE_MARKS_MAX, 'values', 'pageMarksMax');
      if (bytes > SMALL_PAGE_BYTES && leave === null) leave = await largePages.enter(response.signal);
      const piece = decode(chunk);
      wide ||= WIDE.test(end + piece);
      end = piece.slice(-ESCAPE_CHARS);
      text += piece;
      if (wide && text.length > WIDE_CHARS_MAX)
        throw tooLarge(response, WIDE_CHARS_MAX, 'characters beyond Latin-1', 'pageWideCharsMax');
    }
    const headerSerial = parseSerial(response.header('x-pypi-last-serial'));
    return parseDetailText(text + decode(), { name: request.name, url: response.url, headerSerial });
  } finally {
    leave?.();
  }
}

function countMarks(chunk: Uint8Array): number {
  let marks = 0;
  for (let at = 0; at < chunk.byteLength; at++) {
    const byte = chunk[at];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) marks++;
  }
  return marks;
}

function notAsked(response: HttpResponse): JubjubError {
  return malformed(response, 'a page, for nothing was sent to compare with', 'HTTP 304');
}
