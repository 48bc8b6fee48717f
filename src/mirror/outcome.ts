/** What becomes of each project of a wave, once its transfers have ended: published, held back, withdrawn, or owed. */
import {
  type Demand,
  type DueProject,
  dropText,
  type Failure,
  type KeptProject,
  type KnownFile,
  type LeftOut,
  type ProjectUpdate,
} from '../catalogue/contract.ts';
import { isJubjubError, JubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { metadataPath } from '../pypi/paths.ts';
import type { Detail, DocrootPath, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import { backoffMs } from '../retry.ts';
import type { Drop } from '../selection/verdict.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import type { PlannedFile } from './plan.ts';
import type { Transfers } from './transfers.ts';
import type { WaveProject } from './wave-project.ts';

/**
 * For so many runs a project with a broken file stays as it was, because half a release helps nobody; then its page is
 * published without the file, because one bad file must not keep all later releases away.
 */
const HELD_RUNS = 3;

/** When a project that failed is next given the whole patience; every run asks once all the same. */
const NEXT_TRY = { attemptsMax: 0, firstWaitMs: 60_000, waitMsMax: 6 * 3_600_000, retryAfterMsMax: 0 };

export interface Outcome {
  readonly name: ProjectName;
  readonly project: WaveProject;
  /** Its place among the changes of the wave. */
  readonly order: Serial;
  readonly update: ProjectUpdate | null;
  /** Staged files that its page links to. */
  readonly staged: readonly DocrootPath[];
  /** Its JSON API document: `staged`, as it lies there (`kept`), or to leave (`none`). */
  readonly document: 'staged' | 'kept' | 'none';
  /** Why it leaves the docroot; also of what is left out. */
  readonly gone: string | null;
  readonly leftOut: LeftOut | null;
  readonly wasPublished: boolean;
  readonly unchanged: boolean;
  /** No longer due. False with a failure (pending), and without one when the run was interrupted before its turn. */
  readonly settled: boolean;
  readonly failure: JubjubError | null;
}

interface Gathered {
  readonly files: KnownFile[];
  readonly staged: DocrootPath[];
  readonly failures: JubjubError[];
  /** Something was not even tried. */
  interrupted: boolean;
}

/** `transfers` is null in a dry run: then everything that is planned counts as brought in. */
export function outcomeOf(deps: MirrorDeps, project: WaveProject, transfers: Transfers | null): Outcome {
  const { due, page } = project;
  const known = deps.catalogue.project(due.name);
  const wasPublished = known?.published === true;
  const base = {
    name: due.name,
    project,
    order: Math.max(due.required, due.removed ?? 0, page?.serial ?? 0),
    update: null,
    staged: [],
    document: 'kept' as const,
    gone: project.leftOut === null ? project.gone : dropText(project.leftOut),
    leftOut: project.leftOut === null ? null : leftOutOf(project, project.leftOut),
    wasPublished,
    unchanged: project.answered === 'unchanged' && page === null,
    settled: project.answered !== null && project.failure === null,
    failure: project.failure,
  };
  if (page === null || base.gone !== null) return base;
  // A page without its plan was interrupted on the way: publishing it would publish it without its files.
  if (project.plan === null) return { ...base, settled: false, unchanged: false };
  const gathered = gather(project, transfers);
  const failure = project.failure ?? gathered.failures[0] ?? null;
  if (gathered.interrupted) return { ...base, settled: false, unchanged: false };
  if (failure !== null && project.failure === null && isHeld(deps, project, gathered, wasPublished)) {
    return { ...base, settled: false, failure };
  }
  const update: ProjectUpdate = {
    name: due.name,
    displayName: due.displayName,
    detail: page.detail,
    serial: page.serial,
    status: page.status,
    validator: page.validator,
    files: gathered.files,
    missing: gathered.failures.length,
    api: known?.api ?? null,
    learned: project.learned,
    pageSha256: null,
    quarantinedVersions: due.takedowns.flatMap(({ effect }) =>
      effect.kind === 'quarantine-release' ? [effect.version] : [],
    ),
    leftOutFiles: project.leftOutFiles,
    wasAsked: project.wasAsked,
    selectedMs: project.selectedMs,
    reviewMs: project.reviewMs,
  };
  return { ...base, update, staged: gathered.staged, settled: failure === null, failure };
}

function leftOutOf({ due, page, reviewMs }: WaveProject, drop: Drop): LeftOut {
  return { name: due.name, displayName: due.displayName, page, drop, reviewMs };
}

function gather(project: WaveProject, transfers: Transfers | null): Gathered {
  const gathered: Gathered = {
    files: [],
    staged: [],
    failures: [...(project.plan?.refused ?? [])],
    interrupted: false,
  };
  for (const file of project.plan?.files ?? []) {
    const heldBytes = bytesOf(file, transfers, gathered);
    if (heldBytes === null) continue;
    gathered.files.push({
      path: file.path,
      filename: file.filename,
      sha256: file.sha256,
      sizeBytes: heldBytes,
      state: 'published',
      metadataSha256: sidecarOf(file, transfers, gathered),
      provenance: file.provenanceUrl === null ? null : file.heldProvenance,
    });
  }
  return gathered;
}

function bytesOf(file: PlannedFile, transfers: Transfers | null, gathered: Gathered): number | null {
  if (file.heldBytes !== null) return file.heldBytes;
  if (transfers === null) return file.sizeBytes ?? 0;
  const result = transfers.result(file.path);
  if (result === undefined) gathered.interrupted = true;
  else if (result instanceof JubjubError) gathered.failures.push(result);
  else {
    gathered.staged.push(file.path);
    return result.sizeBytes;
  }
  return null;
}

/** A sidecar that cannot be had is not advertised; it is owed only when asking again may help. */
function sidecarOf(
  file: PlannedFile,
  transfers: Transfers | null,
  gathered: Gathered,
): KnownFile['metadataSha256'] {
  if (file.metadata === null) return null;
  if (file.heldMetadata !== null || transfers === null) return file.heldMetadata ?? file.metadata.sha256;
  const sidecar = metadataPath(file.path);
  const result = transfers.result(sidecar);
  if (result === undefined) gathered.interrupted = true;
  else if (!(result instanceof JubjubError)) {
    gathered.staged.push(sidecar);
    return result.sha256;
  } else if (!cannotBeHad(result)) gathered.failures.push(result);
  return null;
}

function cannotBeHad(error: JubjubError): boolean {
  return isJubjubError(
    error,
    'UPSTREAM_ABSENT',
    'UPSTREAM_TOO_LARGE',
    'INTEGRITY_DIGEST_MISMATCH',
    'INTEGRITY_SIZE_MISMATCH',
  );
}

/** P6 and P1 come first: a page that takes something down is published, and so is one that only lost a vanished file. */
function isHeld(deps: MirrorDeps, project: WaveProject, gathered: Gathered, wasPublished: boolean): boolean {
  if (!wasPublished || (project.due.pending?.attempts ?? 0) >= HELD_RUNS) return false;
  if (gathered.failures.every((failure) => failure.code === 'UPSTREAM_ABSENT')) return false;
  const { files = [], refused = [] } = project.plan ?? {};
  // What is refused counts: where files stay upstream, or did until now, it may be a link that is there (P7).
  const filesFailed = refused.length > 0 || files.length > gathered.files.length;
  return filesFailed && !takesDown(deps, project);
}

/** Does the page of a project that is published lack something that we show? What our own rules leave out may wait for what comes in its place. */
function takesDown({ catalogue }: MirrorDeps, { due, page, plan, leftOutFiles }: WaveProject): boolean {
  if (page === null) return false;
  const published = catalogue.filesOf(due.name).filter((file) => file.state === 'published');
  const listed = digestsOf(catalogue.unpack(page.detail, due.name));
  const planned = new Map(plan?.files.map(({ filename, path }) => [filename, path]));
  const isOffered = ({ filename, path, sha256 }: KnownFile) => {
    if (!listed.has(filename)) return false;
    const place = planned.get(filename);
    // On the page and not planned: it is to stay upstream, or its link is refused. That is no word against the file.
    return place === undefined ? (listed.get(filename) ?? sha256) === sha256 : place === path;
  };
  if (published.length > 0)
    return published.some((file) => !isOffered(file) && !leftOutFiles.has(file.filename));
  // Made while files stayed upstream: what it leads to has no rows.
  const shown = catalogue.detail(due.name);
  return shown !== null && [...digestsOf(shown).keys()].some((filename) => !listed.has(filename));
}

/** Of the files that a page offers, by their names; null where it has none. */
function digestsOf(detail: Detail): ReadonlyMap<string, Sha256 | null> {
  return new Map(offeredFiles(detail).map(({ filename, sha256 }) => [filename, sha256]));
}

/** Published, but an interruption kept away what hangs on their pages: the next run looks into them although those have not changed. */
export function unfinished(outcomes: readonly Outcome[]): readonly Demand[] {
  const some = outcomes.filter(
    ({ update, settled, failure }) => update !== null && !settled && failure === null,
  );
  return some.map(({ name }) => demandWithoutChange(name, null, 'reconcile'));
}

/** Of a page that is only planned anew: would it say something else? */
export function listsOtherFiles({ catalogue }: MirrorDeps, { name, files }: ProjectUpdate): boolean {
  const rows = catalogue.filesOf(name).filter(({ state }) => state === 'published');
  const there = new Set(rows.map(({ path }) => path));
  return rows.length !== files.length || files.some(({ path }) => !there.has(path));
}

/** A project that stays as it is may be spelled otherwise now, or have been rendered anew; else there is nothing to write. */
export function keptOf(
  { catalogue }: MirrorDeps,
  { name, project, update, gone, wasPublished }: Outcome,
  pageSha256: Sha256 | null,
): readonly KeptProject[] {
  const known = update !== null || gone !== null || !wasPublished ? null : catalogue.project(name);
  if (known === null) return [];
  const { displayName } = project.due;
  const isSpelledSo = displayName === null || displayName === known.displayName;
  const isRenderedSo = pageSha256 === null || pageSha256 === known.pageSha256;
  return isSpelledSo && isRenderedSo ? [] : [{ name, displayName, pageSha256 }];
}

/** A failure as the catalogue keeps it. */
export function failureOf(deps: MirrorDeps, due: DueProject, error: JubjubError): Failure {
  const attempts = (due.pending?.attempts ?? 0) + 1;
  const waitMs = Math.max(error.facts.retryAfterMs ?? 0, backoffMs(NEXT_TRY, attempts, deps.clock.random()));
  const nextTryMs = Math.ceil(deps.clock.now() + Math.min(waitMs, NEXT_TRY.waitMsMax));
  return { name: due.name, code: error.code, message: messageOf(error), nextTryMs };
}

/** One line that still says what was expected and what came: `status` has nothing else. */
function messageOf(error: JubjubError): string {
  const { expected, received } = error.facts;
  const facts = [expected && `expected ${expected}`, received && `received ${received}`].filter(Boolean);
  return facts.length === 0 ? error.message : `${error.message} (${facts.join(', ')})`;
}
