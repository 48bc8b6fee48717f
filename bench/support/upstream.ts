/** The upstream of the program itself, in this process, for benches of what only it does. */
import { systemClock } from '../../src/clock.ts';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import { silent } from '../../src/events.ts';
import { createUpstream, type Upstream } from '../../src/upstream/index.ts';
import { upstreamSettings } from '../../test/support/upstream-kit.ts';

export function openUpstream(url: string, more: Partial<UpstreamSettings>): Upstream {
  const settings = upstreamSettings(url, { timeoutMs: 30_000, ...more });
  return createUpstream(settings, { clock: systemClock, emit: silent, version: '0.0.0' });
}
