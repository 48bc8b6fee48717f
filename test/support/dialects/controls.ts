/** What every dialect's server gives a test beside its address: the log, the faults, and the end. */
import { posix } from 'node:path';
import type { FaultyHost } from '../sim/faulty-host.ts';

export interface DialectControls {
  /** Every request on every listener, with status (304 included) and fault; may be emptied. */
  readonly requests: FaultyHost['requests'];
  /** The whole table, for gates and the rarer faults. */
  readonly faults: FaultyHost['faults'];
  readonly failNext: FaultyHost['failNext'];
  readonly cutNext: FaultyHost['cutNext'];
  readonly notFoundStorm: FaultyHost['notFoundStorm'];
  close(): Promise<void>;
}

export function controlsOf(host: FaultyHost): DialectControls {
  return {
    requests: host.requests,
    faults: host.faults,
    failNext: (status, options) => host.failNext(status, options),
    cutNext: (options) => host.cutNext(options),
    notFoundStorm: (match) => host.notFoundStorm(match),
    close: () => host.close(),
  };
}

/** The path as a link on that page, percent-encoded: `../../packages/x.whl`. */
export function relativeLink(pagePath: string, path: string): string {
  const folder = pagePath.endsWith('/') ? pagePath : posix.dirname(pagePath);
  return encodeURI(posix.relative(folder, path));
}

/** What a request's path means; null when it is not percent-encoded UTF-8. */
export function decodedPath(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
