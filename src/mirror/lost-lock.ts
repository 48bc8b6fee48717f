/** What a run does when somebody took its lock away: nothing more, because another writer may have begun (P9). */
import { JubjubError } from '../errors.ts';
import type { MirrorDeps } from './deps.ts';

/** To be called before each step that changes the docroot or the trash. @throws LOCK_HELD */
export function refuseLostLock(deps: Pick<MirrorDeps, 'holdsLock'>): void {
  if (deps.holdsLock()) return;
  throw new JubjubError('LOCK_HELD', 'the lock of this mirror was taken away while the run was going on', {
    effect: 'nothing more was published: another run may be writing',
    hint: 'do not delete state/lock: it never outlives its process',
  });
}
