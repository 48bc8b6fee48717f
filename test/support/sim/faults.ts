/**
 * The table of faults that the simulated upstream commits on request, and the gates at which it waits for the test.
 *
 * Each of these has happened to mirrors of PyPI or can be sent by whoever answers in its place, so a mirror must survive
 * all of them: error statuses and HTML where XML or JSON was due, connections that break, fall silent or never end,
 * bytes that are wrong, too few or somebody else's, redirects to anywhere, and limits that only a fault's text tells of.
 * A gate stops an answer until the test lets it go: it is how a process is killed at a known point.
 */
import type { FaultId } from './fault-catalogue.ts';
import type { SimRequest } from './request-log.ts';

export type Match = RegExp | ((request: SimRequest) => boolean);

export type Fault =
  /** Another status with any headers (Retry-After) and a text body. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
      /** Retry-After, as a number of seconds or as a date. */
      readonly retryAfter?: { readonly form: 'seconds' | 'date'; readonly afterS: number };
    }
  /** The edge's 503: HTML, also to an XML-RPC call. */
  | { readonly kind: 'html-503' }
  /** The connection is reset before any answer. */
  | { readonly kind: 'disconnect' }
  /** The announced length is right; the connection breaks after this many bytes. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** Falls silent: before the head when `afterBytes` is absent, else inside the body. */
  | { readonly kind: 'stall'; readonly afterBytes?: number }
  /** One byte of the body is another. @default atByte: the middle */
  | { readonly kind: 'corrupt'; readonly atByte?: number }
  /** The body is this short, and announced as such. */
  | { readonly kind: 'short'; readonly bytes: number }
  /** The body goes on for so many bytes more, announced so. */
  | { readonly kind: 'longer'; readonly bytes: number }
  /** The head comes so late, and the body in so many pieces with as much silence between them. @default headMs: 0; pieces: 1 */
  | { readonly kind: 'slow'; readonly headMs?: number; readonly pieces?: number; readonly gapMs?: number }
  /** The right body under another type. */
  | { readonly kind: 'retype'; readonly contentType: string }
  /** The body begins as it should and never ends; with `gzip`, what never ends is the decoded body of a small one. */
  | { readonly kind: 'endless'; readonly gzip?: boolean }
  /** Links of a page lead to another host, `http://elsewhere.example`. */
  | { readonly kind: 'foreign-host'; readonly origin: string }
  /** The decoded text of the honest answer, changed; one of its headers may be lost on the way. */
  | {
      readonly kind: 'rewrite';
      /** `knownList`: asks for the text of the project list that the client has, if it has one. */
      readonly rewrite: (text: string, knownList: () => string | null) => string;
      readonly withoutHeader?: string;
      /** Of the answer as it was when it was first asked for, see `earlier`. */
      readonly isEarlier?: boolean;
    }
  /** Status 200 with this body instead. */
  | { readonly kind: 'replace'; readonly body: string | Buffer; readonly contentType: string }
  /** PyPI's answer to too many calls: a fault in a 200, the wait in its text. @default waitS: absent from the text */
  | { readonly kind: 'rate-limited'; readonly waitS?: number }
  | { readonly kind: 'rpc-fault'; readonly code: number; readonly message: string }
  /** As it was when it was first asked for: a point of presence that has missed its purges. */
  | { readonly kind: 'earlier' }
  /** 404 in the shape that this path has it. */
  | { readonly kind: 'missing' }
  /** `to` may be relative. @default status: 302 */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number };

export interface FaultRule {
  /** What it is counted as, see fault-catalogue.ts. @default the kind of the fault */
  readonly id?: FaultId;
  readonly match: Match;
  /** How many requests it is done to. @default every one */
  readonly times?: number;
  readonly fault: Fault;
}

export interface FaultHandle {
  /** Requests it has been done to so far. */
  readonly hits: number;
  remove(): void;
}

export interface Gate {
  /** Resolves with the request that came to the gate. */
  readonly reached: Promise<SimRequest>;
  /** Lets it, and everything after it, through. */
  release(): void;
}

interface GateRule {
  readonly match: Match;
  readonly afterBytes: number | null;
  readonly opened: Promise<void>;
  readonly arrive: (request: SimRequest) => void;
  readonly open: () => void;
}

/** What stops one request: before its answer (`afterBytes` null) or inside the body. */
export interface Stop {
  readonly afterBytes: number | null;
  /** Tells the test and waits for it. */
  wait(): Promise<void>;
}

export function matches(match: Match, request: SimRequest): boolean {
  return match instanceof RegExp ? match.test(request.line) : match(request);
}

interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export class FaultTable {
  #rules: { readonly rule: FaultRule; hits: number }[] = [];
  #gates: GateRule[] = [];

  /** The first rule that matches and is not used up decides. */
  add(rule: FaultRule): FaultHandle {
    const entry = { rule, hits: 0 };
    this.#rules.push(entry);
    return {
      get hits() {
        return entry.hits;
      },
      remove: () => {
        this.#rules = this.#rules.filter((other) => other !== entry);
      },
    };
  }

  /** Stops the matching requests until released: before the answer, or after `afterBytes` of its body. */
  gate(match: Match, { afterBytes = null }: { afterBytes?: number | null } = {}): Gate {
    const reached = deferred<SimRequest>();
    const opened = deferred<void>();
    const rule: GateRule = {
      match,
      afterBytes,
      opened: opened.promise,
      arrive: reached.resolve,
      open: opened.resolve,
    };
    this.#gates.push(rule);
    const release = () => {
      this.#gates = this.#gates.filter((other) => other !== rule);
      rule.open();
    };
    return { reached: reached.promise, release };
  }

  /** No more faults, and every gate open. */
  clear(): void {
    this.#rules = [];
    for (const gate of this.#gates) gate.open();
    this.#gates = [];
  }

  /** The rule whose fault this request gets; counts as a hit. */
  take(request: SimRequest): FaultRule | null {
    const entry = this.#rules.find(
      ({ rule, hits }) => hits < (rule.times ?? Number.POSITIVE_INFINITY) && matches(rule.match, request),
    );
    if (entry === undefined) return null;
    entry.hits += 1;
    return entry.rule;
  }

  /** The gate that this request comes to. */
  stopFor(request: SimRequest): Stop | null {
    const gate = this.#gates.find((one) => matches(one.match, request));
    if (gate === undefined) return null;
    return {
      afterBytes: gate.afterBytes,
      wait: () => {
        gate.arrive(request);
        return gate.opened;
      },
    };
  }
}
