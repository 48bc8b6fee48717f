/** Step root: the root index in both forms, its twins, and the completeness proof are what the catalogue says. */
import { MANIFEST_PATH } from '../../pypi/paths.ts';
import { checkRoot, type RootTrouble } from '../check-root.ts';
import { type Finding, isOfOneThing, reasonOf } from './damage.ts';
import type { VerifyDeps } from './options.ts';

/** A run writes the root index a moment before it commits: seen in between, it is ahead of the catalogue. */
const LOOKS_MAX = 5;
const BETWEEN_LOOKS_MS = 500;

/** Null: a run is changing it all the time; or it is not made yet, because the first sync is not over. */
export async function checkRootCarefully(deps: VerifyDeps, signal: AbortSignal): Promise<Finding[] | null> {
  for (let looks = 1; ; looks++) {
    const before = commitsOf(deps);
    const wasSyncing = deps.isSyncing();
    const findings = await findingsOf(deps, signal);
    const isSettled = commitsOf(deps) === before && !wasSyncing && !deps.isSyncing();
    if (findings.length === 0 || isSettled) return findings;
    if (looks >= LOOKS_MAX) return commitsOf(deps) === before ? findings : null;
    await deps.clock.sleep(BETWEEN_LOOKS_MS, signal);
  }
}

/** Changes with each commit that changes the root index. */
function commitsOf({ catalogue }: VerifyDeps): string {
  const { projects, files, bytes, untried, pending } = catalogue.counts();
  return JSON.stringify([
    catalogue.progress(),
    projects,
    files,
    bytes,
    untried,
    pending,
    catalogue.buckets(),
  ]);
}

async function findingsOf(deps: VerifyDeps, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    for await (const trouble of checkRoot(deps, signal)) findings.push(findingOf(trouble));
  } catch (error) {
    if (!isOfOneThing(error)) throw error;
    findings.push({
      kind: 'unreadable',
      step: 'root',
      project: null,
      path: null,
      expected: 'a root index and a proof that can be read',
      received: reasonOf(error),
    });
  }
  return findings;
}

function findingOf({ path, expected, received }: RootTrouble): Finding {
  const isProof = path === MANIFEST_PATH || path.startsWith('manifest/');
  const digest = (sha256: string | null) => (sha256 === null ? 'nothing' : `sha256 ${sha256}`);
  return {
    kind: isProof ? 'manifest-wrong' : 'root-wrong',
    step: 'root',
    project: null,
    path,
    expected: digest(expected),
    received: digest(received),
  };
}
