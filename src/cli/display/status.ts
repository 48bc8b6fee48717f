/** The answer of `jubjub status`: the mirror's state as a readable screen, or as the contract's JSON. */
import type { FileCount } from '../../events.ts';
import type { LastRun, StatusReport } from '../../mirror/status-report.ts';
import { exitMeaning } from '../exit-status.ts';
import type { Style } from '../style.ts';
import { jsonText, printable } from '../text.ts';
import { bytesText, countText, serialsText, serialText } from './format.ts';
import { pendingLines } from './pending.ts';

const LABEL_WIDTH = 15;
const PENDING_ROWS_MAX = 1000;
const RESERVED_SHOWN_MAX = 10;

/** What is so at this moment only, and therefore not in the report. */
export interface StatusNow {
  /** Who holds the lock; null when no run is going on. */
  readonly running: string | null;
  /** Projects that a run has found to do and not come to yet. */
  readonly untried: number;
  readonly takenDown: TakenDown;
  readonly selection: SelectionNow;
}

/** What of upstream is not here because the operator's rules say so. */
export interface SelectionNow {
  /** Projects that upstream has. */
  readonly leftOut: number;
  /** Reserved names that upstream has. */
  readonly reserved: readonly string[];
  /** Needs of kept releases, and what requirements and `allow` name, that nothing on the pages answers. */
  readonly unmetNeeds: number;
  readonly unmetRequirements: number;
}

/** Files that no page links to any more. */
export interface TakenDown {
  /** In the docroot until hide-after has passed. */
  readonly waiting: number;
  /** In the docroot because the operator keeps them. */
  readonly held: number;
  readonly trash: FileCount;
}

/** Renders the screen, ending in a newline. */
export function renderStatus(report: StatusReport, now: StatusNow, style: Style): string {
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const pending = report.pending.length;
  return `${[
    style.bold(`mirror of ${printable(report.upstream)}`),
    `${label('serial')}${serialText(report.serial)}`,
    ...(report.changes === null ? [] : [`${label('changes')}${report.changes}`]),
    `${label('projects')}${report.projects}`,
    `${label('files')}${report.files} (${bytesText(report.bytes)})`,
    ...takenDownRows(now.takenDown).map(([name, text]) => `${label(name)}${text}`),
    ...selectionRows(now.selection, style).map(([name, text]) => `${label(name)}${text}`),
    `${label('last run')}${report.lastRun === null ? 'never' : lastRunText(report.lastRun)}`,
    ...(now.running === null ? [] : [`${label('running')}${now.running}`]),
    ...(now.untried === 0 ? [] : [`${label('to do')}${style.yellow(toDoText(now))}`]),
    `${label('last complete')}${report.lastComplete ?? 'never'}`,
    `${label('drift')}${driftText(report.drift)}`,
    `${label('pending')}${pending === 0 ? style.green('none') : style.yellow(countText(pending, 'project'))}`,
    ...pendingLines(report.pending, PENDING_ROWS_MAX, '; see jubjub status --json'),
  ].join('\n')}\n`;
}

/**
 * The JSON object of the contract on one line, ending in a newline; keys in the contract's order whatever the report's. Reserved names
 * stand here only: `web/status.json` is public, and they may be nobody's business.
 */
export function statusJson(report: StatusReport, now: SelectionNow): string {
  const { leftOut, reserved, unmetNeeds, unmetRequirements } = now;
  const { serial, upstream, changes, projects, files, bytes, pending, drift, lastRun, lastComplete } = report;
  const inOrder = {
    serial,
    upstream,
    changes,
    projects,
    files,
    bytes,
    pending,
    drift,
    lastRun,
    lastComplete,
    leftOut,
    reserved,
    unmetNeeds,
    unmetRequirements,
  };
  return `${jsonText(inOrder)}\n`;
}

/** Only what there is: most mirrors have none of it most of the time. */
function takenDownRows({ waiting, held, trash }: TakenDown): [string, string][] {
  const rows: [string, string][] = [];
  if (waiting > 0) rows.push(['withdrawn', `${countText(waiting, 'file')}, in the docroot until hide-after`]);
  if (held > 0) rows.push(['held', `${countText(held, 'file')} kept by jubjub restore`]);
  if (trash.files > 0) rows.push(['trash', `${countText(trash.files, 'file')} (${bytesText(trash.bytes)})`]);
  return rows;
}

function selectionRows(now: SelectionNow, style: Style): [string, string][] {
  const { leftOut, reserved, unmetNeeds, unmetRequirements } = now;
  const rows: [string, string][] = [];
  if (leftOut > 0) rows.push(['left out', `${countText(leftOut, 'project')} that upstream has`]);
  if (unmetRequirements > 0) {
    const asked = `${countText(unmetRequirements, 'requirement')} that nothing here answers`;
    rows.push(['not here', style.yellow(asked)]);
  }
  if (unmetNeeds > 0) {
    const needs = `${countText(unmetNeeds, 'need')} of kept releases that nothing here answers`;
    rows.push(['unmet', style.yellow(needs)]);
  }
  if (reserved.length > 0) {
    const names = reserved.slice(0, RESERVED_SHOWN_MAX).map(printable).join(', ');
    const more =
      reserved.length > RESERVED_SHOWN_MAX ? `, and ${reserved.length - RESERVED_SHOWN_MAX} more` : '';
    rows.push(['reserved', style.yellow(`upstream has ${names}${more}`)]);
  }
  return rows;
}

function toDoText({ running, untried }: StatusNow): string {
  const projects = countText(untried, 'project');
  return running === null ? `${projects}: the last run was cut short; jubjub sync goes on` : projects;
}

/** The measured error rate: what the latest revalidations found. */
function driftText(drift: StatusReport['drift']): string {
  if (drift === null) return 'nothing revalidated yet';
  const percent = ((100 * drift.found) / Math.max(1, drift.checked)).toFixed(2);
  return `${drift.found} of ${drift.checked} revalidated since ${drift.since} (${percent} %)`;
}

function lastRunText(run: LastRun): string {
  const serials = `serial ${serialsText(run.from, run.to)}`;
  return `${run.startedAt} to ${run.finishedAt}, ${serials}, exit status ${run.exitStatus} (${exitMeaning(run.exitStatus)})`;
}
