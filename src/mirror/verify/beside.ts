/**
 * Looking beside a running sync: what it is changing at this moment is no damage.
 *
 * A wave writes its files and pages first and its rows last. So a project that is due while somebody else holds the lock is
 * left out: the run is about to settle it. And what differs is looked at once more: damage is what differs from rows that
 * stood still meanwhile.
 */
import type { ProjectName } from '../../pypi/types.ts';
import { isOfOneThing } from './damage.ts';
import type { Look, VerifyDeps } from './options.ts';
import { checkProject, type ProjectReport } from './project.ts';

/** A project that changes in each look is a project that is being synced. */
const LOOKS_MAX = 3;

/** `syncing`: left out, because a run is working on it. Null: not published (any more). */
export async function lookCarefully(
  deps: VerifyDeps,
  name: ProjectName,
  look: Look,
): Promise<ProjectReport | 'syncing' | null> {
  if (isBeingSynced(deps, name)) return 'syncing';
  const ended = lastEndOf(deps);
  const first = await checkProject(deps, name, look);
  if (first === null || first.findings.length === 0) return first;
  // No run is going on, and none has ended while we looked: nobody has changed anything.
  if (!deps.isSyncing() && lastEndOf(deps) === ended) return first;
  for (let looks = 1; looks < LOOKS_MAX; looks++) {
    if (isBeingSynced(deps, name)) return 'syncing';
    const before = rowsOf(deps, name);
    const again = await checkProject(deps, name, look);
    if (again === null || again.findings.length === 0) return again;
    if (!isBeingSynced(deps, name) && rowsOf(deps, name) === before) return again;
  }
  return 'syncing';
}

function lastEndOf({ catalogue }: VerifyDeps): number | null {
  return catalogue.lastRun()?.finishedMs ?? null;
}

function isBeingSynced(deps: VerifyDeps, name: ProjectName): boolean {
  return deps.catalogue.due(name) !== null && deps.isSyncing();
}

/** Everything in the catalogue that decides what the docroot has of a project, as one text. */
function rowsOf({ catalogue }: VerifyDeps, name: ProjectName): string {
  try {
    const detail = catalogue.packed(name);
    const packed = detail === null ? null : Buffer.from(detail).toString('base64');
    return JSON.stringify([catalogue.project(name), catalogue.filesOf(name), packed]);
  } catch (error) {
    if (!isOfOneThing(error)) throw error;
    return 'unreadable';
  }
}
