/** Small documents beside a project's page: attestations (PEP 740) and the JSON API; one conditional GET each. */
import { DOCUMENT_DEPTH_MAX } from '../pypi/detail.ts';
import { isDeeperThan, isJsonObject } from '../pypi/json.ts';
import { describe, quote, shown } from '../pypi/quote.ts';
import type { DocumentReply, DocumentRequest } from './contract.ts';
import type { Gate } from './gate.ts';
import { discard, type Http, type HttpResponse } from './http.ts';
import { malformed } from './malformed.ts';
import { conditionalHeaders, notAsked, usable, validatorOf } from './validators.ts';
import { readWhole, type TextLimits } from './whole-text.ts';

const MIB = 1024 * 1024;

interface DocumentKind {
  readonly accept: string;
  /** Statuses that say: there is none. */
  readonly absent: readonly number[];
  readonly limits: TextLimits;
}

function limitsOf(name: string, bytesMax: number, marksMax: number): TextLimits {
  return {
    name: `${name}BytesMax`,
    wireBytesMax: bytesMax,
    bodyBytesMax: bytesMax,
    marks: ',[{',
    marksMax,
    marksName: `${name}MarksMax`,
    wide: /[^\0-\xff]|\\u(?:[1-9a-f]|0[1-9a-f])/i,
    wideCharsMax: bytesMax / 2,
    wideCharsName: `${name}WideCharsMax`,
  };
}

const KINDS: Readonly<Record<DocumentRequest['what'], DocumentKind>> = {
  provenance: {
    accept: 'application/vnd.pypi.integrity.v1+json, application/json;q=0.5',
    // Protocol §4.5: 403 when attestations are switched off for the whole index.
    absent: [403, 404, 410],
    limits: limitsOf('provenance', 4 * MIB, 200_000),
  },
  'json-api': {
    accept: 'application/json',
    // Protocol §3: 404 also for what is quarantined, and for projects without releases.
    absent: [404, 410],
    // Some 950 bytes and 20 marks for each file: 25,000 files.
    limits: limitsOf('jsonApi', 24 * MIB, 600_000),
  },
};

export interface DocumentPlace {
  /** The identity of the upstream: the JSON API is at `/pypi` below it. */
  readonly site: string;
  readonly deadlineMs: number;
}

/** Names the document, in errors and in the events of its retries. */
export function documentName(request: DocumentRequest): string {
  if (request.what === 'json-api') {
    const release = request.version === undefined ? '' : ` ${shown(request.version)}`;
    return `the JSON API of ${request.name}${release}`;
  }
  const name = request.url.replace(/\/provenance$/, '');
  return `the attestations of ${shown(name.slice(name.lastIndexOf('/') + 1))}`;
}

/** Where a document is; null for a version that no URL can name: a segment of dots is a step upwards, however it is written. */
function urlOf(site: string, request: DocumentRequest): string | null {
  if (request.what !== 'json-api') return request.url;
  const { name, version } = request;
  if (version === undefined) return `${site}/pypi/${name}/json`;
  return /^\.*$/.test(version) || !version.isWellFormed()
    ? null
    : `${site}/pypi/${name}/${encodeURIComponent(version)}/json`;
}

/** Asks for a document once. Throws as `Http.send` and `readWhole` do, UPSTREAM_MALFORMED; retrying is the caller's. */
export async function fetchDocument(
  http: Http,
  largeTexts: Gate,
  place: DocumentPlace,
  request: DocumentRequest,
  signal: AbortSignal,
): Promise<DocumentReply> {
  const { accept, absent, limits } = KINDS[request.what];
  const { encoding } = request;
  const validator = usable(request.validator, encoding);
  const url = urlOf(place.site, request);
  if (url === null) return { kind: 'absent' };
  const response = await http.send(
    {
      kind: 'page',
      method: 'GET',
      url,
      what: documentName(request),
      headers: { accept, 'accept-encoding': encoding, ...conditionalHeaders(validator) },
      deadlineMs: place.deadlineMs,
    },
    signal,
  );
  if (response.status === 200) {
    const bytes = await readWhole(response, encoding, limits, largeTexts, (text) =>
      checkedBytes(text, response),
    );
    return { kind: 'document', bytes, validator: validatorOf(response, encoding) };
  }
  if (absent.includes(response.status)) {
    discard(response);
    return response.status === 403 ? { kind: 'absent', isRefused: true } : { kind: 'absent' };
  }
  if (response.status !== 304) throw await http.unexpectedStatus(response, 'HTTP 200, 304 or 404');
  discard(response);
  if (validator === null) throw notAsked(response);
  return { kind: 'unchanged' };
}

/** The bytes of a document that is a JSON object, whatever it says. */
function checkedBytes(text: string, response: HttpResponse): Uint8Array {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw malformed(
      response,
      'a JSON document',
      quote(error instanceof Error ? error.message : String(error)),
      {
        // What does not end like an object was cut on its way, and the next copy may be whole.
        retryable: text.trimStart().startsWith('{') && !text.trimEnd().endsWith('}'),
        hint: 'if it repeats, a proxy may be cutting or replacing bodies',
        cause: error,
      },
    );
  }
  if (!isJsonObject(document)) throw malformed(response, 'a JSON object', describe(document));
  if (isDeeperThan(document, DOCUMENT_DEPTH_MAX))
    throw malformed(response, `at most ${DOCUMENT_DEPTH_MAX} levels of nesting`, 'more');
  return Buffer.from(text);
}
