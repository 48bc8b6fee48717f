/** The upstream of the program itself, in this process, for benches of what only it does. */
import { systemClock } from '../../src/clock.ts';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { silent } from '../../src/events.ts';
import { createUpstream, type Upstream } from '../../src/upstream/index.ts';

export function openUpstream(url: string, more: Partial<UpstreamSettings>): Upstream {
  const settings: UpstreamSettings = {
    url,
    changes: 'changelog',
    contact: '',
    connectTo: null,
    proxy: null,
    caFile: null,
    fileHosts: [],
    allowHttp: false,
    expiryMs: 1_800_000,
    pageConnections: 6,
    fileConnections: 4,
    http2: true,
    rateBytesPerSecond: null,
    timeoutMs: 30_000,
    ...more,
  };
  return createUpstream(settings, { clock: systemClock, emit: silent, version: '0.0.0' });
}
