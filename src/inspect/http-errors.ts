/** What goes wrong on the way to a mirror that is looked at, as errors of ours. */
import { asJubjubError, type ErrorCode, JubjubError } from '../errors.ts';
import { harmless } from '../pypi/quote.ts';

interface Rule {
  readonly matches: RegExp;
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly hint?: string;
}

/** By error code of Node and undici, the first match counts. */
const RULES: readonly Rule[] = [
  {
    matches: /^(UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT|ETIMEDOUT)$/,
    code: 'UPSTREAM_TIMEOUT',
    message: 'no byte came for too long',
    retryable: true,
  },
  {
    matches: /^(ENOTFOUND|EAI_)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the host name is not known',
    retryable: false,
    hint: 'check the host in the address, and the DNS settings of this machine',
  },
  {
    matches: /CERT|^ERR_TLS|^ERR_SSL|^EPROTO|^UNABLE_TO_|^HOSTNAME_MISMATCH/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'TLS failed',
    retryable: false,
    hint: 'check the address; for a private authority set NODE_EXTRA_CA_CERTS to its certificate',
  },
  {
    matches:
      /^(ECONN|EPIPE|EHOST|ENET|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_ABORT|UND_ERR_PRX)/,
    code: 'UPSTREAM_UNREACHABLE',
    message: 'the connection failed',
    retryable: true,
    hint: 'check that a web server runs there, and the host and port in the address',
  },
  {
    matches: /^UND_ERR_HEADERS_OVERFLOW$/,
    code: 'UPSTREAM_TOO_LARGE',
    message: 'the response headers are too large',
    retryable: false,
  },
  {
    matches: /^HPE_/,
    code: 'UPSTREAM_MALFORMED',
    message: 'the server does not speak HTTP/1.1',
    retryable: false,
    hint: 'check the scheme and the port in the address',
  },
];

/** An error of the network or of TLS; what is ours already, or unknown to us, passes through. */
export function networkError(error: unknown, what: string, url: string): JubjubError {
  if (error instanceof JubjubError) return error;
  const code = codeOf(error);
  const rule = RULES.find(({ matches }) => matches.test(code));
  if (rule === undefined) return asJubjubError(error).with({ url });
  return new JubjubError(rule.code, `${rule.message}: ${what}`, {
    url,
    received: harmless(error instanceof Error && error.message !== '' ? `${error.message} (${code})` : code),
    retryable: rule.retryable,
    ...(rule.hint === undefined ? {} : { hint: rule.hint }),
    cause: error,
  });
}

/** The code of an error, of its cause, or of the first of several (Node tries IPv6 and IPv4 at once). */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'HTTPParserError') return /EOF/.test(error.message) ? 'ECONNRESET' : 'HPE_';
  const own = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (own !== '') return own;
  return codeOf(error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error.cause);
}
