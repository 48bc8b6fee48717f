/**
 * Mends what a verify has found, with the machinery of a sync: what is damaged is due again, not believed, and worked off
 * in a wave that does not move the serial. Then it is looked at once more.
 *
 * Nothing is deleted, and nothing is withdrawn because it could not be read: bytes that are wrong stay until the right ones
 * take their place in one step, and what is in the way, or nobody's, is moved into the trash. A project that is about to
 * leave (removed upstream, not selected) is left to the sync, whose limits apply.
 */
import { asJubjubError, isJubjubError, type JubjubError } from '../../errors.ts';
import { detailPaths } from '../../pypi/paths.ts';
import type { ProjectName } from '../../pypi/types.ts';
import { writeAudit } from '../audit.ts';
import { settleDialect } from '../dialect.ts';
import { refuseLostLock } from '../lost-lock.ts';
import { publishReports } from '../report.ts';
import { rewriteRoot } from '../root-index.ts';
import { wantedInStaging } from '../wanted-staging.ts';
import { clearRootPaths, moveLeftovers } from './clear.ts';
import { catalogueFinding, type Finding, keyOf } from './damage.ts';
import type { Ledger } from './ledger.ts';
import { type Leftover, staleStaging } from './leftovers.ts';
import { mendWave, type OneProject } from './mend.ts';
import type { Look, VerifyDeps } from './options.ts';
import { checkProject } from './project.ts';
import { checkRootCarefully } from './root.ts';

export const PROJECTS_PER_BATCH = 500;
/** More than this is no leftover but another tree: `jubjub prune --sweep` is for those. */
export const LEFTOVERS_MOVED_MAX = 10_000;
/** A docroot of which the catalogue knows less than this is not its docroot. */
const KNOWN_SHARE_MIN = 0.5;

export class Repair {
  /** What ended the mending; the verify itself goes on. */
  stoppedBy: JubjubError | null = null;
  readonly #deps: VerifyDeps;
  readonly #ledger: Ledger;
  #owed: Finding[];
  #catalogue: readonly Finding[] = [];
  /** null until something is changed: a repair of what is sound leaves no trace. */
  #runId: number | null = null;
  #stale: readonly Finding[] | null = null;
  #startedMs = 0;

  constructor(deps: VerifyDeps, ledger: Ledger, owed: readonly Finding[]) {
    this.#deps = deps;
    this.#ledger = ledger;
    this.#owed = [...owed];
  }

  /** Found, and not mended yet. */
  get owed(): readonly Finding[] {
    return this.#owed;
  }

  get owedProjects(): number {
    return new Set(this.#owed.map(({ project }) => project)).size;
  }

  owe(findings: readonly Finding[]): void {
    for (const finding of findings) this.#owed.push(finding);
  }

  noteCatalogue(findings: readonly Finding[]): void {
    this.#catalogue = findings;
  }

  /** Mends the projects that are owed, and looks at them again. @throws INTERRUPTED, STORE_FULL: then they stay owed */
  async mendOwed(signal: AbortSignal): Promise<void> {
    if (this.#owed.length === 0) return;
    const projects = byProject(this.#owed);
    if (this.stoppedBy === null) {
      await this.#begin(signal);
      await this.#reachUpstream(signal);
      if (this.stoppedBy === null) this.stoppedBy = await mendWave(this.#deps, projects, signal);
    }
    const look: Look = { quick: false, signal, pace: undefined };
    for (const { name, findings } of projects) {
      const again = await checkProject(this.#deps, name, look);
      const left = new Set((again?.findings ?? []).map(keyOf));
      const behind = this.#deps.catalogue.due(name) !== null;
      this.#ledger.mended(
        findings.filter((finding) => (finding.kind === 'behind' ? !behind : !left.has(keyOf(finding)))),
      );
      if (this.#deps.catalogue.due(name)?.pending) this.#ledger.pending += 1;
    }
    this.#owed = [];
  }

  /** The rows that were wrong may be right by now. */
  async lookAtCatalogueAgain(): Promise<void> {
    if (this.#catalogue.length === 0) return;
    const left = this.#deps.catalogue.integrity().map(catalogueFinding);
    const keys = new Set(left.map(keyOf));
    this.#ledger.mended(this.#catalogue.filter((finding) => !keys.has(keyOf(finding))));
    this.#catalogue = left;
  }

  /** What others have left in staging: the waves of this repair leave there, too, what turned out not to be new. */
  async staleStaging(): Promise<readonly Finding[]> {
    this.#stale ??= await staleStaging(this.#deps);
    return this.#stale;
  }

  async clearStaging(stale: readonly Finding[]): Promise<void> {
    if (stale.length === 0) return;
    // What lies there may be what another writer is about to place.
    refuseLostLock(this.#deps);
    await this.#deps.store.clearStaging(wantedInStaging(this.#deps));
    if ((await staleStaging(this.#deps)).length === 0) this.#ledger.mended(stale);
  }

  /**
   * Moves into the trash what is nobody's; not by the word of a catalogue that is empty or damaged, and not more than a
   * repair should. `seen` and `found` count all of the docroot.
   */
  async moveLeftovers(
    leftovers: readonly Leftover[],
    { seen, found }: { readonly seen: number; readonly found: number },
    signal: AbortSignal,
  ): Promise<void> {
    if (found === 0) return;
    const { catalogue } = this.#deps;
    const isIgnorant = catalogue.progress().serial === null || catalogue.publishedCount() === 0;
    const isTooMuch = found > LEFTOVERS_MOVED_MAX || found > seen * KNOWN_SHARE_MIN;
    if (isIgnorant || isTooMuch || this.#catalogue.length > 0) {
      const why = isTooMuch ? `knows too little of what lies there` : 'is empty or damaged';
      const message = `the catalogue ${why}: what it does not know stays in its place; see jubjub prune --sweep`;
      this.#deps.tell({ type: 'warning', code: 'NOT_MOVED', message });
      return;
    }
    await this.#begin(signal);
    this.#ledger.mended(await moveLeftovers(this.#deps, leftovers));
  }

  async rewriteRootIndex(findings: readonly Finding[], signal: AbortSignal): Promise<void> {
    if (findings.length === 0 || (await this.#lacksPages())) return;
    await this.#begin(signal);
    await rewriteRoot(this.#deps);
    const left = new Set((await checkRootCarefully(this.#deps, signal))?.map(keyOf) ?? []);
    this.#ledger.mended(findings.filter((finding) => !left.has(keyOf(finding))));
  }

  /** P1: the index that the catalogue would make may not lead to a page that could not be mended. The next sync puts both right. */
  async #lacksPages(): Promise<boolean> {
    const { catalogue, store } = this.#deps;
    for (const name of catalogue.publishedNames()) {
      const { html, json } = detailPaths(name);
      if ((await store.size(html)) === null || (await store.size(json)) === null) return true;
    }
    return false;
  }

  /** Writes down how it ended, as a sync does; nothing when nothing was changed. */
  async end(exitStatus: number): Promise<void> {
    if (this.#runId === null || !this.#deps.holdsLock()) return;
    const { catalogue, clock, store } = this.#deps;
    await writeAudit(this.#deps);
    const { serial } = catalogue.progress();
    catalogue.endRun(this.#runId, {
      startedMs: this.#startedMs,
      finishedMs: clock.now(),
      exitStatus,
      complete: false,
      from: serial,
      to: serial,
      checked: 0,
      drifted: 0,
    });
    await publishReports(this.#deps, null);
    await store.clearStaging(wantedInStaging(this.#deps));
  }

  /** Before the first change. @throws INTERRUPTED */
  async #begin(signal: AbortSignal): Promise<void> {
    if (this.#runId !== null) return;
    const { catalogue, clock, store } = this.#deps;
    // As after any run that was killed (mirror/sync.ts): the next one will not know of that any more.
    if (!catalogue.endedCleanly()) {
      await store.flushDocroot();
      catalogue.replanDue();
    }
    await this.staleStaging();
    this.#startedMs = clock.now();
    this.#runId = catalogue.startRun(this.#startedMs);
    // Every wave ends with the root index: what stands in its way would end each of them.
    await clearRootPaths(this.#deps, signal);
  }

  /** What upstream is has to be settled before it is asked; that it cannot be had ends the mending only. @throws INTERRUPTED */
  async #reachUpstream(signal: AbortSignal): Promise<void> {
    try {
      await settleDialect(this.#deps, signal);
    } catch (error) {
      if (isJubjubError(error, 'INTERRUPTED')) throw error;
      this.stoppedBy = asJubjubError(error);
    }
  }
}

function byProject(findings: readonly Finding[]): OneProject[] {
  const names = new Map<ProjectName, Finding[]>();
  for (const finding of findings) {
    if (finding.project === null) continue;
    names.set(finding.project, [...(names.get(finding.project) ?? []), finding]);
  }
  return [...names].map(([name, found]) => ({ name, findings: found }));
}
