/** What each step of a verify does, in terms of the looks that the other files take. */
import { interrupted } from '../../clock.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { OutageWatch } from '../outage.ts';
import { lookCarefully } from './beside.ts';
import { catalogueFinding, type VerifyStep } from './damage.ts';
import { inOrder } from './in-order.ts';
import type { CursorKeeping } from './keeping.ts';
import type { Ledger } from './ledger.ts';
import { type Leftover, staleStaging, walkLeftovers } from './leftovers.ts';
import type { Look, VerifyDeps, VerifyOptions } from './options.ts';
import type { ProjectReport } from './project.ts';
import { LEFTOVERS_MOVED_MAX, PROJECTS_PER_BATCH, type Repair } from './repair.ts';
import { checkRootCarefully } from './root.ts';
import { hasTheRest, isInPart } from './subset.ts';
import { compareWithUpstream } from './upstream.ts';

/** Projects looked at together: while a large one is read, those behind it are done already. */
const PROJECTS_AHEAD = 8;
/** A walk through millions of files says now and then where it is. */
const ENTRIES_PER_PROGRESS = 1_000;

export interface Verification {
  readonly deps: VerifyDeps;
  readonly options: VerifyOptions;
  readonly ledger: Ledger;
  readonly keeping: CursorKeeping;
  /** null: look only. */
  readonly repair: Repair | null;
  readonly look: Look;
}

/** `after` is the last project that an interrupted verify had done in this step. */
type RunStep = (verification: Verification, after: ProjectName | null) => Promise<void>;

/** `files` has none: it is done in one pass with `pages`, each project at a time. */
export const RUN_STEP: Readonly<Partial<Record<VerifyStep, RunStep>>> = {
  catalogue: checkCatalogue,
  pages: checkProjects,
  upstream: checkUpstream,
  leftovers: checkLeftovers,
  root: checkRootIndex,
};

async function checkCatalogue({ deps, options, ledger, repair }: Verification): Promise<void> {
  if (!hasTheRest(options.subset)) return;
  ledger.progress('catalogue', 0, 1);
  const findings = deps.catalogue.integrity().map(catalogueFinding);
  ledger.found(findings);
  repair?.noteCatalogue(findings);
  ledger.progress('catalogue', 1, 1);
}

async function checkProjects(verification: Verification, after: ProjectName | null): Promise<void> {
  const { deps, options, ledger, keeping, repair, look } = verification;
  const counts = deps.catalogue.counts();
  const share = options.subset?.of ?? 1;
  const [projects, files] = [Math.round(counts.projects / share), Math.round(counts.files / share)];
  const take = async (name: ProjectName, report: ProjectReport | 'syncing' | null) => {
    if (report === 'syncing') ledger.checked.beingSynced += 1;
    else if (report !== null) {
      ledger.looked(report);
      ledger.found(report.findings);
      repair?.owe(report.findings);
    }
    keeping.passed(name);
    ledger.progress('pages', ledger.checked.projects, projects);
    ledger.progress('files', ledger.checked.files, files);
    await mendAndSave(verification);
  };
  const see = (name: ProjectName, signal: AbortSignal) => lookCarefully(deps, name, { ...look, signal });
  await inOrder(namesAfter(verification, after), PROJECTS_AHEAD, look.signal, see, take);
  await repair?.mendOwed(look.signal);
}

/** Mends when there is enough of it, or when it is time to write down where we are. */
async function mendAndSave({ keeping, repair, look }: Verification): Promise<void> {
  const isDue = keeping.isDue;
  if (repair !== null && (isDue || repair.owedProjects >= PROJECTS_PER_BATCH))
    await repair.mendOwed(look.signal);
  if (isDue) await keeping.save(repair?.owed ?? []);
}

/** The published projects of our part, in order. @throws INTERRUPTED */
function* namesAfter(
  { deps, options, look }: Verification,
  after: ProjectName | null,
): IterableIterator<ProjectName> {
  for (const name of deps.catalogue.publishedNames()) {
    if (look.signal.aborted) throw interrupted();
    if ((after === null || name > after) && isInPart(name, options.subset)) yield name;
  }
}

async function checkUpstream(verification: Verification, after: ProjectName | null): Promise<void> {
  const { deps, options, ledger, keeping, repair, look } = verification;
  // Nobody has asked this upstream anything yet: it may have to find its index first.
  await deps.upstream.recognize(deps.catalogue.dialect(), look.signal);
  const watch = new OutageWatch(deps, look.signal);
  const total = Math.round(deps.catalogue.counts().projects / (options.subset?.of ?? 1));
  let done = 0;
  await inOrder(
    namesAfter(verification, after),
    deps.settings.pagesAtOnce,
    look.signal,
    (name, signal) => compareWithUpstream(deps, name, watch, signal),
    async (name, answer) => {
      if (answer.kind !== 'unasked') ledger.checked.asked += 1;
      if (answer.kind === 'newer') ledger.checked.newer += 1;
      if (answer.kind === 'absent' || answer.kind === 'unanswered') {
        ledger.checked[answer.kind] += 1;
        const code = answer.kind === 'absent' ? 'UPSTREAM_ABSENT' : 'UPSTREAM_UNANSWERED';
        deps.tell({ type: 'warning', code, message: `${name}: ${answer.why}` });
      }
      if (answer.kind === 'behind') {
        ledger.found([answer.finding]);
        repair?.owe([answer.finding]);
      }
      keeping.passed(name);
      ledger.progress('upstream', ++done, total);
      await mendAndSave(verification);
    },
  );
  await repair?.mendOwed(look.signal);
}

async function checkLeftovers({ deps, options, ledger, repair, look }: Verification): Promise<void> {
  await repair?.lookAtCatalogueAgain();
  if (hasTheRest(options.subset)) {
    const stale = repair === null ? await staleStaging(deps) : await repair.staleStaging();
    ledger.found(stale);
    await repair?.clearStaging(stale);
  }
  const isOurs = (path: string) => isInPart(path, options.subset);
  const kept: Leftover[] = [];
  let seen = 0;
  let found = 0;
  for await (const leftover of walkLeftovers(deps, ledger.claimed, isOurs, look.signal)) {
    seen += 1;
    if (seen % ENTRIES_PER_PROGRESS === 0) ledger.progress('leftovers', seen, null);
    if (leftover === null) continue;
    found += 1;
    ledger.found([leftover.finding]);
    if (found <= LEFTOVERS_MOVED_MAX) kept.push(leftover);
  }
  await repair?.moveLeftovers(kept, { seen, found }, look.signal);
  ledger.progress('leftovers', seen, seen);
}

async function checkRootIndex({ deps, options, ledger, repair, look }: Verification): Promise<void> {
  if (!hasTheRest(options.subset)) return;
  ledger.progress('root', 0, 1);
  const findings = await checkRootCarefully(deps, look.signal);
  ledger.found(findings ?? []);
  await repair?.rewriteRootIndex(findings ?? [], look.signal);
  ledger.progress('root', 1, 1);
}
