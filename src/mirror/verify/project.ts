/** One project: what the catalogue has of it, its pages and its files, looked at and not changed. */
import type { KnownFile, KnownProject } from '../../catalogue/contract.ts';
import type { Detail, DocrootPath, ProjectName } from '../../pypi/types.ts';
import { choose, keptOf } from '../chosen.ts';
import { isMadeOfLinks } from '../publish.ts';
import { type Finding, reasonOf } from './damage.ts';
import { checkFiles } from './files.ts';
import type { Look, ProjectLook, VerifyDeps } from './options.ts';
import { checkPages } from './pages.ts';
import { checkRows } from './rows.ts';

export interface ProjectReport extends ProjectLook {
  readonly name: ProjectName;
  readonly findings: readonly Finding[];
}

/** What the catalogue has of a project; what of that cannot be read is null. */
export interface Rows {
  readonly known: KnownProject;
  readonly detail: Detail | null;
  /** The same without the files that the selection left out. */
  readonly kept: Detail | null;
  /** Those that its page links to. */
  readonly files: readonly KnownFile[] | null;
  /** By the settings, or because what is to lie here could not be had yet. */
  readonly leadsUpstream: boolean;
}

/** Null when it is not published (any more): then there is nothing to look at. */
export async function checkProject(
  deps: VerifyDeps,
  name: ProjectName,
  look: Look,
): Promise<ProjectReport | null> {
  const findings: Finding[] = [];
  const known = tryRead(name, findings, () => deps.catalogue.project(name));
  if (known === null) return findings.length === 0 ? null : nothingSeen(name, findings);
  if (!known.published) return null;
  const detail = tryRead(name, findings, () => deps.catalogue.detail(name));
  const waits = () => deps.catalogue.due(name) !== null && isMadeOfLinks(deps, known, detail);
  const rows: Rows = {
    known,
    detail,
    kept: detail === null ? null : tryRead(name, findings, () => keptThen(deps, detail, known)),
    files: tryRead(name, findings, () => publishedFiles(deps, name)),
    leadsUpstream: !deps.settings.mirrorFiles || tryRead(name, findings, waits) === true,
  };
  const claimed: DocrootPath[] = [];
  for (const finding of checkRows(rows, claimed)) findings.push(finding);
  const pages = await checkPages(deps, rows, findings.length === 0, look);
  const files = await checkFiles(deps, rows, look);
  return {
    name,
    findings: [...findings, ...pages.findings, ...files.findings],
    pages: pages.pages,
    files: files.files,
    bytes: pages.bytes + files.bytes,
    claimed,
  };
}

/** What was kept when its files were selected: the clock has gone on since, and no run has looked. */
function keptThen(deps: VerifyDeps, detail: Detail, { selectedMs }: KnownProject): Detail {
  if (selectedMs === null || !deps.selection.judgesDetails) return detail;
  return keptOf(detail, choose(deps, detail, selectedMs));
}

function publishedFiles(deps: VerifyDeps, name: ProjectName): readonly KnownFile[] {
  return deps.catalogue.filesOf(name).filter((file) => file.state === 'published');
}

/** One row that cannot be read is a finding, whatever is wrong with it. */
function tryRead<T>(name: ProjectName, findings: Finding[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    findings.push({
      kind: 'row-unreadable',
      step: 'pages',
      project: name,
      path: null,
      expected: 'what a run has written',
      received: reasonOf(error),
    });
    return null;
  }
}

function nothingSeen(name: ProjectName, findings: readonly Finding[]): ProjectReport {
  return { name, findings, pages: 0, files: 0, bytes: 0, claimed: [] };
}
