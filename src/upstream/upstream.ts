/**
 * An upstream of any kind: what it is has been configured or is recognized, then each question goes to its own module
 * with the formats of its kind (protocol §1 to §7).
 */
import type { Clock } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { JubjubError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { DEFAULT_RETRY, type RetryPolicy, XML_RPC_RETRY } from '../retry.ts';
import { createChangelog } from './changelog.ts';
import type { Dialect, Upstream, UpstreamKind } from './contract.ts';
import { type Deadlines, deadlinesFor } from './deadline.ts';
import type { ConnectionsFactory, Environment } from './dispatchers.ts';
import { documentName, fetchDocument } from './documents.ts';
import { fetchFile } from './files.ts';
import { askFor, type Formats } from './formats.ts';
import { createGate } from './gate.ts';
import { hostRules, isLoopback, mayBeAsked } from './hosts.ts';
import { createHttp, type Http } from './http.ts';
import { KINDS, type Kind } from './kinds.ts';
import { fetchPage } from './pages.ts';
import { configuredDialect, recognizeDialect } from './recognize.ts';
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
  /** Connections of a simulation's own. @default real ones, see `createConnections` */
  readonly connections?: ConnectionsFactory | undefined;
}

/** The upstream that these settings describe. Throws CONFIG_INVALID for settings that cannot work; asks nothing yet. */
export function createUpstream(settings: UpstreamSettings, options: UpstreamOptions): Upstream {
  const site = siteOf(settings);
  const rules = hostRules(settings);
  const http = createHttp(settings, {
    clock: options.clock,
    userAgent: userAgent(options.version, settings.contact),
    env: options.env ?? {},
    emit: options.emit,
    connections: options.connections,
  });
  const { pageMs, listMs } = options.deadlines ?? deadlinesFor(settings.timeoutMs);
  const retry = createRetry(options.clock, options.retry ?? DEFAULT_RETRY, options.emit);
  const retryCalls = createRetry(options.clock, options.retry ?? XML_RPC_RETRY, options.emit);
  const changelog = createChangelog(http, retryCalls, { url: `${site}/pypi`, deadlineMs: listMs });
  const largeTexts = createGate(1);
  let dialect = configuredDialect(settings.changes);

  const place = () => placeOf(site, dialect);
  const changelogOnly = (method: string) => {
    const { kind, changelog: isThere } = place();
    if (!isThere) throw noChangelog(method, kind);
    return changelog;
  };

  return {
    identity: site,
    get requestsMade() {
      return http.requestsMade;
    },
    async recognize(remembered, signal) {
      const deps = { http, retry, changelog, site, deadlineMs: listMs };
      dialect = await recognizeDialect(deps, settings.changes, remembered, signal);
      return dialect;
    },
    async probe(signal) {
      const { changelog: isThere, indexUrl, list } = place();
      if (isThere) await changelog.head(signal);
      else
        await retry('the index', signal, () =>
          probeIndex(http, list, { url: indexUrl, deadlineMs: listMs }, signal),
        );
    },
    head: async (signal) => changelogOnly('head').head(signal),
    async *changes(since, signal) {
      yield* changelogOnly('changes').changes(since, signal);
    },
    async projects(signal, known = null) {
      const { indexUrl, list: formats, listSerials: serialsNeeded } = place();
      const { openProjectList } = await import('./project-list.ts');
      const listPlace = { indexUrl, formats, serialsNeeded, deadlineMs: listMs };
      return retry('the project list', signal, () =>
        openProjectList(http, listPlace, known, options.emit, signal),
      );
    },
    async detail(request, signal) {
      const { indexUrl, page: formats } = place();
      return retry(`the page of ${request.name}`, signal, () =>
        fetchPage(http, largeTexts, { indexUrl, formats, deadlineMs: pageMs }, request, signal),
      );
    },
    file: (request, signal) => fetchFile(http, request, pageMs, signal),
    document: (request, signal) =>
      retry(documentName(request), signal, () =>
        fetchDocument(http, largeTexts, { site, deadlineMs: pageMs }, request, signal),
      ),
    mayLinkTo: (url) => mayBeAsked(rules, url),
    close: () => http.close(),
  };
}

/** The headers of the index are answer enough; its body may have tens of megabytes. */
async function probeIndex(
  http: Http,
  formats: Formats,
  place: { readonly url: string; readonly deadlineMs: number },
  signal: AbortSignal,
): Promise<void> {
  const headers = { 'accept-encoding': 'gzip' };
  const response = await askFor(
    http,
    formats,
    { ...place, what: 'the project list', isList: true, headers },
    signal,
  );
  if (response.status !== 200) throw await http.unexpectedStatus(response, 'HTTP 200');
  response.body.destroy();
}

interface Place extends Kind {
  readonly kind: UpstreamKind;
  readonly indexUrl: string;
}

/** Where and how the index is asked, by what the upstream is. */
function placeOf(site: string, dialect: Dialect | null): Place {
  if (dialect === null)
    throw new JubjubError('INTERNAL', 'the upstream is asked before it is known what it is', {
      expected: 'recognize first',
    });
  const { kind, index } = dialect;
  return { ...KINDS[kind], kind, indexUrl: `${site}${index}` };
}

function noChangelog(method: string, kind: UpstreamKind): JubjubError {
  return new JubjubError('INTERNAL', `there is no changelog to ask: ${method}`, {
    expected: 'an upstream of kind changelog',
    received: kind,
  });
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
