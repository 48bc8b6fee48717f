/** Mends projects: what is in the way goes, what is in doubt is not believed, and a wave brings in what is wrong. */
import { asJubjubError, isJubjubError, type JubjubError } from '../../errors.ts';
import { parseDocrootPath } from '../../pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../../pypi/types.ts';
import { keepsName } from '../chosen.ts';
import { demandWithoutChange } from '../demands.ts';
import type { Distrust, SyncOptions } from '../deps.ts';
import type { Run } from '../run.ts';
import { Tally } from '../tally.ts';
import { Work } from '../work.ts';
import { clearTheWay } from './clear.ts';
import { type DamageKind, type Finding, isOfOneThing, reasonOf } from './damage.ts';
import type { VerifyDeps } from './options.ts';

export interface OneProject {
  readonly name: ProjectName;
  readonly findings: readonly Finding[];
}

/** Pages and twins are made from what the catalogue has; with anything else, what it has is in doubt. */
const SOUND_CATALOGUE: ReadonlySet<DamageKind> = new Set<DamageKind>([
  'page-missing',
  'page-wrong',
  'twin-wrong',
  'manifest-wrong',
]);

const OPTIONS: SyncOptions = {
  dryRun: false,
  full: false,
  projects: [],
  allowRemovals: null,
  acceptUpstream: false,
};

/**
 * Works the projects off. Returns what keeps all others from being mended, too (an upstream that is gone, a limit), or null.
 * What concerns one project only leaves that one as it is.
 *
 * @throws INTERRUPTED, LOCK_HELD, STORE_FULL
 */
export async function mendWave(
  deps: VerifyDeps,
  projects: readonly OneProject[],
  signal: AbortSignal,
): Promise<JubjubError | null> {
  const leaving = new Set(deps.catalogue.dueRemovals());
  const staying = projects.filter(({ name }) => keepsName(deps, name) && !leaving.has(name));
  const free = await clearTheWay(deps, staying, signal);
  try {
    await workOff(deps, free, signal);
    return null;
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isOfOneThing(failure)) return unlessFatal(failure);
  }
  // Something about one of them: the others are not to suffer for it.
  for (const project of free) {
    try {
      await workOff(deps, [project], signal);
    } catch (error) {
      const failure = asJubjubError(error);
      if (!isOfOneThing(failure)) return unlessFatal(failure);
      const message = `${project.name} could not be mended: ${failure.message} (${reasonOf(failure)})`;
      deps.tell({ type: 'warning', code: failure.code, message });
    }
  }
  return null;
}

function unlessFatal(failure: JubjubError): JubjubError {
  if (isJubjubError(failure, 'INTERRUPTED', 'LOCK_HELD', 'STORE_FULL', 'INTERNAL')) throw failure;
  return failure;
}

async function workOff(
  deps: VerifyDeps,
  projects: readonly OneProject[],
  signal: AbortSignal,
): Promise<void> {
  if (projects.length === 0) return;
  const { catalogue } = deps;
  const names = projects.map(({ name }) => name);
  catalogue.atomically(() => {
    for (const { name, findings } of projects) {
      // Rows that cannot be read would end the wave; of the others nothing is forgotten before there is something better.
      if (findings.some(({ kind }) => kind === 'row-unreadable')) catalogue.forgetUnreadable(name);
    }
    catalogue.addDue(names.map((name) => demandWithoutChange(name, null, 'operator')));
  });
  const run: Run = {
    id: null,
    startedMs: deps.clock.now(),
    from: catalogue.progress().serial,
    tally: new Tally(),
    dryRun: false,
    changelogRead: false,
    pending: [],
  };
  await new Work({ ...deps, distrust: distrustOf(projects) }, OPTIONS, run, signal).offNamed(names, 'stay');
}

function distrustOf(projects: readonly OneProject[]): Distrust {
  const doubted = projects.filter(({ findings }) => findings.some(({ kind }) => !SOUND_CATALOGUE.has(kind)));
  const names = new Set(doubted.map(({ name }) => name));
  const paths = new Set(doubted.flatMap(({ findings }) => findings.flatMap(fileOf)));
  return { project: (name) => names.has(name), path: (path) => paths.has(path) };
}

/** The file that a finding is about; of a sidecar, the one that it lies beside. */
function fileOf({ path }: Finding): DocrootPath[] {
  const file = path === null ? null : parseDocrootPath(path.replace(/\.(?:metadata|provenance)$/, ''));
  return file === null ? [] : [file];
}
