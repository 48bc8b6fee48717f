/** PyPI as upstream: XML-RPC tells what changed, the JSON of the Simple API what there is (protocol §1, §2, §4). */
import type { Clock } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { DEFAULT_RETRY, type RetryPolicy, XML_RPC_RETRY } from '../retry.ts';
import { createChangelog } from './changelog.ts';
import type { Upstream } from './contract.ts';
import { type Deadlines, deadlinesFor } from './deadline.ts';
import type { Environment } from './dispatchers.ts';
import { fetchFile } from './files.ts';
import { createGate } from './gate.ts';
import { hostRules, isLoopback, mayBeAsked } from './hosts.ts';
import { createHttp } from './http.ts';
import { fetchPage } from './pages.ts';
import { openProjectList } from './project-list.ts';
import { createRetry } from './retrying.ts';

export interface UpstreamOptions {
  readonly clock: Clock;
  /** Hears of retries and warnings. */
  readonly emit: Emit;
  /** jubjub's, for the User-Agent. */
  readonly version: string;
  /** @default DEFAULT_RETRY for pages and the project list, XML_RPC_RETRY for calls */
  readonly retry?: RetryPolicy;
  /** @default what goes with the timeout, see `deadlinesFor` */
  readonly deadlines?: Deadlines;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up. @default none */
  readonly env?: Environment;
}

/** An upstream of kind `changelog`. Throws CONFIG_INVALID for settings that cannot work; asks nothing yet. */
export function createPypiUpstream(settings: UpstreamSettings, options: UpstreamOptions): Upstream {
  const site = siteOf(settings);
  const rules = hostRules(settings);
  const http = createHttp(settings, {
    clock: options.clock,
    userAgent: userAgent(options.version, settings.contact),
    env: options.env ?? {},
  });
  const { pageMs, listMs } = options.deadlines ?? deadlinesFor(settings.timeoutMs);
  const retry = createRetry(options.clock, options.retry ?? DEFAULT_RETRY, options.emit);
  const retryCalls = createRetry(options.clock, options.retry ?? XML_RPC_RETRY, options.emit);
  const changelog = createChangelog(http, retryCalls, { url: `${site}/pypi`, deadlineMs: listMs });
  const simpleUrl = `${site}/simple/`;
  const largePages = createGate(1);

  return {
    identity: site,
    get requestsMade() {
      return http.requestsMade;
    },
    head: changelog.head,
    changes: changelog.changes,
    projects: (signal) =>
      retry('the project list', signal, () =>
        openProjectList(http, { simpleUrl, deadlineMs: listMs }, options.emit, signal),
      ),
    detail: (request, signal) =>
      retry(`the page of ${request.name}`, signal, () =>
        fetchPage(http, largePages, { simpleUrl, deadlineMs: pageMs }, request, signal),
      ),
    file: (request, signal) => fetchFile(http, request, pageMs, signal),
    mayLinkTo: (url) => mayBeAsked(rules, url),
    close: () => http.close(),
  };
}

/** The configured URL without credentials, query, fragment and trailing slash. Throws CONFIG_INVALID. */
function siteOf(settings: UpstreamSettings): string {
  const url = new URL(settings.url);
  if (url.protocol === 'http:' && !settings.allowHttp && !isLoopback(url.hostname))
    throw new JubjubError('CONFIG_INVALID', 'plain http to an upstream that is not on this machine', {
      url: settings.url,
      expected: 'https',
      received: 'http',
      hint: 'use https, or set allow-http = true in [upstream] if you must',
    });
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** PyPI asks for a contact; it goes where robots put theirs. Throws CONFIG_INVALID for what no header may hold. */
function userAgent(version: string, contact: string): string {
  if (/[^\x20-\x7e]/.test(contact))
    throw new JubjubError('CONFIG_INVALID', 'contact holds characters that no HTTP header may hold', {
      path: 'upstream.contact',
      expected: 'printable ASCII',
      received: JSON.stringify(contact),
    });
  return contact === '' ? `jubjub/${version}` : `jubjub/${version} (+${contact})`;
}
