/**
 * One wave: everything that changed in (from, to], made visible together.
 *
 * The order is the safety: files, then pages, then the root index, the serial last (see sync.ts). A crash between any
 * two steps leaves a tree that pip can use, and a catalogue that makes the next run redo what was unfinished. Nothing
 * here deletes a file. An interruption ends the asking and the transferring; what is complete by then is published.
 */
import type { DueProject, WaveCommit } from '../catalogue/contract.ts';
import { isJubjubError } from '../errors.ts';
import type { ProjectName } from '../pypi/types.ts';
import { askForProject, type Candidate } from './ask.ts';
import {
  DETAIL_BYTES_PER_WAVE_MAX,
  FILES_PER_WAVE_MAX,
  type MirrorDeps,
  PROJECTS_PER_WAVE_MAX,
} from './deps.ts';
import { bringDocuments } from './documents.ts';
import { addDrift, looksOf } from './drift.ts';
import type { HeadWatch } from './head-watch.ts';
import { bringInfo } from './info.ts';
import { learnDigests } from './learn.ts';
import { refuseLostLock } from './lost-lock.ts';
import { OutageWatch } from './outage.ts';
import { failureOf, keptOf, listsOtherFiles, type Outcome, outcomeOf, unfinished } from './outcome.ts';
import { parallel } from './parallel.ts';
import { plannedBytes, wantsTransfer } from './plan.ts';
import { type Published, publishWave } from './publish.ts';
import { pendingReport } from './report.ts';
import { anyPageAt, publishRoot } from './root-index.ts';
import type { Tally } from './tally.ts';
import { Transfers } from './transfers.ts';
import { type Claims, intendFiles, newWaveProject, planPage, type WaveProject } from './wave-project.ts';

export interface WaveOptions {
  readonly number: number;
  readonly dryRun: boolean;
  /** Every project is looked at, with all that hangs on its page. */
  readonly full: boolean;
  /** May the serial move? Not for `--project`. */
  readonly advance: boolean;
  readonly heads: HeadWatch;
}

/** Returns the projects that did not fit into the wave; they stay due as they were. */
export async function runWave(
  deps: MirrorDeps,
  due: readonly DueProject[],
  tally: Tally,
  options: WaveOptions,
  signal: AbortSignal,
): Promise<readonly ProjectName[]> {
  const all = due.map((one) => newWaveProject(one, options.full));
  const claims: Claims = new Map();
  await fetchDetails(deps, all, options, signal);
  await bringInfo(deps, all, signal);
  await learnDigests(deps, all, options.dryRun, signal);
  const projects = await planWave(deps, all, claims, options.number, signal);
  if (options.dryRun) await pretendWave(deps, projects, tally, options);
  else {
    intendFiles(deps, projects);
    const transfers = new Transfers(deps, options.heads);
    deps.emit({ type: 'phase', phase: 'transfer', wave: options.number });
    await transfers.run(projects, claims, signal);
    tally.addSelections(projects);
    await finishWave(deps, projects, transfers, tally, options, signal);
  }
  const done = new Set(projects);
  return all.filter((project) => !done.has(project)).map((project) => project.due.name);
}

/** Steps 6 to 9. The signal ends only the asking for documents: what is complete is published and committed, in a moment. */
async function finishWave(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  transfers: Transfers,
  tally: Tally,
  options: WaveOptions,
  signal: AbortSignal,
): Promise<void> {
  const complete = projects.map((project) => outcomeOf(deps, project, transfers));
  const outcomes = await bringDocuments(deps, complete, signal);
  refuseLostLock(deps);
  deps.emit({ type: 'phase', phase: 'publish', wave: options.number });
  const published = await publishWave(deps, outcomes);
  tally.addTransfers(transfers);
  await commitWave(deps, outcomes, published, tally, options, async (committing) => {
    // While the pages were flushed another writer may have committed newer ones (P9); from here on the transaction keeps it off.
    refuseLostLock(deps);
    // P1: the root index may not link to a page that is gone, so pages leave after it; in a first sync it would wait for the end.
    const goes =
      outcomes.some(({ gone, wasPublished }) => gone !== null && wasPublished) ||
      (await anyPageAt(deps, published.leaving));
    const atOnce = { ...committing, rootChanged: true, remaining: 0 };
    await publishRoot(deps, goes ? atOnce : committing, published.touched);
    deps.catalogue.outdateLeftOut(outdatedBy(deps, outcomes));
    deps.catalogue.addDue(unfinished(outcomes));
    // Another may be at work here by now, for the list and the proof took their time: then nothing leaves, and nothing is committed (P9).
    if (published.leaving.length > 0) refuseLostLock(deps);
    await deps.store.remove(published.leaving);
  });
}

/** Left out by their names, so that nobody looked at what was asked of them: what is known of them is older than that. */
function outdatedBy({ catalogue }: MirrorDeps, outcomes: readonly Outcome[]): readonly ProjectName[] {
  return outcomes.flatMap(({ name, leftOut, project: { due } }) => {
    if (leftOut === null || leftOut.page !== null) return [];
    const asked = Math.max(due.required, due.removed ?? 0);
    return asked > (catalogue.project(name)?.serial ?? 0) ? [name] : [];
  });
}

/** Step 3. */
async function fetchDetails(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  options: WaveOptions,
  signal: AbortSignal,
): Promise<void> {
  deps.emit({ type: 'phase', phase: 'details', wave: options.number });
  const watch = new OutageWatch(deps, signal);
  const full = new AbortController();
  let bytes = 0;
  // All at once: the upstream limits its connections, and a stale page that waits must not hold up the others.
  await parallel(
    projects,
    PROJECTS_PER_WAVE_MAX,
    AbortSignal.any([signal, full.signal]),
    async (project, either) => {
      const answer = await askForProject(deps, project.due, options.heads, either);
      const page = answer.kind === 'page' || answer.kind === 'failed' ? answer.page : null;
      // What does not fit any more is asked for again by the next wave; the first always fits.
      if (page !== null && bytes > 0 && bytes + page.detail.length > DETAIL_BYTES_PER_WAVE_MAX) {
        full.abort();
        return;
      }
      bytes += page?.detail.length ?? 0;
      if (answer.kind === 'failed') {
        await watch.failed(answer.error);
        project.failure = answer.error;
        if (answer.gone) project.gone = `removed upstream (serial ${project.due.removed})`;
      } else {
        watch.succeeded();
        if (answer.kind === 'gone') project.gone = answer.why;
        if (answer.kind === 'left-out') project.leftOut = answer.drop;
      }
      project.page =
        answer.kind === 'unchanged' && isLookedInto(deps, project) ? committed(deps, project.due) : page;
      project.answered = answer.kind === 'left-out' ? 'gone' : answer.kind;
      project.wasAsked = answer.kind !== 'left-out' && !(answer.kind === 'unchanged' && answer.unasked);
      const outcome = project.answered === 'page' ? 'changed' : project.answered;
      deps.emit({ type: 'detail', name: project.due.name, outcome });
    },
  );
}

/**
 * Step 4. A project whose page is unchanged is planned from what we have, when something asks for that.
 * One after the other, because a large detail takes much memory; an interruption does not stop it, so that what is
 * answered and needs no transfer is published. Returns the projects of the wave, without those that did not fit.
 */
async function planWave(
  deps: MirrorDeps,
  all: readonly WaveProject[],
  claims: Claims,
  wave: number,
  signal: AbortSignal,
): Promise<readonly WaveProject[]> {
  const projects: WaveProject[] = [];
  let files = 0;
  for (const project of all) {
    if (project.answered === null || files >= FILES_PER_WAVE_MAX) continue;
    await unlessInterrupted(planPage(deps, project, claims, signal));
    files += project.plan?.files.length ?? 0;
    // The next wave begins with one that does not fit; the first always fits.
    if (files <= FILES_PER_WAVE_MAX || projects.length === 0) projects.push(project);
    else project.plan = null;
  }
  const plans = projects.flatMap((project) => (project.plan === null ? [] : [project.plan]));
  deps.emit({
    type: 'planned',
    wave,
    projects: plans.length,
    files: plans.reduce((sum, plan) => sum + plan.files.filter(wantsTransfer).length, 0),
    bytes: plans.reduce((sum, plan) => sum + plannedBytes(plan), 0),
  });
  return projects;
}

/** A project whose files are being hashed when the run is interrupted stays without a plan, and due. */
async function unlessInterrupted(planning: Promise<void>): Promise<void> {
  try {
    await planning;
  } catch (error) {
    if (!isJubjubError(error, 'INTERRUPTED')) throw error;
  }
}

/** An unchanged page is planned again when something asks for that, or hangs on it and may have changed by itself. */
function isLookedInto(deps: MirrorDeps, { due, revalidates }: WaveProject): boolean {
  if (due.replan || due.pending !== null) return true;
  if (!revalidates) return false;
  const { catalogue, settings } = deps;
  return (
    settings.jsonApi ||
    (deps.selection.wantsInfo && catalogue.info(due.name) === null) ||
    catalogue.learnedOf(due.name).length > 0 ||
    (settings.mirrorProvenance && catalogue.filesOf(due.name).some((file) => file.provenance !== null))
  );
}

function committed(deps: MirrorDeps, due: DueProject): Candidate | null {
  const known = deps.catalogue.project(due.name);
  const detail = deps.catalogue.knownDetail(due.name);
  if (known === null || detail === null) return null;
  const { serial, status, validator } = known;
  return { detail, serial, status, validator, digestless: deps.catalogue.learnedOf(due.name).length > 0 };
}

/** A dry run counts, and tells the catalogue as if all had gone well: its transaction is never committed. */
async function pretendWave(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  tally: Tally,
  options: WaveOptions,
): Promise<void> {
  tally.addPlans(projects);
  tally.addSelections(projects);
  const outcomes = projects.map((project) => outcomeOf(deps, project, null));
  const changed = outcomes.filter(
    ({ project, update }) =>
      update !== null && (project.answered === 'page' || listsOtherFiles(deps, update)),
  );
  const written = new Set(changed.map(({ name }) => name));
  await commitWave(deps, outcomes, { written, pages: new Map() }, tally, options, async () => {});
}

/** Step 9. */
async function commitWave(
  deps: MirrorDeps,
  outcomes: readonly Outcome[],
  { written, pages }: Pick<Published, 'written' | 'pages'>,
  tally: Tally,
  options: WaveOptions,
  root: Parameters<MirrorDeps['catalogue']['commit']>[1],
): Promise<void> {
  deps.emit({ type: 'phase', phase: 'commit', wave: options.number });
  const commit = commitOf(deps, outcomes, pages, options.advance);
  const looks = looksOf(deps, outcomes);
  const news = outcomes.flatMap(({ name, leftOut }) =>
    leftOut === null || deps.catalogue.project(name)?.leftOut != null ? [] : [{ name, ...leftOut.drop }],
  );
  const result = await deps.catalogue.commit(commit, root);
  const withdrawn = outcomes.filter(({ gone, wasPublished }) => gone !== null && wasPublished);
  tally.add(commit, result, written.size, withdrawn.length);
  tally.added += outcomes.filter(({ update, wasPublished }) => update !== null && !wasPublished).length;
  addDrift(deps, looks, written, tally);
  for (const { name, gone } of withdrawn) deps.emit({ type: 'withdrawn', name, why: gone ?? '' });
  for (const { name, rule, why } of news) deps.emit({ type: 'left-out', name, rule, why });
  if (options.dryRun) return;
  for (const { name, update } of outcomes) {
    if (update !== null && written.has(name))
      deps.emit({ type: 'published', name, serial: update.serial, files: update.files.length });
  }
  const deferred = new Set(outcomes.flatMap(({ name, project }) => (project.deferred ? [name] : [])));
  for (const failure of commit.failures) {
    // The same run asks the removal limit about it, and tells what came of that.
    if (deferred.has(failure.name)) continue;
    const pending = deps.catalogue.pendingOf(failure.name);
    if (pending !== null) deps.emit({ type: 'pending', ...pendingReport(pending) });
  }
  deps.emit({ type: 'committed', wave: options.number, serial: result.serial, remaining: result.remaining });
}

function commitOf(
  deps: MirrorDeps,
  outcomes: readonly Outcome[],
  pages: Published['pages'],
  advance: boolean,
): WaveCommit {
  return {
    atMs: deps.clock.now(),
    advance,
    updates: outcomes.flatMap(({ name, update }) =>
      update === null ? [] : [{ ...update, pageSha256: pages.get(name) ?? null }],
    ),
    unchanged: outcomes.filter((outcome) => outcome.unchanged).map((outcome) => outcome.name),
    kept: outcomes.flatMap((outcome) => keptOf(deps, outcome, pages.get(outcome.name) ?? null)),
    withdrawn: outcomes.flatMap(({ name, gone, leftOut, project }) =>
      gone === null || leftOut !== null ? [] : [{ name, why: gone, removed: project.due.removed }],
    ),
    leftOut: outcomes.flatMap(({ leftOut }) => leftOut ?? []),
    settled: outcomes.filter((outcome) => outcome.settled).map((outcome) => outcome.name),
    failures: outcomes.flatMap(({ project, failure }) =>
      failure === null ? [] : [failureOf(deps, project.due, failure)],
    ),
  };
}
