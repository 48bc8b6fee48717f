/** What one client, or all of them together, may ask of a server: limits with names (P10). */

export interface ServeLimits {
  /** More connections than this at a time are refused. Each holds a socket and at most one open file. */
  readonly connectionsMax: number;
  /** Longer request lines and headers get a 431. */
  readonly headerBytesMax: number;
  /** Slower headers get a 408. */
  readonly headersTimeoutMs: number;
  /** Slower requests get a 408. */
  readonly requestTimeoutMs: number;
  /** How often slow requests are looked for. */
  readonly slownessCheckMs: number;
  /** How long a connection may idle between two requests. */
  readonly keepAliveTimeoutMs: number;
  /** A client that takes no byte for this long is let go. */
  readonly stallTimeoutMs: number;
  /** A client that has not taken the answer to a call by then is let go: there are few places for calls. */
  readonly callTimeoutMs: number;
}

export const LIMITS: ServeLimits = {
  connectionsMax: 480,
  headerBytesMax: 16 * 1024,
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 300_000,
  slownessCheckMs: 10_000,
  keepAliveTimeoutMs: 5_000,
  stallTimeoutMs: 120_000,
  // The list of all of PyPI is 80 MB: some 140 kB/s.
  callTimeoutMs: 600_000,
};
