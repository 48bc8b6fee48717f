/** The requests of a run by their kind: what storms are about, and what the table of coverage counts faults by. */
import { isJsonApiPath } from '../../../src/demo/origin-json.ts';
import type { LogEntry, SimRequest } from '../sim/request-log.ts';
import type { RequestGroup } from './acts.ts';

export const REQUEST_GROUPS: readonly RequestGroup[] = [
  'call',
  'list',
  'page',
  'file',
  'sidecar',
  'provenance',
  'json api',
];

export function groupOf({ rpc, path }: Pick<SimRequest, 'rpc' | 'path'>): RequestGroup {
  if (rpc !== null) return 'call';
  if (path.startsWith('/packages/')) return path.endsWith('.metadata') ? 'sidecar' : 'file';
  if (path.startsWith('/integrity/')) return 'provenance';
  if (isJsonApiPath(path)) return 'json api';
  return /^\/simple\/?$/.test(path) ? 'list' : 'page';
}

/** What was done to requests, each by its kind and the fault's id (test/support/sim/fault-catalogue.ts). */
export function faultsMet(requests: readonly LogEntry[]): [RequestGroup, string][] {
  return requests.flatMap(({ request, faultIds }) =>
    faultIds.map((id): [RequestGroup, string] => [groupOf(request), id]),
  );
}
