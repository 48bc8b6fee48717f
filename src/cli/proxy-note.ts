/** Says which proxy comes from the environment, where `config check` shows what is in effect. */
import { redactHarder } from '../config/redact.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import type { Io } from './io.ts';

const VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'] as const;

/** The variables that requests heed, without credentials; null when the configuration or nobody names a proxy. */
export function proxyNote({ proxy }: Pick<UpstreamSettings, 'proxy'>, env: Io['env']): string | null {
  if (proxy !== null) return null;
  const found = VARIABLES.flatMap((upper) => {
    // The lower case comes first, as in upstream/dispatchers.ts and curl.
    const name = env[upper.toLowerCase()] === undefined ? upper : upper.toLowerCase();
    const value = env[name] ?? '';
    return value === ''
      ? []
      : [{ name, isProxy: upper !== 'NO_PROXY', text: `${name}=${redactHarder(value)}` }];
  });
  if (!found.some(({ isProxy }) => isProxy)) return null;
  return `the proxy is that of the environment: ${found.map(({ text }) => text).join(' ')}`;
}
