/**
 * `jubjub adopt`: a docroot that another tool made becomes ours, without its files being downloaded again.
 *
 * Each project's old page is read; the files that it lists and that are there, verified, become ours; our own page of the
 * project links to just those. So the promise holds (P1) and the catalogue is as if we had published it, but without a
 * serial: the next sync is a first one. That fetches pages and what is missing, and what upstream no longer lists goes the
 * way of every takedown: asked for, withdrawn, hidden, within the removal limit.
 *
 * In place, pages of projects that the configuration leaves out by name go (adopt-unwanted.ts): reserved names first of all.
 *
 * No network. Work is committed in batches (adopt-batch.ts); whatever ends a run, the next one goes on from the last.
 */
import { isJubjubError, JubjubError } from '../errors.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import { parseDocrootPath } from '../pypi/paths.ts';
import type { DocrootPath } from '../pypi/types.ts';
import type { OldTree } from '../store/contract.ts';
import { AdoptBatch } from './adopt-batch.ts';
import type { Adoption } from './adopt-file.ts';
import { takeProject } from './adopt-project.ts';
import { type AdoptSummary, AdoptTally, type TellAdoption } from './adopt-report.ts';
import { removeReserved, removeUnwanted } from './adopt-unwanted.ts';
import type { MirrorDeps } from './deps.ts';
import { rewriteRoot } from './root-index.ts';
import { recordFirstShape } from './shape.ts';
import { wantedInStaging } from './wanted-staging.ts';

export interface AdoptOptions {
  /** Take copies of the files instead of hard links. */
  readonly copy: boolean;
  /** Believe a file by its size where its page tells one; read none of these. */
  readonly trustSize: boolean;
  /** Count, change nothing. */
  readonly dryRun: boolean;
}

/** Forms of the project list that we do not write, and that would go on listing what has gone. */
const OLD_ROOT_PAGES = [
  'index.v1_html',
  'index.v1_html.gz',
  'index.v1_html.br',
  'index.v1_html.zst',
] as const;
const OLD_ROOT_TWINS = ['index.html.br', 'index.html.zst', 'index.v1_json.br', 'index.v1_json.zst'] as const;

/**
 * Takes over what there is. The caller holds the lock.
 *
 * @throws USAGE_INVALID with nothing touched; STORE_*, CATALOGUE_UNREADABLE, LOCK_HELD: then what was committed is kept
 */
export async function adopt(
  deps: MirrorDeps,
  tree: OldTree,
  options: AdoptOptions,
  tell: TellAdoption,
  signal: AbortSignal,
): Promise<AdoptSummary> {
  refuseUnfit(deps);
  const mode = tree.isDocroot ? 'in-place' : options.copy ? 'copy' : 'link';
  const { dryRun } = options;
  const { trustSize } = options;
  const adoption: Adoption = { deps, tree, mode, trustSize, dryRun, claims: new Map() };
  const tally = new AdoptTally(deps.clock, tell);
  if (!dryRun) {
    // So that a selection that is changed before the first sync is noticed by it.
    recordFirstShape(deps);
    // What is believed from here on must be on the disk, and so must what a killed run of ours moved.
    await tree.flush();
    await deps.store.flushDocroot();
  }
  const reserved = await removeReserved(adoption, tally, signal);
  let isComplete = await takeAll(adoption, reserved, tally, signal);
  // The list first, so that it leads to no page that is leaving.
  const lists = deps.catalogue.publishedCount() > 0 || tally.pagesUnwanted > 0;
  if (isComplete && !dryRun && lists) await publishRootIndex(adoption);
  if (isComplete) isComplete = await removeUnwanted(adoption, signal);
  // What was staged and turned out to be damaged.
  if (!dryRun) await deps.store.clearStaging(wantedInStaging(deps));
  return tally.summary(mode, dryRun, isComplete ? 0 : 130);
}

function refuseUnfit({ catalogue, settings }: MirrorDeps): void {
  const { serial, discovered } = catalogue.progress();
  if (serial !== null || discovered !== null) {
    throw new JubjubError('USAGE_INVALID', 'this mirror has synced already', {
      expected: 'a mirror that has not, for what it publishes must be what its upstream says',
      received: `serial ${serial ?? 'none yet'}`,
      effect: 'nothing was touched',
      hint: 'files that lie in web/packages/ are taken over by every sync: link them there (cp -al), then jubjub sync --full',
    });
  }
  if (settings.mirrorFiles) return;
  throw new JubjubError('USAGE_INVALID', 'this mirror keeps no files, so there is nothing to adopt', {
    expected: '[files] mirror = true',
    received: '[files] mirror = false',
    effect: 'nothing was touched',
  });
}

/** Returns whether it came to the end; what is complete when it is interrupted is committed. */
async function takeAll(
  adoption: Adoption,
  /** Directories in which everything is done. */
  done: ReadonlySet<string>,
  tally: AdoptTally,
  signal: AbortSignal,
): Promise<boolean> {
  const batch = new AdoptBatch(adoption, tally);
  const { count, others, each } = await adoption.tree.projects();
  tally.started(adoption.mode, count, adoption.dryRun);
  tally.others += others;
  let isComplete = true;
  for (const project of each) {
    if (done.has(project.directory)) continue;
    const name = tryNormalizeName(project.name);
    // Twice in one tree, as `Foo` and `foo`: the second must find what the first has come to.
    if (batch.isFull || (name !== null && batch.has(name))) await batch.commit();
    try {
      if (signal.aborted) isComplete = false;
      else {
        const taken = await takeProject(adoption, project, tally, signal);
        if (taken !== null) batch.add(taken);
        tally.sawProject();
      }
    } catch (error) {
      if (!signal.aborted || !isJubjubError(error, 'INTERRUPTED')) throw error;
      isComplete = false;
    }
    if (!isComplete) break;
  }
  await batch.commit();
  return isComplete;
}

/** The list of what is ours now; then the old tool's other forms of it go, which nobody would keep up to date. */
async function publishRootIndex({ deps, tree }: Adoption): Promise<void> {
  await rewriteRoot(deps);
  if (!tree.isDocroot) return;
  const stale: DocrootPath[] = [];
  for (const name of [...OLD_ROOT_PAGES, ...OLD_ROOT_TWINS]) {
    const path = parseDocrootPath(`simple/${name}`);
    if (path !== null && (await deps.store.size(path)) !== null) stale.push(path);
  }
  await deps.store.remove(stale);
}
