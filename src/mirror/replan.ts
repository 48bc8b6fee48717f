/** Plans anew what the catalogue knows, after the operator changed the settings: without a word to upstream. */
import type { Demand } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { offeredFiles } from '../pypi/detail.ts';
import type { Detail, ProjectName } from '../pypi/types.ts';
import type { Drop, Judgement } from '../selection/verdict.ts';
import { choose, keepsName, keptOf, nameDrop } from './chosen.ts';
import { demandWithoutChange } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { dropCounts } from './drop-count.ts';
import { isInfoCurrent } from './info.ts';
import type { Tally } from './tally.ts';

/** Demands written at once; also how often an interruption is looked for. */
const PROJECTS_PER_WRITE = 1_000;

/** What a change of the settings makes of the projects that are known. */
export interface Replanned {
  /** Published, and no longer wanted at all. */
  leaving: number;
  /** Left out until now, and wanted. */
  coming: number;
  /** Published with other files, or with pages of another form. */
  changing: number;
  same: number;
}

/**
 * Makes due what the changed settings concern. After a change of the rules alone, projects of which the same files are kept stay as
 * they are: nothing is read or written for them but their details in the catalogue. `everything`: pages look otherwise now, so that all
 * are rendered.
 *
 * @throws INTERRUPTED; what became due stays due, and the next run begins again.
 */
export async function replan(
  deps: MirrorDeps,
  everything: boolean,
  tally: Tally,
  signal: AbortSignal,
): Promise<Replanned> {
  const batch = new Batch(deps, tally, signal);
  for (const name of deps.catalogue.publishedNames())
    await batch.add(() => batch.published(name, everything));
  for (const name of deps.catalogue.leftOutNames()) await batch.add(() => batch.leftOut(name));
  batch.flush();
  return batch.replanned;
}

class Batch {
  readonly replanned: Replanned = { leaving: 0, coming: 0, changing: 0, same: 0 };
  readonly #deps: MirrorDeps;
  readonly #tally: Tally;
  readonly #signal: AbortSignal;
  readonly #nowMs: number;
  #demands: Demand[] = [];
  #reviews: { readonly name: ProjectName; readonly reviewMs: number | null }[] = [];
  #looked = 0;

  constructor(deps: MirrorDeps, tally: Tally, signal: AbortSignal) {
    this.#deps = deps;
    this.#tally = tally;
    this.#signal = signal;
    // As `selectionTime` has it, for all projects at once: a row for each would cost more than the judging.
    this.#nowMs = Math.max(deps.clock.now(), deps.catalogue.lastRun()?.startedMs ?? 0);
  }

  async add(look: () => void): Promise<void> {
    look();
    if (++this.#looked % PROJECTS_PER_WRITE !== 0) return;
    this.flush();
    // Lets signals in.
    await this.#deps.clock.sleep(0, this.#signal);
    if (this.#signal.aborted) throw interrupted();
  }

  flush(): void {
    const { catalogue } = this.#deps;
    catalogue.atomically(() => {
      catalogue.addDue(this.#demands);
      catalogue.setReviews(this.#reviews, this.#nowMs);
    });
    this.#demands = [];
    this.#reviews = [];
  }

  published(name: ProjectName, everything: boolean): void {
    const { catalogue, selection } = this.#deps;
    if (!keepsName(this.#deps, name)) {
      this.#due(name, 'selection', 'leaving');
      return;
    }
    const detail = everything && !selection.judgesDetails ? null : catalogue.detail(name);
    const judgement = detail === null ? null : choose(this.#deps, detail, this.#nowMs);
    if (judgement?.drop != null) this.#due(name, 'selection', 'leaving');
    else if (everything || detail === null || judgement === null || !this.#isAsKept(detail, judgement))
      this.#due(name, 'settings', 'changing');
    else this.#stays(detail, judgement);
  }

  /** Only what is left out for another reason, or not any more, is written down anew. */
  leftOut(name: ProjectName): void {
    const { catalogue } = this.#deps;
    const before = catalogue.project(name)?.leftOut ?? null;
    const drop = nameDrop(this.#deps, name) ?? this.#detailDrop(name);
    if (drop === null) this.#due(name, 'settings', 'coming');
    else if (before?.rule !== drop.rule || before.value !== drop.value || before.why !== drop.why)
      this.#due(name, 'settings', 'same');
    else this.replanned.same += 1;
  }

  #detailDrop(name: ProjectName): Drop | null {
    const packed = this.#deps.catalogue.knownDetail(name);
    if (packed === null) return null;
    return choose(this.#deps, this.#deps.catalogue.unpack(packed, name), this.#nowMs).drop;
  }

  #isAsKept(detail: Detail, judgement: Judgement): boolean {
    const { catalogue, selection, settings } = this.#deps;
    const { name } = detail;
    if (selection.wantsInfo && !isInfoCurrent(this.#deps, name, detail.serial, true)) return false;
    // What pages link to upstream is not written down. A page that lacks something has fewer rows than are wanted.
    if (!settings.mirrorFiles || catalogue.due(name) !== null) return false;
    const wanted = offeredFiles(keptOf(detail, judgement));
    const rows = catalogue.filesOf(name).filter(({ state }) => state === 'published');
    if (wanted.length !== rows.length) return false;
    const there = new Set(rows.map(({ filename }) => filename));
    return wanted.every(({ filename }) => there.has(filename));
  }

  #stays(detail: Detail, judgement: Judgement): void {
    this.replanned.same += 1;
    this.#reviews.push({ name: detail.name, reviewMs: judgement.untilMs });
    this.#tally.addSelection(dropCounts(detail, judgement), judgement.doubts.length);
  }

  #due(name: ProjectName, source: Demand['source'], as: keyof Replanned): void {
    this.replanned[as] += 1;
    this.#demands.push(demandWithoutChange(name, null, source));
  }
}
