/** The kinds of upstream, one line each. */
import type { UpstreamSettings } from '../config/settings.ts';
import type { Upstream } from './contract.ts';
import { createPypiUpstream, type UpstreamOptions } from './pypi.ts';

type Create = (settings: UpstreamSettings, options: UpstreamOptions) => Upstream;

/** By the setting `changes`: how an upstream tells what has changed. */
const KINDS: Readonly<Record<UpstreamSettings['changes'], Create>> = {
  changelog: createPypiUpstream,
};

/** The upstream that these settings describe. Throws CONFIG_INVALID for settings that cannot work; asks nothing yet. */
export function createUpstream(settings: UpstreamSettings, options: UpstreamOptions): Upstream {
  return KINDS[settings.changes](settings, options);
}
