/** A catalogue in a directory of its own, and commits of few words. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type {
  CommitResult,
  Demand,
  KnownFile,
  LeftOut,
  Need,
  ProjectUpdate,
  WaveCommit,
  WithdrawnFile,
} from '../../src/catalogue/contract.ts';
import { type CatalogueDatabase, openDatabase } from '../../src/catalogue/database.ts';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { parseDetail } from '../../src/pypi/detail.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { digestFilePath, trashPath } from '../../src/pypi/paths.ts';
import type { ProjectName, Serial } from '../../src/pypi/types.ts';
import type { Drop } from '../../src/selection/verdict.ts';

export const DEMO = normalizeName('demo');
export const OTHER = normalizeName('other');

/** A new catalogue; `shell` is a second connection to it, as an operator opens one. */
export function newCatalogue(t: Pick<TestContext, 'after'>, directory: string) {
  const file = join(directory, 'catalogue.db');
  const catalogue = new SqliteCatalogue(file);
  const shell = openDatabase(file);
  t.after(() => {
    shell.close();
    catalogue.close();
  });
  return { catalogue, shell, file };
}

/** A wave in which nothing happens. */
export const NOTHING: Omit<WaveCommit, 'atMs'> = {
  updates: [],
  unchanged: [],
  withdrawn: [],
  leftOut: [],
  advance: false,
  settled: [],
  failures: [],
};

/** A file at the address of its bytes. */
export function distFile(filename: string, content = filename): KnownFile {
  const sha256 = sha256Of(content);
  return {
    path: digestFilePath(sha256, filename),
    filename,
    sha256,
    sizeBytes: content.length,
    state: 'published',
    metadataSha256: null,
    provenance: null,
  };
}

/** An update that publishes `files`, and nothing that is not named. */
export function updateOf(
  catalogue: SqliteCatalogue,
  name: ProjectName,
  files: readonly KnownFile[],
  changes: Partial<ProjectUpdate> = {},
): ProjectUpdate {
  const document = { files: [], meta: { 'api-version': '1.4' }, name, versions: [] };
  const url = `https://pypi.example/simple/${name}/`;
  return {
    name,
    displayName: null,
    detail: catalogue.pack(parseDetail(document, { name, url, headerSerial: null })),
    serial: 10,
    status: 'active',
    validator: null,
    files,
    missing: 0,
    api: null,
    learned: [],
    pageSha256: sha256Of(`${name} ${files.map(({ sha256 }) => sha256)}`),
    quarantinedVersions: [],
    selectedMs: null,
    reviewMs: null,
    ...changes,
  };
}

export async function commit(
  catalogue: SqliteCatalogue,
  atMs: number,
  wave: Partial<WaveCommit>,
): Promise<CommitResult> {
  return catalogue.commit({ ...NOTHING, atMs, ...wave }, async () => {});
}

/** One project's page, committed. */
export async function publish(
  catalogue: SqliteCatalogue,
  atMs: number,
  name: ProjectName,
  files: readonly KnownFile[],
  changes: Partial<ProjectUpdate> = {},
): Promise<void> {
  await commit(catalogue, atMs, { updates: [updateOf(catalogue, name, files, changes)] });
}

/** One project's removal, committed. */
export async function remove(
  catalogue: SqliteCatalogue,
  atMs: number,
  name: ProjectName,
  removed: Serial | null = null,
): Promise<void> {
  await commit(catalogue, atMs, { withdrawn: [{ name, why: 'removed upstream', removed }] });
}

export const DROP: Drop = { rule: '[projects] status', value: 'active', why: 'status archived' };

/** One project left out, committed; what is known of it stays unless `changes` has a page. */
export async function leaveOut(
  catalogue: SqliteCatalogue,
  atMs: number,
  name: ProjectName,
  changes: Partial<LeftOut> = {},
): Promise<CommitResult> {
  const one = { name, displayName: null, page: null, drop: DROP, reviewMs: null, ...changes };
  return commit(catalogue, atMs, { leftOut: [one] });
}

/** A page as a look at a project brings it, whose files are not wanted. */
export function pageOf(
  catalogue: SqliteCatalogue,
  name: ProjectName,
  changes: Partial<LeftOut['page'] & object> = {},
): NonNullable<LeftOut['page']> {
  const { detail } = updateOf(catalogue, name, []);
  return { detail, serial: 10, status: 'active', validator: null, ...changes };
}

/** A need of a release of `of`, such as `demo 1.0`. */
export function needOf(name: ProjectName, of: ProjectName, specifier = '', extras: string[] = []): Need {
  return { name, of, by: `${of} 1.0`, specifier, extras, sha256s: [] };
}

/** What a row of the changelog asks, at its least. */
export function demand(name: ProjectName, changes: Partial<Demand> = {}): Demand {
  return {
    name,
    displayName: null,
    first: 1,
    required: 0,
    removed: null,
    takedowns: [],
    replan: false,
    source: 'changelog',
    ...changes,
  };
}

/** What prune notes of a withdrawn file that it has moved. */
export function hidden({ name, file, why, serial }: WithdrawnFile, moved = true) {
  return { name, file, to: trashPath(file.sha256, file.filename), moved, why, serial };
}

/** Hides all that may be hidden, as prune does. */
export function hideAll(catalogue: SqliteCatalogue, atMs: number): void {
  catalogue.noteHidden(
    catalogue.hideable(atMs, 1000).map((file) => hidden(file)),
    atMs,
  );
}

/** The audit, as short lines: action, project, file, why, serial. */
export function auditLines(catalogue: SqliteCatalogue): string[] {
  return catalogue
    .unwrittenAudit(1000)
    .map(({ action, project, filename, why, serial }) =>
      [action, project, filename ?? '*', `"${why}"`, serial].join(' '),
    );
}

/** How SQLite goes about a query, one line a step. */
export function queryPlan(db: CatalogueDatabase, sql: string, ...values: (string | number)[]): string[] {
  return db.all(`EXPLAIN QUERY PLAN ${sql}`, ...values).map((row) => String(row['detail']));
}
