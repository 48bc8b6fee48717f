/** How long a page that is not new enough is waited for. */
import type { DueProject, KnownProject } from '../catalogue/contract.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import { isOnlyListed, UNLISTED_PATIENCE_MS } from './unlisted.ts';

/** A project that failed this often is asked once a run only, until its next try is due. */
const IMPATIENT_AFTER_ATTEMPTS = 2;

/** A page that no row asks for is believed at once; only one that has to reach a serial is waited for. */
export function patienceMs(deps: MirrorDeps, due: DueProject, known: KnownProject | null): number {
  const isUnlisted = isOnlyListed(deps, due);
  if (!isUnlisted && (due.required === 0 || suffices(due, known))) return 0;
  // The first list counts rows that purge no cache for a day (trap 7): a first sync would wait for each of them. They are pending, and asked
  // again, with patience where a row wants that, once the changelog has been read.
  if (due.source === 'list' && kindOf(deps) === 'changelog') return 0;
  const tired =
    due.pending !== null &&
    due.pending.attempts >= IMPATIENT_AFTER_ATTEMPTS &&
    due.pending.nextTryMs > deps.clock.now();
  if (tired) return 0;
  const { stalePatienceMs } = deps.settings;
  return isUnlisted ? Math.min(stalePatienceMs, UNLISTED_PATIENCE_MS) : stalePatienceMs;
}

/** Is what we publish already as new as the demand? */
export function suffices(due: DueProject, known: KnownProject | null): boolean {
  return isHeldProject(known) && known.serial !== null && known.serial >= due.required;
}

/** Is something known of it that a newer page is to be held against: published, or left out? */
export function isHeldProject(known: KnownProject | null): known is KnownProject {
  return known !== null && (known.published || known.leftOut !== null);
}
