/** The catalogue's methods about the selection, over the tables that hold what is left out, needed and reserved. */
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import type {
  Catalogue,
  Counts,
  FileNeeds,
  KnownInfo,
  Need,
  PackedDetail,
  ReservedName,
} from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import { FileNeedsTable } from './file-needs.ts';
import { InfoTable } from './info.ts';
import { LeftOutProjects } from './left-out.ts';
import { MetaTable } from './meta.ts';
import { NeedTable } from './needs.ts';
import { ProjectTable } from './projects.ts';
import { ReservedTable } from './reserved.ts';
import { SelectedTable } from './selected.ts';
import { ofProject } from './values.ts';

type OfSelection =
  | 'knownDetail'
  | 'isLeftOut'
  | 'leftOutNames'
  | 'outdateLeftOut'
  | 'reviewable'
  | 'setReviews'
  | 'info'
  | 'setInfo'
  | 'fileNeeds'
  | 'noteFileNeeds'
  | 'needsOf'
  | 'neededNames'
  | 'replaceNeeds'
  | 'areNeedsStale'
  | 'setNeedsFresh'
  | 'noteReserved'
  | 'forgetReserved'
  | 'reserved'
  | 'setReservedTold';

/** What `SqliteCatalogue` keeps of the selection. */
export class SelectionRecords implements Pick<Catalogue, OfSelection> {
  protected readonly db: CatalogueDatabase;
  protected readonly infos: InfoTable;
  protected readonly leftOut: LeftOutProjects;
  protected readonly meta: MetaTable;
  protected readonly projects: ProjectTable;
  protected readonly selected: SelectedTable;
  readonly #fileNeeds: FileNeedsTable;
  readonly #needs: NeedTable;
  readonly #reserved: ReservedTable;

  constructor(db: CatalogueDatabase) {
    this.db = db;
    this.infos = new InfoTable(db);
    this.leftOut = new LeftOutProjects(db);
    this.meta = new MetaTable(db);
    this.projects = new ProjectTable(db);
    this.selected = new SelectedTable(db);
    this.#fileNeeds = new FileNeedsTable(db);
    this.#needs = new NeedTable(db);
    this.#reserved = new ReservedTable(db);
  }

  knownDetail = (name: ProjectName): PackedDetail | null => this.leftOut.knownDetail(name);
  isLeftOut = (name: ProjectName): boolean => this.leftOut.isKnown(name);
  leftOutNames = (): IterableIterator<ProjectName> => this.leftOut.names();
  outdateLeftOut = (names: readonly ProjectName[]): void =>
    this.db.atomically(() => {
      for (const id of this.leftOut.outdate(names)) this.selected.forget(id);
    });
  reviewable = (nowMs: number): readonly ProjectName[] => this.selected.reviewable(nowMs);
  setReviews: Catalogue['setReviews'] = (reviews, selectedMs) => this.selected.setAll(reviews, selectedMs);

  info(name: ProjectName): KnownInfo | null {
    const id = this.projects.id(name);
    return id === null ? null : ofProject(name, () => this.infos.of(id));
  }
  setInfo = (name: ProjectName, known: KnownInfo): void =>
    this.db.atomically(() => this.infos.set(this.projects.idOrNew(name), known));

  fileNeeds = (sha256s: readonly Sha256[]): ReadonlyMap<Sha256, FileNeeds> => this.#fileNeeds.of(sha256s);
  noteFileNeeds = (needs: readonly FileNeeds[]): void => this.#fileNeeds.note(needs);
  needsOf = (name: ProjectName): readonly Need[] => this.#needs.of(name);
  neededNames = (): IterableIterator<ProjectName> => this.#needs.names();
  replaceNeeds = (needs: readonly Need[]): void => this.#needs.replace(needs);
  areNeedsStale = (fingerprint: string): boolean => this.meta.text('needsFor') !== fingerprint;
  setNeedsFresh = (fingerprint: string): void => this.meta.set('needsFor', fingerprint);

  noteReserved = (names: readonly Pick<ReservedName, 'name' | 'serial'>[], atMs: number): void =>
    this.#reserved.note(names, atMs);
  forgetReserved = (names: readonly ProjectName[]): void => this.#reserved.forget(names);
  reserved = (): readonly ReservedName[] => this.#reserved.all();
  setReservedTold = (): void => this.#reserved.setTold();

  protected selectionCounts(): Pick<Counts, 'leftOut' | 'reserved'> {
    return { leftOut: this.leftOut.count(), reserved: this.#reserved.count() };
  }

  /** Another upstream: what was needed stays, for what is published does. */
  protected forgetSelectionOfUpstream(): void {
    this.leftOut.forgetUpstream();
    this.selected.forgetLeftOut();
    this.infos.clear();
    this.#reserved.clear();
  }

  /** Others may need a project that nobody has looked at yet. */
  protected forgetUnreadableSelection(id: number | null, name: ProjectName): void {
    if (id !== null) {
      this.leftOut.forgetUnreadable(id);
      this.infos.forgetUnreadable(id);
    }
    if (this.#needs.forgetUnreadable(name)) this.meta.remove('needsFor');
  }
}
