/** Which origins speak HTTP/2 with us: what the connections to them turned out to be, for all kinds of requests together. */

/**
 * Requests on one connection of HTTP/2 at a time. Enough to hide the way there and back; few enough that a connection that breaks
 * takes little along, and that its windows bound what it holds.
 */
export const STREAMS_PER_CONNECTION_MAX = 8;
/** After so many connections that ended in a misunderstanding it is HTTP/1.1. */
const BROKEN_MAX = 3;

/**
 * So many of the connections are kept for large files, where the others speak HTTP/2: a stream brings no more than its window in one round
 * trip, and Node cannot widen that of a single one; a connection's own window grows with the line.
 */
export function aloneOf(connectionsMax: number): number {
  return Math.floor(connectionsMax / 2);
}

export class Protocols {
  readonly #isOffered: boolean;
  /** With these it is HTTP/1.1 until the end of the run. */
  readonly #refused = new Set<string>();
  readonly #broken = new Map<string, number>();
  /** The streams on a connection that those allow that have shown to be able to speak it. */
  readonly #streams = new Map<string, number>();

  constructor(isOffered: boolean) {
    this.#isOffered = isOffered;
  }

  /** Whether HTTP/2 is offered to new connections to it. */
  offers(origin: string): boolean {
    return this.#isOffered && origin.startsWith('https:') && !this.#refused.has(origin);
  }

  /** Whether it has begun a connection as HTTP/2 wants it, with its settings. */
  isSound(origin: string): boolean {
    return this.#streams.has(origin);
  }

  /** Its settings have come. */
  sound(origin: string, streamsMax: number): void {
    this.#streams.set(origin, Math.max(1, Math.min(STREAMS_PER_CONNECTION_MAX, streamsMax)));
  }

  /** The two sides did not understand each other. Who has shown that it can has done so by accident, until it happens again. */
  broken(origin: string): void {
    const times = (this.#broken.get(origin) ?? 0) + 1;
    this.#broken.set(origin, times);
    if (!this.isSound(origin) || times >= BROKEN_MAX) this.refuse(origin);
  }

  /** It chose HTTP/1.1, or wants that for what it was asked. */
  refuse(origin: string): void {
    this.#refused.add(origin);
  }

  /** How many requests each connection to it may have under way. */
  streams(origin: string): number {
    return this.offers(origin) ? (this.#streams.get(origin) ?? 1) : 1;
  }
}
