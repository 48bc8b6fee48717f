/** One due project on its way through a wave: what was answered, what is planned, what went wrong. */
import { type DueProject, FIRST_NONE, type LearnedFile } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { JubjubError } from '../errors.ts';
import type { RuleCount } from '../events.ts';
import type { Detail, DocrootPath, ProjectName, Sha256 } from '../pypi/types.ts';
import type { Drop } from '../selection/verdict.ts';
import type { Candidate } from './ask.ts';
import { choose, keptOf, selectionTime } from './chosen.ts';
import type { MirrorDeps } from './deps.ts';
import { dropCounts } from './drop-count.ts';
import { lookUpHoldings } from './holdings.ts';
import { intendedFiles, type ProjectPlan, planLinks, planProject } from './plan.ts';

export interface WaveProject {
  readonly due: DueProject;
  /** What hangs on its page is asked for again, too. */
  readonly revalidates: boolean;
  /** null: not answered, because the run was interrupted before. */
  answered: 'unchanged' | 'page' | 'gone' | 'failed' | null;
  /** False: planned anew from what is known. */
  wasAsked: boolean;
  /** The page to publish. */
  page: Candidate | null;
  /** null without a page, and when planning was interrupted. */
  plan: ProjectPlan | null;
  /** Files whose digest upstream does not give, and what it is. */
  learned: readonly LearnedFile[];
  /** Why the digests of others could not be learnt, by their URLs. */
  unlearned: ReadonlyMap<string, JubjubError>;
  /** Why it is to leave the docroot. */
  gone: string | null;
  /** Upstream has it, and the selection leaves it out. */
  leftOut: Drop | null;
  /** It is published, and was found out on the way to be left out: the removal limit is asked first. */
  deferred: boolean;
  /** When its files were selected, what time alone will change next, and what the rules leave out. */
  selectedMs: number;
  reviewMs: number | null;
  dropped: readonly RuleCount[];
  leftOutFiles: ReadonlyMap<string, Drop>;
  doubts: number;
  failure: JubjubError | null;
}

/** The paths that the projects of a wave want, so that no two of them put different bytes at one. */
export type Claims = Map<DocrootPath, Sha256>;

const NOTHING: ReadonlyMap<string, Drop> = new Map();

/** `full`: the run looks at every project, so that rows of the replay window make no difference. */
export function newWaveProject(due: DueProject, full: boolean): WaveProject {
  return {
    due,
    revalidates: full || isRevalidation(due),
    answered: null,
    wasAsked: true,
    page: null,
    plan: null,
    learned: [],
    unlearned: new Map(),
    gone: null,
    leftOut: null,
    deferred: false,
    selectedMs: 0,
    reviewMs: null,
    dropped: [],
    leftOutFiles: NOTHING,
    doubts: 0,
    failure: null,
  };
}

/** Is this a look at a project that no change asked for? */
function isRevalidation({ first, source }: DueProject): boolean {
  return first === FIRST_NONE && source !== 'settings' && source !== 'selection';
}

/** Step 4: plans a project for the page that it carries. @throws INTERRUPTED */
export async function planPage(
  deps: MirrorDeps,
  project: WaveProject,
  claims: Claims,
  signal: AbortSignal,
): Promise<void> {
  if (project.page === null) return;
  // Nothing of this would be used any more, and a large page takes a second; only links need no files.
  if (signal.aborted && deps.settings.mirrorFiles) throw interrupted();
  const offered = deps.catalogue.unpack(project.page.detail, project.due.name);
  const detail = select(deps, project, offered);
  if (detail === null) return;
  const mayLinkTo = (url: string) => deps.upstream.mayLinkTo(url);
  if (!deps.settings.mirrorFiles) {
    project.plan = planLinks(detail, mayLinkTo);
    return;
  }
  const holdings = await lookUpHoldings(deps, detail, claims, signal);
  project.plan = planProject(detail, holdings, {
    metadata: deps.settings.mirrorMetadata,
    provenance: deps.settings.mirrorProvenance,
    mayLinkTo,
    troubleOf: (file) => project.unlearned.get(file.url) ?? null,
  });
}

/** What of a page is to be shown; null: nothing, the whole project is left out. */
function select(deps: MirrorDeps, project: WaveProject, offered: Detail): Detail | null {
  project.selectedMs = selectionTime(deps, project.due.name);
  if (!deps.selection.judgesDetails) return offered;
  const judgement = choose(deps, offered, project.selectedMs);
  project.reviewMs = judgement.untilMs;
  project.dropped = dropCounts(offered, judgement);
  project.leftOutFiles = judgement.files;
  project.doubts = judgement.doubts.length;
  if (judgement.drop === null) return keptOf(offered, judgement);
  const { name, source } = project.due;
  // Those that the selection asks for have passed the removal limit.
  if (source === 'selection' || deps.catalogue.project(name)?.published !== true)
    project.leftOut = judgement.drop;
  else {
    project.deferred = true;
    project.failure ??= deferral(name, judgement.drop);
    return withoutNews(deps, offered);
  }
  return null;
}

/** P6: what upstream has taken down does not wait; nothing else comes meanwhile. */
function withoutNews({ catalogue }: MirrorDeps, offered: Detail): Detail {
  const rows = catalogue.filesOf(offered.name).filter(({ state }) => state === 'published');
  const there = new Set(rows.map(({ filename, sha256 }) => `${filename} ${sha256}`));
  return {
    ...offered,
    files: offered.files.filter(({ filename, sha256 }) => there.has(`${filename} ${sha256}`)),
  };
}

/** P7: an upstream that says of everything what the rules leave out must not empty the mirror. */
function deferral(name: ProjectName, { rule, why }: Drop): JubjubError {
  return new JubjubError('LIMIT_REMOVALS', `the rules leave it out from now on: ${name}`, {
    expected: `what ${rule} keeps`,
    received: why,
    effect: 'it stays as it was until the removal limit has been asked',
  });
}

/**
 * Step 5: what is about to be brought in is written down before the first byte comes; of a new project its name, too, so
 * that a page without files, left by a killed run, is known for one of ours.
 */
export function intendFiles(deps: MirrorDeps, projects: readonly WaveProject[]): void {
  const wanted = projects.flatMap(({ due, plan }) =>
    plan === null ? [] : [{ name: due.name, files: intendedFiles(plan) }],
  );
  const some = wanted.filter(({ name, files }) => files.length > 0 || deps.catalogue.project(name) === null);
  if (some.length > 0) deps.catalogue.intend(some, deps.clock.now());
}
