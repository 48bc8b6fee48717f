/** Files: one GET, streamed, resumed with a range (If-Range) or asked for only when changed, never longer than announced or allowed. */
import { interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import { quote, shown } from '../pypi/quote.ts';
import type { FileReply, FileRequest, Validator } from './contract.ts';
import { LARGE_FILE_BYTES_MIN } from './contract.ts';
import { discard, type Http, type HttpResponse } from './http.ts';
import { networkError } from './http-errors.ts';
import { malformed } from './malformed.ts';
import { conditionalHeaders, notAsked, strongValidatorOf, usable, validatorOf } from './validators.ts';

/** The body of a file that has not changed. */
const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
};

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+|\*)$/;

/** One try of a file; see `Upstream.file`. */
export async function fetchFile(
  http: Http,
  request: FileRequest,
  /** For the headers; a transfer is limited by nothing but silence. */
  deadlineMs: number,
  signal: AbortSignal,
): Promise<FileReply> {
  const validator = usable(request.validator, 'identity');
  if (validator !== null && request.offsetBytes > 0)
    throw new JubjubError('INTERNAL', 'a file is asked for from an offset and only if it changed', {
      url: request.url,
    });
  const response = await ask(http, request, validator, deadlineMs, signal);
  switch (response.status) {
    case 200:
      return reply(response, request, { offsetBytes: 0, endBytes: contentLength(response) });
    case 206:
      if (request.offsetBytes === 0) break;
      return reply(response, request, checkedRange(response, request.offsetBytes));
    case 304:
      discard(response);
      if (validator === null) throw notAsked(response);
      return { unchanged: true, validator, part: null, offsetBytes: 0, chunks: NOTHING };
    case 416: {
      // Nothing stands behind the offset, so what is there already is not this file: all of it, from the beginning.
      if (request.offsetBytes === 0) break;
      discard(response);
      return fetchFile(http, { ...request, offsetBytes: 0 }, deadlineMs, signal);
    }
    case 403: // Protocol §4.2: object storage says 403 for what it does not have.
    case 404:
    case 410:
      discard(response);
      throw absent(response);
  }
  throw await http.unexpectedStatus(response, 'HTTP 200 or 206');
}

function ask(
  http: Http,
  request: FileRequest,
  validator: Validator | null,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { url, offsetBytes, sizeBytes = null, ifPart = null } = request;
  return http.send(
    {
      kind: 'file',
      method: 'GET',
      url,
      what: `the file ${shown(url.slice(url.lastIndexOf('/') + 1))}`,
      deadlineMs,
      isLarge: sizeBytes !== null && sizeBytes - offsetBytes >= LARGE_FILE_BYTES_MIN,
      headers: {
        // Protocol §4.2: files are hashed as they are; an encoding would change the bytes.
        'accept-encoding': 'identity',
        ...(offsetBytes > 0 ? rangeHeaders(offsetBytes, ifPart) : {}),
        ...conditionalHeaders(validator),
      },
    },
    signal,
  );
}

/** RFC 9110 §13.1.5: with If-Range, another file than the one that was begun comes whole. */
function rangeHeaders(offsetBytes: number, ifPart: string | null): Record<string, string> {
  return { range: `bytes=${offsetBytes}-`, ...(ifPart === null ? {} : { 'if-range': ifPart }) };
}

interface Span {
  /** Where the body begins. */
  readonly offsetBytes: number;
  /** Where the whole file ends; null when upstream does not say. */
  readonly endBytes: number | null;
}

function contentLength(response: HttpResponse): number | null {
  const value = response.header('content-length');
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

/** RFC 9110 §15.3.7: a 206 says which part it is. Another part than the one asked for would corrupt the file. */
function checkedRange(response: HttpResponse, offset: number): Span {
  const header = response.header('content-range');
  const [, start, end, total] = CONTENT_RANGE.exec(header ?? '') ?? [];
  if (start === undefined || end === undefined || Number(start) !== offset || Number(end) < offset)
    throw refused(
      response,
      `content-range bytes ${offset}-…`,
      header === null ? 'no content-range' : quote(header),
    );
  // Less than the rest may be sent; then the body ends short of the total, which is found while reading.
  return { offsetBytes: offset, endBytes: total === '*' || total === undefined ? null : Number(total) };
}

function reply(response: HttpResponse, request: FileRequest, span: Span): FileReply {
  const encoding = response.header('content-encoding') ?? 'identity';
  if (!/^(identity)?$/i.test(encoding.trim()))
    throw refused(response, 'no content-encoding', `content-encoding ${quote(encoding)}`);
  if (span.endBytes !== null && span.endBytes > request.bodyBytesMax) {
    response.body.destroy();
    throw largerThanAllowed(response, request.bodyBytesMax, `${span.endBytes} bytes announced`);
  }
  return {
    unchanged: false,
    validator: validatorOf(response, 'identity'),
    part: strongValidatorOf(response),
    offsetBytes: span.offsetBytes,
    chunks: { [Symbol.asyncIterator]: () => chunks(response, request, span) },
  };
}

async function* chunks(
  response: HttpResponse,
  request: FileRequest,
  span: Span,
): AsyncGenerator<Uint8Array, void, undefined> {
  let atBytes = span.offsetBytes;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      atBytes += chunk.byteLength;
      if (atBytes > request.bodyBytesMax)
        throw largerThanAllowed(response, request.bodyBytesMax, `${atBytes} bytes, and perhaps more`);
      yield chunk;
    }
    if (span.endBytes !== null && atBytes !== span.endBytes)
      throw endsElsewhere(response, span.endBytes, atBytes);
  } catch (error) {
    if (response.signal.aborted) throw interrupted();
    throw networkError(error, response);
  } finally {
    // Also when the reader leaves early: a connection with half a body in it is of no use to anyone.
    response.body.destroy();
  }
}

/** The limit is the size on the file's page, where that has one: the file is then not the one that was promised. */
function largerThanAllowed(response: HttpResponse, bytesMax: number, received: string): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', `the file is larger than it may be: ${response.what}`, {
    url: response.url,
    expected: `at most ${bytesMax} bytes (the size on its page, else the limit for a file)`,
    received,
  });
}

function absent(response: HttpResponse): JubjubError {
  return new JubjubError('UPSTREAM_ABSENT', `upstream does not have it: ${response.what}`, {
    url: response.url,
    expected: 'HTTP 200',
    received: `HTTP ${response.status}`,
    httpStatus: response.status,
  });
}

function refused(response: HttpResponse, expected: string, received: string): JubjubError {
  response.body.destroy();
  return malformed(response, expected, received);
}

function endsElsewhere(response: HttpResponse, expectedBytes: number, receivedBytes: number): JubjubError {
  return new JubjubError(
    'UPSTREAM_UNREACHABLE',
    `the body does not have its announced length: ${response.what}`,
    {
      url: response.url,
      expected: `${expectedBytes} bytes`,
      received: `${receivedBytes} bytes`,
      retryable: true,
    },
  );
}
