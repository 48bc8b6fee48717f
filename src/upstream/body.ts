/** Reads response bodies within limits: bytes on the wire and after gzip, cut-short bodies, UTF-8 that must be valid. */
import { pipeline } from 'node:stream';
import { createGunzip, gunzipSync } from 'node:zlib';
import { interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';
import type { Encoding } from './contract.ts';
import type { HttpResponse } from './http.ts';
import { networkError } from './http-errors.ts';

/** Named limits of one body; `name` is said in the error. */
export interface BodyLimits {
  readonly name: string;
  /** Bytes on the wire, still encoded. */
  readonly wireBytesMax: number;
  /** Bytes after decoding: what a gzip bomb meets. */
  readonly bodyBytesMax: number;
}

/** How large gunzip's pieces are; more means fewer of them, not more memory in all. */
const GUNZIP_CHUNK_BYTES = 64 * 1024;
/** Most pages are smaller than this on the wire; unpacking them at once takes a tenth of the time of setting up a stream. */
const GUNZIP_AT_ONCE_BYTES_MAX = 64 * 1024;
/** What unpacks to more takes the stream: a bomb gets no further than this. */
const GUNZIPPED_AT_ONCE_BYTES_MAX = 1024 * 1024;

/**
 * The decoded bytes of a body, piece by piece. Leaving the loop early closes the connection.
 * Throws UPSTREAM_TOO_LARGE past a limit, UPSTREAM_MALFORMED for an encoding that was not asked for or a gzip stream
 * that is damaged or ends early, retryable errors for a broken or silent connection, INTERRUPTED after an abort.
 */
export async function* bodyChunks(
  response: HttpResponse,
  asked: Encoding,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const gzipped = isGzipped(response, asked);
    const source = gzipped ? gunzipped(response, limits) : response.body;
    const bytesMax = gzipped ? limits.bodyBytesMax : Math.min(limits.wireBytesMax, limits.bodyBytesMax);
    yield* limited(source, bytesMax, gzipped ? 'decoded bytes' : 'bytes', response, limits.name);
  } catch (error) {
    if (response.signal.aborted) throw interrupted();
    throw networkError(error, response);
  } finally {
    response.body.destroy();
  }
}

/** Whether the body is gzip. An encoding that was not asked for is refused: what would be stored or hashed is not the thing itself. */
function isGzipped(response: HttpResponse, asked: Encoding): boolean {
  const encoding = (response.header('content-encoding') ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return false;
  if (asked === 'gzip' && (encoding === 'gzip' || encoding === 'x-gzip')) return true;
  throw new JubjubError('UPSTREAM_MALFORMED', `the body has an encoding nobody asked for: ${response.what}`, {
    url: response.url,
    expected: asked === 'gzip' ? 'content-encoding gzip or none' : 'no content-encoding',
    received: `content-encoding ${quote(encoding)}`,
    hint: 'a proxy may be re-encoding bodies',
  });
}

async function* gunzipped(
  response: HttpResponse,
  limits: BodyLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = limited(response.body, limits.wireBytesMax, 'bytes on the wire', response, limits.name);
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let isWhole = false;
  while (!isWhole && heldBytes <= GUNZIP_AT_ONCE_BYTES_MAX) {
    const { done, value } = await source.next();
    isWhole = done === true;
    if (value !== undefined) held.push(value);
    heldBytes += value?.byteLength ?? 0;
  }
  const unpacked = isWhole && heldBytes > 0 ? gunzippedAtOnce(held) : null;
  if (unpacked !== null) {
    for (let at = 0; at < unpacked.length; at += GUNZIP_CHUNK_BYTES)
      yield unpacked.subarray(at, at + GUNZIP_CHUNK_BYTES);
    return;
  }
  const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK_BYTES });
  const all = async function* () {
    yield* held;
    if (!isWhole) yield* source;
  };
  // The pipeline hands an error on to gunzip, where the reader meets it; leaving gunzip destroys the body.
  pipeline(all, gunzip, () => {});
  yield* gunzip;
}

/** Null when there is more of it than is unpacked at once; and when it is damaged or cut short: then the stream gives what there is. */
function gunzippedAtOnce(pieces: readonly Uint8Array[]): Uint8Array | null {
  try {
    return gunzipSync(Buffer.concat(pieces), { maxOutputLength: GUNZIPPED_AT_ONCE_BYTES_MAX });
  } catch {
    return null;
  }
}

async function* limited(
  source: AsyncIterable<Uint8Array>,
  bytesMax: number,
  unit: string,
  response: HttpResponse,
  limit: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const announced = Number(response.header('content-length') ?? 0);
  // Content-Length counts bytes on the wire; decoded bytes are never announced.
  if (unit !== 'decoded bytes' && announced > bytesMax) throw tooLarge(response, bytesMax, unit, limit);
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(response, bytesMax, unit, limit);
    yield chunk;
  }
}

/** The error for a body past its limit, with the limit's name. */
export function tooLarge(
  response: Pick<HttpResponse, 'what' | 'url'>,
  max: number,
  unit: string,
  limit: string,
): JubjubError {
  return new JubjubError('UPSTREAM_TOO_LARGE', `the body is too large: ${response.what}`, {
    url: response.url,
    expected: `at most ${max} ${unit} (${limit})`,
    received: 'more',
  });
}

/** A UTF-8 decoder for pieces of a body; throws UPSTREAM_MALFORMED for bytes that are not UTF-8. Call it without a chunk at the end. */
export function utf8Decoder(response: Pick<HttpResponse, 'what' | 'url'>): (chunk?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (chunk) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw new JubjubError('UPSTREAM_MALFORMED', `the body is not UTF-8: ${response.what}`, {
        url: response.url,
        expected: 'valid UTF-8',
        received: 'bytes that are not',
        cause: error,
      });
    }
  };
}

/** A whole body as text, for small answers. Throws what `bodyChunks` and `utf8Decoder` throw. */
export async function readText(response: HttpResponse, asked: Encoding, limits: BodyLimits): Promise<string> {
  const decode = utf8Decoder(response);
  let text = '';
  for await (const chunk of bodyChunks(response, asked, limits)) text += decode(chunk);
  return text + decode();
}

/** The media type of a response, lower-case, without parameters. */
export function mediaType(response: HttpResponse): string {
  return (response.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
