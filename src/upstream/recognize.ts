/** Which kind of upstream this is: as configured, as remembered, or as it turns out when it is asked. */
import { interrupted } from '../clock.ts';
import type { UpstreamSettings } from '../config/settings.ts';
import { isJubjubError, JubjubError } from '../errors.ts';
import type { Changelog } from './changelog.ts';
import type { Dialect } from './contract.ts';
import type { Finding } from './examine-index.ts';
import type { Http } from './http.ts';
import type { Retry } from './retrying.ts';

export interface RecognizeDeps {
  readonly http: Http;
  readonly retry: Retry;
  readonly changelog: Pick<Changelog, 'isThere'>;
  /** The identity of the upstream: everything is below it. */
  readonly site: string;
  readonly deadlineMs: number;
}

/** PEP 503's own; devpi's (protocol §6); an address that is itself the index, under a name of its own. */
const INDEX_PATHS: readonly [string, ...string[]] = ['/simple/', '/+simple/', '/'];
const SIMPLE = INDEX_PATHS[0];

/** What is known without asking: an explicit setting that leaves nothing open. */
export function configuredDialect(changes: UpstreamSettings['changes']): Dialect | null {
  return changes === 'changelog' || changes === 'list' ? { kind: changes, index: SIMPLE } : null;
}

/** See `Upstream.recognize`. Throws what keeps the upstream from being asked; that never makes it another kind. */
export async function recognizeDialect(
  deps: RecognizeDeps,
  changes: UpstreamSettings['changes'],
  remembered: Dialect | null,
  signal: AbortSignal,
): Promise<Dialect> {
  if (signal.aborted) throw interrupted();
  const configured = configuredDialect(changes);
  if (configured !== null) return configured;
  if (remembered !== null && (changes === 'auto' || changes === remembered.kind)) return remembered;
  try {
    if (changes === 'auto' && (await deps.changelog.isThere(signal)))
      return { kind: 'changelog', index: SIMPLE };
    return await findIndex(deps, changes === 'auto', signal);
  } catch (error) {
    if (!isJubjubError(error) || error.facts.hint !== undefined || error.code === 'INTERRUPTED') throw error;
    throw error.with({
      hint:
        changes === 'auto'
          ? 'check url in [upstream]; with changes = "changelog", "list" or "poll" there, less is asked'
          : 'check url in [upstream]',
    });
  }
}

/** The first path below the site that has a project list. Only PEP 503's own is looked at for serials. */
async function findIndex(deps: RecognizeDeps, listToo: boolean, signal: AbortSignal): Promise<Dialect> {
  const { examineIndex } = await import('./examine-index.ts');
  const refusals: { path: string; finding: Extract<Finding, { kind: 'none' }> }[] = [];
  for (const path of INDEX_PATHS) {
    const place = { url: `${deps.site}${path}`, deadlineMs: deps.deadlineMs };
    const finding = await deps.retry(`the index at ${path}`, signal, () =>
      examineIndex(deps.http, place, signal),
    );
    if (finding.kind === 'list')
      return { kind: listToo && finding.serials && path === SIMPLE ? 'list' : 'poll', index: path };
    refusals.push({ path, finding });
  }
  const statuses = refusals.map(({ finding }) => finding.status).filter((status) => status !== null);
  const allStatuses = statuses.length === refusals.length;
  throw new JubjubError(
    allStatuses ? 'UPSTREAM_STATUS' : 'UPSTREAM_MALFORMED',
    'there is no index of packages at this address',
    {
      url: deps.site,
      expected: `a project list (PEP 503 or 691) at ${INDEX_PATHS.join(', ')}`,
      received: refusals.map(({ path, finding }) => `${path}: ${finding.why}`).join('; '),
      effect: 'nothing was changed',
      hint: 'check url in [upstream]: the address that /simple/ is below, or of devpi the one of the index, user included',
      ...(allStatuses && statuses[0] !== undefined ? { httpStatus: statuses[0] } : {}),
    },
  );
}
