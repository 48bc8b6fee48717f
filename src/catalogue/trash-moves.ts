/** Moves between the docroot and the trash, as they are recorded: file row, trash row and audit in one transaction. */
import type { DocrootPath, ProjectName } from '../pypi/types.ts';
import type { AuditTable } from './audit.ts';
import type { Counts, HiddenFile, SweptFile, TrashedFile, WithdrawnFile } from './contract.ts';
import type { CatalogueDatabase } from './database.ts';
import type { ProjectTable } from './projects.ts';
import { lastOf, TrashTable } from './trash.ts';
import { WithdrawnFiles } from './withdrawn.ts';

/** The part of the catalogue that knows what leaves the docroot and comes back. */
export class TrashMoves {
  readonly table: TrashTable;
  readonly withdrawn: WithdrawnFiles;
  readonly #db: CatalogueDatabase;
  readonly #audit: AuditTable;
  readonly #projects: ProjectTable;

  constructor(db: CatalogueDatabase, audit: AuditTable, projects: ProjectTable) {
    this.table = new TrashTable(db);
    this.withdrawn = new WithdrawnFiles(db);
    this.#db = db;
    this.#audit = audit;
    this.#projects = projects;
  }

  noteHidden(files: readonly HiddenFile[], atMs: number): void {
    this.#db.atomically(() => {
      for (const hidden of files) {
        const id = this.#projects.idOrNew(hidden.name);
        const urgent = this.withdrawn.forget(id, hidden.file.path);
        if (!hidden.moved) continue;
        this.table.addHidden(id, hidden, urgent, atMs);
        const { name: project, file, why, serial } = hidden;
        const { filename, path, sha256 } = file;
        this.#audit.add({ atMs, action: 'hide', project, filename, path, sha256, why, serial });
      }
    });
  }

  noteSwept(files: readonly SweptFile[], atMs: number): void {
    this.#db.atomically(() => {
      for (const swept of files) {
        this.table.addSwept(swept, atMs);
        this.#tellSwept('hide', swept, swept.why, atMs);
      }
    });
  }

  noteNotSwept(files: readonly SweptFile[], atMs: number): void {
    this.#db.atomically(() => {
      for (const swept of files) {
        this.table.removeSwept(swept.to);
        this.#tellSwept('restore', swept, 'it could not be moved', atMs);
      }
    });
  }

  #tellSwept(action: 'hide' | 'restore', { path }: SweptFile, why: string, atMs: number): void {
    const nobodys = { project: null, sha256: null, serial: null };
    this.#audit.add({ atMs, action, ...nobodys, filename: lastOf(path), path, why });
  }

  /** What had returned is only what was left over: its file is not gone. */
  noteDeleted(files: readonly TrashedFile[], atMs: number): void {
    this.#db.atomically(() => {
      for (const file of files) {
        if (this.table.remove(file.id)?.returned !== false) continue;
        const { name: project, filename, docrootPath: path, sha256, why, serial } = file;
        this.#audit.add({ atMs, action: 'delete', project, filename, path, sha256, why, serial });
      }
    });
  }

  noteRestored(file: TrashedFile, atMs: number): void {
    this.#db.atomically(() => {
      const urgent = this.table.returned(file.id);
      const { name: project, filename, docrootPath: path, sha256 } = file;
      if (project !== null) this.withdrawn.bringBack(this.#projects.idOrNew(project), file, urgent, atMs);
      const why = 'restored by the operator';
      this.#audit.add({ atMs, action: 'restore', project, filename, path, sha256, why, serial: null });
    });
  }

  setHeld(name: ProjectName, paths: readonly DocrootPath[], held: boolean, atMs: number): WithdrawnFile[] {
    return this.#db.atomically(() => {
      const id = this.#projects.id(name);
      if (id === null) return [];
      const changed = paths.flatMap((path) => this.withdrawn.setHeld(id, path, held, atMs) ?? []);
      const action = held ? 'restore' : 'release';
      const why = held ? 'kept by the operator' : 'no longer kept by the operator';
      for (const { file } of changed) {
        const { filename, path, sha256 } = file;
        this.#audit.add({ atMs, action, project: name, filename, path, sha256, why, serial: null });
      }
      return changed;
    });
  }

  counts(): Pick<Counts, 'withdrawnFiles' | 'heldFiles' | 'trashedFiles' | 'trashedBytes'> {
    const { withdrawn, table } = this;
    return { withdrawnFiles: withdrawn.count(), heldFiles: withdrawn.heldCount(), ...table.counts() };
  }
}
