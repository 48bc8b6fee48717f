/** Step leftovers: nothing half-written lies around, and nothing strange where only jubjub writes. */

import { parseDocrootPath } from '../../pypi/paths.ts';
import type { DocrootEntry } from '../../store/contract.ts';
import { kindOfPath, looksTemporary } from '../known-paths.ts';
import { promisedDocuments } from '../manifest.ts';
import { wantedInStaging } from '../wanted-staging.ts';
import type { Finding } from './damage.ts';
import type { VerifyDeps } from './options.ts';

/** Something that was found in the docroot, and how much of it there is. */
export interface Leftover {
  readonly finding: Finding;
  readonly sizeBytes: number;
  /** Not ours to move: no file, or nothing that can be looked into. */
  readonly byHand: boolean;
}

/** What a walk has come to: a leftover, or something that is in order. */
export async function* walkLeftovers(
  deps: VerifyDeps,
  claimed: ReadonlySet<string>,
  isOurPart: (path: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<Leftover | null> {
  for await (const entry of deps.store.walk(signal)) {
    yield isOurPart(entry.path) ? await judge(deps, claimed, entry) : null;
  }
}

async function judge(
  deps: VerifyDeps,
  claimed: ReadonlySet<string>,
  entry: DocrootEntry,
): Promise<Leftover | null> {
  const { path, kind, sizeBytes } = entry;
  if (kind === 'unreadable') return { finding: unreadableDirectory(path), sizeBytes, byHand: true };
  if (kindOfPath(path, deps) !== 'orphan' || isClaimed(path, claimed)) return null;
  // A run may have moved it away, or made it known, since the walk came by.
  const isStill = kind !== 'file' || ((await isThere(deps, path)) && !(await isPromised(deps, path)));
  if (!isStill || kindOfPath(path, deps) !== 'orphan') return null;
  const what =
    kind === 'file' ? `a file of ${sizeBytes} bytes` : `a ${kind === 'link' ? 'link' : 'special file'}`;
  const finding: Finding = {
    kind: looksTemporary(path) ? 'half-written' : 'orphan',
    step: 'leftovers',
    project: null,
    path,
    expected: 'nothing',
    received: what,
  };
  return { finding, sizeBytes, byHand: kind !== 'file' };
}

/** Nobody's only because its row is missing, which is told already. */
function isClaimed(path: string, claimed: ReadonlySet<string>): boolean {
  return claimed.has(path) || claimed.has(path.replace(/\.(?:metadata|provenance)$/, ''));
}

/** P1: it stays while the proof names it, and goes when that is put right. */
async function isPromised(deps: VerifyDeps, path: string): Promise<boolean> {
  return path.startsWith('manifest/') && (await promisedDocuments(deps)).has(path);
}

async function isThere({ store }: VerifyDeps, raw: string): Promise<boolean> {
  const path = parseDocrootPath(raw);
  return path === null || (await store.size(path)) !== null;
}

function unreadableDirectory(path: string): Finding {
  return {
    kind: 'unreadable',
    step: 'leftovers',
    project: null,
    path,
    expected: 'a directory that can be read',
    received: 'one that cannot',
  };
}

/** One finding for all that is staged and that nothing intended wants; none while a run is using it. */
export async function staleStaging(deps: VerifyDeps): Promise<Finding[]> {
  if (deps.isSyncing()) return [];
  const count = await deps.store.stagedCount(wantedInStaging(deps));
  if (count === 0 || deps.isSyncing()) return [];
  return [
    {
      kind: 'half-written',
      step: 'leftovers',
      project: null,
      path: null,
      expected: 'nothing staged but what a plan wants',
      received: `${count} staged file${count === 1 ? '' : 's'} that nothing wants`,
    },
  ];
}
