/** One project of an old tree: its page read, its files verified, and what our page of it will say. */
import type { KnownFile, PackedDetail } from '../catalogue/contract.ts';
import { interrupted } from '../clock.ts';
import { isJubjubError } from '../errors.ts';
import { offeredFiles } from '../pypi/detail.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { Detail, DistFile, DocrootPath, ProjectName } from '../pypi/types.ts';
import type { OldPages, OldProject } from '../store/contract.ts';
import { type Adoption, type FileVerdict, reading, takeFile, Unreadable } from './adopt-file.ts';
import { oldPagesOf } from './adopt-old-pages.ts';
import {
  displayNameOf,
  OLD_PAGE_BYTES_MAX,
  OLD_PAGE_NAMES,
  provisionalDetail,
  readOldPage,
} from './adopt-page.ts';
import type { AdoptTally } from './adopt-report.ts';
import { isUnwanted, unwantedPages } from './adopt-unwanted.ts';
import { keepsName } from './chosen.ts';
import { parallel } from './parallel.ts';
import { isProvisional } from './provisional.ts';

const FILES_PARALLEL = 4;

/** A project that is to be published as ours. */
export interface TakenProject {
  readonly name: ProjectName;
  readonly displayName: string | null;
  readonly status: string;
  readonly detail: PackedDetail;
  /** Everything that its page links to, what earlier runs took over included. */
  readonly files: readonly KnownFile[];
  /** What its old page lists and ours does not. */
  readonly missing: number;
  /** Files and sidecars that are to come into our docroot. */
  readonly bring: readonly DocrootPath[];
  /** In place: the old tool's other pages, which would go on linking to what may leave later. */
  readonly oldPages: readonly DocrootPath[];
  readonly newFiles: number;
  readonly newBytes: number;
}

/**
 * Looks at one directory of the old tree; null when nothing of it is new to us, or it is left out.
 * @throws INTERRUPTED: then the project stays as it was, for half of its files are no page. STORE_*
 */
export async function takeProject(
  adoption: Adoption,
  project: OldProject,
  tally: AdoptTally,
  signal: AbortSignal,
): Promise<TakenProject | null> {
  const name = tryNormalizeName(project.name);
  const pages = await pagesOf(adoption, project, tally);
  if (pages === null) return null;
  if (name === null || pages.names.length === 0) {
    tally.leftOut(project.directory, null, 'no-project');
    return null;
  }
  if (!keepsName(adoption.deps, name)) {
    tally.leftOut(name, null, 'not-selected');
    if (isUnwanted(adoption.deps, name)) tally.unwanted(unwantedPages(adoption, project, pages, name).length);
    return null;
  }
  if (isSynced(adoption, name)) {
    tally.leftOut(name, null, 'synced');
    return null;
  }
  const page = await readPage(adoption, project, name, pages, tally);
  return page === null ? null : takeFiles(adoption, project, pages, page, tally, signal);
}

async function pagesOf({ tree }: Adoption, project: OldProject, tally: AdoptTally): Promise<OldPages | null> {
  try {
    const pages = await reading(() => tree.pages(project));
    tally.others += pages === null ? 1 : pages.others;
    return pages;
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    tally.leftOut(project.directory, null, 'bad-page', error.message);
    return null;
  }
}

/** What `sync --project` has published says what upstream says, and is not to be mixed with an old page. */
function isSynced({ deps }: Adoption, name: ProjectName): boolean {
  return deps.catalogue.isPublished(name) && !isProvisional(deps, name);
}

/** The first form of the page that can be read. */
async function readPage(
  { deps, tree }: Adoption,
  project: OldProject,
  name: ProjectName,
  pages: OldPages,
  tally: AdoptTally,
): Promise<Detail | null> {
  let trouble: string | null = null;
  for (const form of OLD_PAGE_NAMES) {
    if (!pages.names.includes(form)) continue;
    try {
      const bytes = await reading(() => tree.readPage(project, form, OLD_PAGE_BYTES_MAX));
      if (bytes !== null) return readOldPage(form, bytes, name, deps.upstream.identity);
      trouble ??= `${form} is too large, or a link that leads elsewhere`;
    } catch (error) {
      if (
        !(error instanceof Unreadable) &&
        !isJubjubError(error, 'UPSTREAM_MALFORMED', 'UPSTREAM_API_VERSION')
      )
        throw error;
      trouble ??= error.message;
    }
  }
  tally.leftOut(name, null, 'bad-page', trouble);
  return null;
}

async function takeFiles(
  adoption: Adoption,
  project: OldProject,
  pages: OldPages,
  page: Detail,
  tally: AdoptTally,
  signal: AbortSignal,
): Promise<TakenProject | null> {
  const { catalogue } = adoption.deps;
  const { name } = page;
  const known = new Map(catalogue.filesOf(name).map((file) => [file.path, file]));
  const verdicts = new Map<DistFile, FileVerdict>();
  await parallel(offeredFiles(page), FILES_PARALLEL, signal, async (file, either) => {
    const verdict = await takeFile(adoption, name, file, known, either);
    verdicts.set(file, verdict);
    if (verdict.kind === 'taken') tally.sawFile(verdict.row.sizeBytes);
  });
  if (signal.aborted) throw interrupted();
  // Told here, in the order of the page, so that the same tree gives the same report.
  for (const file of offeredFiles(page)) tellOf(name, file, verdicts.get(file), tally);
  const oldPages = oldPagesOf(adoption, project, pages, name, true);
  const fresh = [...verdicts.values()].filter((verdict) => verdict.kind === 'taken' && !verdict.before);
  const isKnown = catalogue.isPublished(name);
  if (isKnown && fresh.length === 0 && oldPages.length === 0) return null;
  return takenProject(adoption, page, [...verdicts.values()], oldPages);
}

function tellOf(
  name: ProjectName,
  file: DistFile,
  verdict: FileVerdict | undefined,
  tally: AdoptTally,
): void {
  if (verdict === undefined) return;
  tally.others += verdict.others;
  if (verdict.kind === 'left-out') tally.leftOut(name, file.filename, verdict.reason, verdict.message);
  else if (verdict.before) tally.filesBefore += 1;
}

function takenProject(
  { deps }: Adoption,
  page: Detail,
  verdicts: readonly FileVerdict[],
  oldPages: readonly DocrootPath[],
): TakenProject {
  const { name } = page;
  const committed = deps.catalogue.detail(name);
  const before = deps.catalogue.filesOf(name).filter(({ state }) => state === 'published');
  const names = new Set(before.map(({ filename }) => filename));
  const taken = verdicts.filter((verdict) => verdict.kind === 'taken');
  // Another tree may have a file of the same name at another address: the first one stays.
  const fresh = taken.filter(({ row }) => !names.has(row.filename));
  const added = new Map(fresh.map(({ row }) => [row.filename, row]));
  const detail = provisionalDetail(committed, page, added);
  return {
    name,
    displayName: displayNameOf(page),
    status: detail.status,
    detail: deps.catalogue.pack(detail),
    files: [...before, ...added.values()],
    missing: verdicts.length - taken.length,
    bring: fresh.flatMap(({ bring }) => bring),
    oldPages,
    newFiles: fresh.length,
    newBytes: fresh.reduce((sum, { row }) => sum + row.sizeBytes, 0),
  };
}
