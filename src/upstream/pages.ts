/** Project pages: one conditional GET each, as JSON or HTML, with limits on their size. */
import { parseDetailText } from '../pypi/detail.ts';
import { parseSerial } from '../pypi/serials.ts';
import type { Detail } from '../pypi/types.ts';
import type { DetailReply, DetailRequest } from './contract.ts';
import { askFor, type Format, type Formats, formatOf } from './formats.ts';
import type { Gate } from './gate.ts';
import { discard, type Http, type HttpResponse } from './http.ts';
import { conditionalHeaders, notAsked, usable, validatorOf } from './validators.ts';
import { readWhole, type TextLimits } from './whole-text.ts';

/**
 * A page has 0.6 to 0.9 KB per file (protocol §8), so this is a project of some 20,000 files, twice what the largest are known
 * to have. Reading it takes up to nine times its size, which is what the promised 300 MB leave room for
 * (bench/upstream-memory.ts).
 */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;

const JSON_PAGE: TextLimits = {
  name: 'pageBytesMax',
  wireBytesMax: PAGE_BYTES_MAX,
  bodyBytesMax: PAGE_BYTES_MAX,
  // A file has about 15 of them; a page of `[],[],[]` would take fifteen times its size when parsed.
  marks: ',[{',
  marksMax: 400_000,
  marksName: 'pageMarksMax',
  wide: /[^\0-\xff]|\\u(?:[1-9a-f]|0[1-9a-f])/i,
  wideCharsMax: PAGE_BYTES_MAX / 2,
  wideCharsName: 'pageWideCharsMax',
};

/** A file takes half as much in HTML, and three tags. Entities other than the usual ones may stand for a wide character. */
const HTML_PAGE: TextLimits = {
  ...JSON_PAGE,
  marks: '<',
  wide: /[^\0-\xff]|&(?:#[xX]?0{4}|#[xX][\da-fA-F]{3}|#\d{3}|(?!(?:gt|lt|amp|quot|apos|nbsp);)[\da-zA-Z]{2,31};)/,
};

interface Reader {
  readonly limits: TextLimits;
  readonly parse: (...page: Parameters<typeof parseDetailText>) => Detail | Promise<Detail>;
}

const READERS: Readonly<Record<Format, Reader>> = {
  json: { limits: JSON_PAGE, parse: parseDetailText },
  // Few upstreams need a parser of HTML: it is loaded for those.
  html: {
    limits: HTML_PAGE,
    parse: async (...page) => (await import('../pypi/detail-html.ts')).parseDetailHtml(...page),
  },
};

export interface PagePlace {
  /** The address of the index, with a slash at its end. */
  readonly indexUrl: string;
  readonly formats: Formats;
  readonly deadlineMs: number;
}

/** Asks for a page once. Throws as `Http.send`, `readWhole` and the parsers do; retrying is the caller's. */
export async function fetchPage(
  http: Http,
  largePages: Gate,
  place: PagePlace,
  request: DetailRequest,
  signal: AbortSignal,
): Promise<DetailReply> {
  const { name, encoding } = request;
  const validator = usable(request.validator, encoding);
  const response = await askFor(
    http,
    place.formats,
    {
      // PEP 503: the normalized name, with a slash at the end.
      url: `${place.indexUrl}${name}/`,
      what: `the page of ${name}`,
      headers: { 'accept-encoding': encoding, ...conditionalHeaders(validator) },
      deadlineMs: place.deadlineMs,
    },
    signal,
  );
  switch (response.status) {
    case 200: {
      const detail = await readPage(response, largePages, place.formats, request);
      return { kind: 'page', detail, validator: validatorOf(response, encoding) };
    }
    case 304:
      discard(response);
      if (validator === null) throw notAsked(response);
      return { kind: 'unchanged' };
    case 404:
    case 410:
      discard(response);
      return { kind: 'absent' };
    default:
      throw await http.unexpectedStatus(response, 'HTTP 200, 304 or 404');
  }
}

/** Relative URLs on the page are relative to where it was found in the end, after redirects. */
function readPage(
  response: HttpResponse,
  largePages: Gate,
  formats: Formats,
  { name, encoding }: DetailRequest,
): Promise<Detail> {
  const { limits, parse } = READERS[formatOf(response, formats)];
  const headerSerial = parseSerial(response.header('x-pypi-last-serial'));
  return readWhole(response, encoding, limits, largePages, (text) =>
    parse(text, { name, url: response.url, headerSerial }),
  );
}
