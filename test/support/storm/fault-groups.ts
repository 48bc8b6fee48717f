/** Which requests a fault of the network can be done to: everything else of the table of coverage cannot be hit, for the reason told here. */
import {
  EDGE_FAULTS,
  type EdgeFaultId,
  type RequestGroup as FaultGroup,
  REPLICA_FAULTS,
  REQUEST_FAULTS,
  type ReplicaFaultId,
} from '../sim/fault-catalogue.ts';
import type { RequestGroup } from './acts.ts';
import { REQUEST_GROUPS } from './request-groups.ts';

/** A fault is made for what is asked for: a page's is done to no file. */
const GROUPS_OF: Readonly<Record<FaultGroup, readonly RequestGroup[]>> = {
  call: ['call'],
  list: ['list'],
  page: ['page'],
  file: ['file', 'sidecar'],
  document: ['provenance', 'json api'],
};

/** Calls and files pass the edge, which keeps nothing of them. */
const KEPT: readonly RequestGroup[] = ['list', 'page', 'provenance', 'json api'];
/** No purge is meant for the list (protocol §5.6). */
const PURGED: readonly RequestGroup[] = ['page', 'provenance', 'json api'];
/** Nobody asks for attestations before a page tells of them, nor again once they were not there. */
const ASKED_TOO_EARLY: readonly RequestGroup[] = ['page', 'json api'];

const OF_EDGE: Readonly<Record<EdgeFaultId, readonly RequestGroup[]>> = {
  'edge-stale-after-purge': PURGED,
  'edge-stale-after-lifetime': KEPT,
  'edge-stale-if-error': KEPT,
  'edge-origin-down': REQUEST_GROUPS,
  'edge-purge-lost': PURGED,
  'edge-purge-late': PURGED,
  'edge-not-purged': PURGED,
  'edge-cached-404': ASKED_TOO_EARLY,
  'edge-other-pop': KEPT,
  'edge-list-from-cache': ['list'],
  'limit-reached': ['call'],
};

const OF_REPLICA: Readonly<Record<ReplicaFaultId, readonly RequestGroup[]>> = {
  'list-lacks-most': ['list'],
  'page-earlier-without-serial': ['page'],
  'page-not-on-list': ['page'],
};

/** A storm's, which have no place in the catalogue, are done to all requests but for these. */
const OF_STORM: Readonly<Record<string, readonly RequestGroup[]>> = {
  // Only pages have a serial that tells how old they are.
  earlier: ['page'],
};

/** The faults of the catalogue, in its order. */
export const NETWORK_FAULTS: readonly string[] = [
  ...Object.values(REQUEST_FAULTS),
  REPLICA_FAULTS,
  EDGE_FAULTS,
].flatMap(Object.keys);

/** The requests that a fault can be done to. */
export function groupsOfFault(fault: string): readonly RequestGroup[] {
  for (const [group, faults] of Object.entries(REQUEST_FAULTS))
    if (fault in faults) return GROUPS_OF[group as FaultGroup];
  const others: Readonly<Record<string, readonly RequestGroup[]>> = {
    ...OF_EDGE,
    ...OF_REPLICA,
    ...OF_STORM,
  };
  return others[fault] ?? REQUEST_GROUPS;
}
