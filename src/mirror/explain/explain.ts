/**
 * Explains a project, or a release or file of it: kept or left out, by which rule, on the page or not, and why not.
 *
 * Everything is answered from the catalogue and by the selection, the same functions that `sync` selects with: no network, no lock,
 * nothing is changed. What the rules say is said as of now; what the docroot shows is as the last sync left it.
 */
import { isoTime } from '../../clock.ts';
import type { ProjectName } from '../../pypi/types.ts';
import type { Doubt } from '../../selection/verdict.ts';
import { toldSerial } from '../dialect.ts';
import { pendingReport } from '../report.ts';
import { type Answer, answerOf } from './answer.ts';
import { type Asked, allVersions, findAsked } from './asked.ts';
import { explainFiles, groupDrops } from './files.ts';
import { type ExplainDeps, type Known, readKnown } from './known.ts';
import { nearProject } from './near-project.ts';
import type { Explanation, FileExplanation } from './report.ts';
import { lookAhead } from './time.ts';
import { explainWanted } from './wanted.ts';

export type { ExplainDeps } from './known.ts';

/** `what` is a version in any spelling, or a filename; null: the whole project. */
export function explainProject(
  deps: ExplainDeps,
  name: ProjectName,
  what: string | null,
  nowMs: number,
): Explanation {
  return deps.catalogue.atomically(() => explain(deps, name, what, nowMs));
}

function explain(deps: ExplainDeps, name: ProjectName, what: string | null, nowMs: number): Explanation {
  const { catalogue, selection } = deps;
  const known = readKnown(deps, name, nowMs);
  const outlook = lookAhead(deps, known);
  const files = explainFiles(known, outlook);
  const asked = findAsked(deps, known, files, what);
  const pending = catalogue.pendingOf(name);
  const seen = catalogue.reserved().find((one) => one.name === name);
  const isReserved = seen !== undefined && selection.isReserved(name);
  const answer = answerOf(known, asked);
  return {
    project: name,
    asked: asked.what,
    ...answer,
    near: asked.near ?? nearOf(deps, known, answer),
    nextChange: outlook.next,
    page: pageOf(deps, known, files),
    upstream: upstreamOf(deps, known, files),
    removed: toldSerial(deps, known.project?.removed ?? null),
    removedBy: removedBy(known),
    pending: pending === null ? null : pendingReport(pending),
    reserved: isReserved ? { seen: isoTime(seen.seenMs), serial: toldSerial(deps, seen.serial) } : null,
    wanted: explainWanted(deps, name),
    leftOut: groupDrops(known, files),
    doubts: doubtsOf(known, asked),
    files: asked.files,
    serial: toldSerial(deps, known.serial),
    current: known.current,
  };
}

/** Somebody may have meant another project when nothing at all is known of this one. */
function nearOf(deps: ExplainDeps, known: Known, { standing }: Answer): string | null {
  const isUnheardOf = known.project === null && known.due === null && known.withdrawn.size === 0;
  return isUnheardOf && (standing === 'unknown' || isUnasked(known)) ? nearProject(deps, known.name) : null;
}

/** Nothing blocks it, it is only not among those that are asked for. */
function isUnasked({ drop }: Known): boolean {
  return drop?.rule === '[projects] allow' || drop?.rule === '[projects] requirements';
}

function removedBy({ project, withdrawn }: Known): string | null {
  if (project?.removed == null) return null;
  const times = [...withdrawn.values()].flatMap(({ serial, since }) =>
    serial === project.removed ? [since] : [],
  );
  return times.sort()[0] ?? null;
}

function pageOf(deps: ExplainDeps, known: Known, files: readonly FileExplanation[]): Explanation['page'] {
  if (known.project?.published !== true) return null;
  const shown = files.filter(({ filename }) => known.published.has(filename));
  return {
    serial: toldSerial(deps, known.project.serial),
    files: shown.length,
    releases: releasesOf(shown),
    bytes: shown.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
  };
}

function upstreamOf(
  deps: ExplainDeps,
  known: Known,
  files: readonly FileExplanation[],
): Explanation['upstream'] {
  if (known.detail === null) return null;
  const offered = files.filter(({ filename }) => known.offered.has(filename));
  return {
    serial: toldSerial(deps, known.detail.serial),
    status: known.detail.status,
    files: offered.length,
    releases: releasesOf(offered),
    newest: allVersions(known, offered).at(-1) ?? null,
  };
}

function releasesOf(files: readonly FileExplanation[]): number {
  return new Set(files.flatMap(({ version }) => version ?? [])).size;
}

/** Those of the project as a whole concern everything in it. */
function doubtsOf({ judgement }: Known, { what, files }: Asked): readonly Doubt[] {
  const doubts = judgement?.doubts ?? [];
  if (what === null) return doubts;
  const subjects = new Set<string | null>([null, what.name, ...files.map(({ filename }) => filename)]);
  for (const { version } of files) subjects.add(version);
  return doubts.filter(({ subject }) => subjects.has(subject));
}
