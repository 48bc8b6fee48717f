/** The one error class of jubjub, with its closed list of codes and the exit status that each code leads to. */

/** What went wrong, as a closed list; scripts may match on it. The value is the exit status when it ends a run. */
export const EXIT_STATUS_BY_CODE = {
  INTERNAL: 1,
  USAGE_INVALID: 2,
  CONFIG_MISSING: 2,
  CONFIG_INVALID: 2,
  DIRECTORY_OTHER_UPSTREAM: 2,
  LIMIT_PENDING: 3,
  LIMIT_REMOVALS: 3,
  LIMIT_SWEEP: 3,
  LIMIT_NEEDS: 3,
  UPSTREAM_UNREACHABLE: 4,
  UPSTREAM_TIMEOUT: 4,
  UPSTREAM_STATUS: 4,
  UPSTREAM_ABSENT: 4,
  UPSTREAM_FAULT: 4,
  UPSTREAM_RATE_LIMITED: 4,
  UPSTREAM_REDIRECT: 4,
  UPSTREAM_HOST_NOT_ALLOWED: 4,
  UPSTREAM_TOO_LARGE: 4,
  UPSTREAM_MALFORMED: 4,
  UPSTREAM_API_VERSION: 4,
  UPSTREAM_STALE_PAGE: 4,
  UPSTREAM_SERIAL_BACKWARDS: 4,
  UPSTREAM_LIST_IMPLAUSIBLE: 4,
  INTEGRITY_DIGEST_MISMATCH: 4,
  INTEGRITY_SIZE_MISMATCH: 4,
  VERIFY_DAMAGE: 5,
  STORE_FULL: 6,
  STORE_NOT_WRITABLE: 6,
  STORE_IO: 6,
  CATALOGUE_UNREADABLE: 6,
  LOCK_HELD: 7,
  INTERRUPTED: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_STATUS_BY_CODE;

/** The facts of an error, each one line; see "How an error reads" in docs. Never put credentials in any of them. */
export interface ErrorFacts {
  /** The address concerned; user name and password are stripped when it is stored. */
  readonly url?: string;
  /** A path on disk or a key path in the configuration. */
  readonly path?: string;
  readonly expected?: string;
  readonly received?: string;
  /** What this means for the mirror: what stays, what is pending. */
  readonly effect?: string;
  /** What to type or look at next. */
  readonly hint?: string;
  /** HTTP status, where there was one. */
  readonly httpStatus?: number;
  /** Worth asking again in a moment (5xx, timeouts, broken connections, rate limits). */
  readonly retryable?: boolean;
  /** How long upstream asked us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Removes user name and password from an address; anything that is no URL comes back as it was. */
export function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  if (parsed.username === '' && parsed.password === '') return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

/** Every failure that jubjub foresees. `message` says which thing is wrong; `facts` say the rest. */
export class JubjubError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'JubjubError';
    this.code = code;
    const { cause: _cause, ...rest } = facts;
    this.facts = facts.url === undefined ? rest : { ...rest, url: withoutCredentials(facts.url) };
  }

  /** The exit status of a run that this error ends. */
  get exitStatus(): number {
    return EXIT_STATUS_BY_CODE[this.code];
  }

  /** A copy with more facts; what was known before stays unless it is named again. */
  with(facts: ErrorFacts): JubjubError {
    return new JubjubError(this.code, this.message, { ...this.facts, cause: this.cause, ...facts });
  }
}

/** True for an error of ours, with one of the given codes when any are given. */
export function isJubjubError(error: unknown, ...codes: ErrorCode[]): error is JubjubError {
  return error instanceof JubjubError && (codes.length === 0 || codes.includes(error.code));
}

/** Node's word for what a process may not have more of: files, sockets and modules are opened everywhere. */
const OUT_OF_DESCRIPTORS: readonly unknown[] = ['EMFILE', 'ENFILE'];

/** What to do when the system opens nothing more for this process, whichever call was the first to find out. */
export const DESCRIPTORS_HINT =
  'raise the limit of open files to 256 or more (ulimit -n; LimitNOFILE= in a systemd unit) and run again';

function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && OUT_OF_DESCRIPTORS.includes(error.code);
}

/** Any thrown thing as an error of ours; what we did not foresee is INTERNAL, a bug. */
export function asJubjubError(error: unknown): JubjubError {
  if (error instanceof JubjubError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (isOutOfDescriptors(error)) {
    return new JubjubError('STORE_IO', 'this process may not open any more files', {
      received: message,
      effect: 'the run stopped; nothing half-done is visible in the docroot',
      hint: DESCRIPTORS_HINT,
      cause: error,
    });
  }
  return new JubjubError('INTERNAL', message, {
    cause: error,
    hint: 'this is a bug in jubjub: please report it with the lines above',
  });
}
