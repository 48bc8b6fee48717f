/** Turns what undici, Node and HTTP statuses say into errors of ours: which thing, worth a retry or not, what to check. */
import { asJubjubError, type ErrorCode, type ErrorFacts, JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';
import { parseRetryAfter } from './retry-after.ts';

/** What a request was for, so that its errors can name it. */
export interface RequestContext {
  /** `the page of numpy`: the end of the error's first line. */
  readonly what: string;
  readonly url: string;
  readonly timeoutMs: number;
}

interface Rule {
  readonly matches: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: ErrorFacts;
}

/** By error code of Node and undici, the first match counts. */
const RULES: readonly Rule[] = [
  {
    matches: /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/,
    code: 'UPSTREAM_TIMEOUT',
    message: 'no byte came for too long',
    facts: { retryable: true, hint: 'if it repeats on a slow line, raise timeout in [upstream]' },
  },
  {
    matches: /^ENOTFOUND$/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the host name is not known',
    facts: { hint: 'check the host in the URL, and the DNS settings of this machine' },
  },
  {
    matches: /^EAI_/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the host name could not be looked up',
    facts: { retryable: true, hint: 'check the network and the DNS settings of this machine' },
  },
  {
    matches:
      /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(VERIFY|GET|DECRYPT)|ERR_TLS_CERT|HOSTNAME_MISMATCH|UND_ERR_PRX_TLS)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the TLS certificate is not trusted',
    facts: {
      hint: 'check the host in the URL and the clock of this machine; for a private authority set ca-file in [upstream]',
    },
  },
  {
    matches: /^(EPROTO|ERR_SSL_|ERR_TLS_)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the TLS handshake failed',
    facts: { hint: 'check that the port in the URL speaks TLS, and that no proxy stands in between' },
  },
  {
    matches: /^(UND_ERR_PRX_CONN|UND_ERR_SOCKS5|PROXY_REFUSED)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the proxy did not let us through',
    facts: { hint: 'check proxy in [upstream], else HTTPS_PROXY, HTTP_PROXY and NO_PROXY' },
  },
  {
    matches: /^ECONNREFUSED$/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the connection was refused',
    facts: { retryable: true, hint: 'check that the server runs, and the host and port in the URL' },
  },
  {
    matches:
      /^(ECONN|EPIPE|EHOST|ENET|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_INVALID_EOF_STATE|ERR_STREAM_PREMATURE_CLOSE|UND_ERR_ABORT|UND_ERR_INFO|ERR_HTTP2_)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the connection broke off',
    facts: { retryable: true },
  },
  {
    matches: /^UND_ERR_(DESTROYED|CLOSED)$/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the upstream was closed meanwhile',
    facts: {},
  },
  {
    matches: /^Z_/,
    code: 'UPSTREAM_MALFORMED',
    message: 'the gzip stream is damaged or cut short',
    // A flaw of one transfer, most often: the next copy may be whole.
    facts: { retryable: true },
  },
  {
    matches: /^UND_ERR_HEADERS_OVERFLOW$/,
    code: 'UPSTREAM_TOO_LARGE',
    message: 'the response headers are too large',
    facts: { expected: 'at most 16 KiB of headers' },
  },
  {
    matches: /^HPE_/,
    code: 'UPSTREAM_MALFORMED',
    message: 'the server does not speak HTTP/1.1',
    facts: { hint: 'check the scheme and the port in the URL' },
  },
];

/** An error of the network, TLS or a decoder as one of ours. What is ours already, or unknown to us, passes through. */
export function networkError(error: unknown, context: RequestContext): JubjubError {
  if (error instanceof JubjubError) return error;
  const code = errorCode(error);
  const rule = RULES.find(({ matches }) => matches.test(code));
  if (rule === undefined) return asJubjubError(error).with({ url: context.url });
  const timeout =
    rule.code === 'UPSTREAM_TIMEOUT' ? { expected: `a byte within ${context.timeoutMs} ms` } : {};
  return new JubjubError(rule.code, `${rule.message}: ${context.what}`, {
    url: context.url,
    ...rule.facts,
    ...timeout,
    // A certificate's own words may be in it.
    received: harmless(describe(error, code), 500),
    cause: error,
  });
}

/** The code of an error, of its cause, or of the first of several (Node tries IPv6 and IPv4 at once). */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // undici has no code of its own for a proxy that answers CONNECT, or a plain request, with a refusal.
  if (/^Proxy (response|Authentication)/.test(error.message)) return 'PROXY_REFUSED';
  // Its parser errors come without their code; what matters is whether the message ended too early.
  if (error.name === 'HTTPParserError') return /EOF/.test(error.message) ? 'HPE_INVALID_EOF_STATE' : 'HPE_';
  const own = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (own !== '') return own;
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  return errorCode(error.cause);
}

function describe(error: unknown, code: string): string {
  const message = error instanceof Error ? error.message : '';
  if (message === '') return code;
  if (code === 'HPE_' || code === 'PROXY_REFUSED') return message;
  return message.includes(code) ? message : `${message} (${code})`;
}

/** RFC 9110, 6585, 8470: statuses that may pass by themselves; every other 4xx stays what it is. */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || [408, 425, 429].includes(status);
}

export interface StatusContext {
  readonly what: string;
  readonly url: string;
  readonly status: number;
  readonly retryAfter: string | null;
  /** A line of a text/plain answer, or the media type of any other. */
  readonly excerpt: string;
  readonly expected: string;
  readonly nowMs: number;
}

/** An HTTP status that is no answer to what was asked, as UPSTREAM_STATUS. */
export function statusError(context: StatusContext): JubjubError {
  const { status } = context;
  const retryable = isRetryableStatus(status);
  const retryAfterMs = retryable ? parseRetryAfter(context.retryAfter, context.nowMs) : null;
  return new JubjubError('UPSTREAM_STATUS', `upstream answered ${status}: ${context.what}`, {
    url: context.url,
    expected: context.expected,
    received: `HTTP ${status}${context.excerpt === '' ? '' : ` (${context.excerpt})`}`,
    httpStatus: status,
    retryable,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  });
}
