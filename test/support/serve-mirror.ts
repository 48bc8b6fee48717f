/** A mirror of a small index with a server on it, as another mirror meets them: the sync and the server are processes. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { TestContext } from 'node:test';
import { type Answered, ask } from './http-ask.ts';
import { MirrorPlace } from './mirror-place.ts';
import type { Sim } from './sim/sim.ts';
import { withTempDir } from './temp.ts';
import { startWorld } from './world.ts';

export interface ServedMirror {
  readonly sim: Sim;
  readonly place: MirrorPlace;
  /** The server's, which is also what is told to be its base-url. Without a slash at its end. */
  readonly url: string;
  /** One run of the sync, which must end with 0. */
  sync(): Promise<void>;
  /** A GET with these headers and no others; `target` is a path or a URL of this server. Redirects are not followed. */
  get(target: string, headers?: Readonly<Record<string, string>>): Promise<Answered>;
}

/**
 * Serves a mirror that has not been synced yet. It mirrors the JSON API and keeps twins of its pages; its links there are
 * absolute, because the mirrors that read them do not resolve relative ones.
 */
export async function servedMirror(t: TestContext): Promise<ServedMirror> {
  const sim = await startWorld(t);
  const place = new MirrorPlace(withTempDir(t)).configure(sim.url);
  const url = await place.start(t, ['serve', '--port', '0']).line('stdout', /^http:/);
  const pages = `[pages]\nbase-url = "${url}"\njson-api = true\nprecompress = true\n`;
  // Compares what is removed with a share of the mirror, and this one is small.
  place.configure(sim.url, { more: `[sync]\nremoval-limit = 10\n\n${pages}` });
  return {
    sim,
    place,
    url,
    sync: async () => {
      await place.sync(t);
    },
    get: (target, headers = {}) => {
      assert.ok(target.startsWith('/') || target.startsWith(`${url}/`), `${target} is no address of ours`);
      return ask(url, { target: target.replace(url, ''), headers });
    },
  };
}

/** The names of the index, as upstream has them now, with the serials of their last changes. */
export function upstreamSerials({ sim }: Pick<ServedMirror, 'sim'>): Record<string, number> {
  return Object.fromEntries(
    [...sim.state.projects].map(({ normalized, lastSerial }) => [normalized, lastSerial]),
  );
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
