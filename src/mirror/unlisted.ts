/** Projects that a list has lost, where that list is all that ever tells of a removal. */
import type { DueProject, KnownProject } from '../catalogue/contract.ts';
import type { DetailReply } from '../upstream/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';

/**
 * The edge refreshes within a second (trap 8). What still answers then may do so for a day, and a list that lacks thousands must
 * not make each of them wait: they are pending, and asked again by the next run.
 */
export const UNLISTED_PATIENCE_MS = 5_000;

/** Is its absence from that list the only reason to look at it? */
export function isOnlyListed(deps: MirrorDeps, due: DueProject): boolean {
  return due.source === 'unlisted' && kindOf(deps) === 'list';
}

/**
 * No list has it that we have read; `--project` may ask for one that has been withdrawn for that. Where there is a changelog, that says
 * so itself, but for what was removed without a row, or brought in before the first list and removed before the rows that are read.
 */
export function hasLeftTheList(deps: MirrorDeps, due: DueProject, known: KnownProject | null): boolean {
  if (kindOf(deps) === 'poll') return false;
  const isWithdrawn = known?.withdrawn === true && known.leftOut === null && due.required === 0;
  if (kindOf(deps) === 'list') return due.source === 'unlisted' || isWithdrawn;
  // Rows of what nobody asked for have passed unheeded: of what another project needs, only its page tells that it was made again.
  if (due.source === 'operator') return isWithdrawn && known.removed === null;
  return due.source === 'unlisted' && due.first === 0 && due.required === 0 && known !== null;
}

/**
 * P2: the list does not have the project, and its page is no newer than the list: then a cache has answered, and what is committed
 * would lack the removal. What is quarantined is on no list and has its page all the same.
 */
export function isFromCache(
  { catalogue }: MirrorDeps,
  known: KnownProject | null,
  reply: Exclude<DetailReply, { kind: 'absent' }>,
): boolean {
  const { serial, status } = reply.kind === 'page' ? reply.detail : (known ?? { serial: null, status: null });
  return status !== 'quarantined' && serial !== null && serial <= (catalogue.progress().discovered ?? 0);
}
