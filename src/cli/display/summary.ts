/** The summary that ends a run: one screen that says what happened, what is owed and what to do next. */
import type { RuleCount, SyncSummary } from '../../events.ts';
import { exitMeaning } from '../exit-status.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, durationText, rateText, serialsText } from './format.ts';
import { pendingLines } from './pending.ts';
import type { Rehearsal } from './rehearsal.ts';

const PENDING_ROWS_MAX = 10;
const RESERVED_SHOWN_MAX = 10;
const LABEL_WIDTH = 11;

const RESERVED_MEANING = 'all is done, and upstream has a name that is reserved here';
/** Nothing else is left that a run could end with 3 for. */
const IN_DOUBT_NEXT = 'jubjub verify --repair; runs before did not flush, and the machine was started anew';
const RESERVED_NEXT =
  'somebody has registered a name of yours upstream: find out who, and that nobody installs it from there; told once';

/** Renders the summary, ending in a newline; of a dry run with what else it told. */
export function renderSummary(
  summary: SyncSummary,
  style: Style,
  rehearsal: Rehearsal | null = null,
): string {
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = [heading(summary, style)];
  for (const [name, text] of factLines(summary)) lines.push(`${label(name)}${text}`);
  const leaving = rehearsal?.leavingText() ?? null;
  if (leaving !== null) lines.push(`${label('leaving')}${leaving}`);
  if (summary.pending.length > 0) {
    lines.push(`${label('pending')}${style.yellow(countText(summary.pending.length, 'project'))}`);
    lines.push(...pendingLines(summary.pending, PENDING_ROWS_MAX, '; see jubjub status'));
  }
  lines.push(...selectionLines(summary, label, style));
  // Of an interruption the heading says everything.
  if (summary.stoppedBy !== null && summary.stoppedBy.code !== 'INTERRUPTED') {
    const { code, message } = summary.stoppedBy;
    lines.push(`${label('stopped')}${style.red(`${code}: ${printable(message)}`)}`);
  }
  const next = rehearsal?.nextStep() ?? nextStep(summary);
  if (next !== null) lines.push(`${label('next')}${next}`);
  return `${lines.join('\n')}\n`;
}

function heading(summary: SyncSummary, style: Style): string {
  const { exitStatus } = summary;
  const colour = exitStatus === 0 ? style.green : exitStatus === 3 ? style.yellow : style.red;
  const meaning = isOnlyTold(summary) ? RESERVED_MEANING : exitMeaning(exitStatus);
  if (summary.dryRun) {
    const head = style.bold('dry run: this is the plan; nothing was changed');
    return exitStatus === 0
      ? head
      : `${head}; ${colour(meaning)} ${style.dim(`(exit status ${exitStatus})`)}`;
  }
  return `${style.bold('sync:')} ${colour(meaning)} ${style.dim(`(exit status ${exitStatus})`)}`;
}

function factLines(summary: SyncSummary): [string, string][] {
  const written = summary.dryRun ? 'to be written' : 'written';
  const rate = summary.dryRun ? null : rateText(summary.bytes, summary.durationMs);
  const facts: [string, string][] = [
    ['serial', serialsText(summary.from, summary.serial)],
    ['projects', `${summary.projects} ${written}${newText(summary)}, ${summary.unchanged} unchanged`],
    ['files', `${summary.files} (${bytesText(summary.bytes)})`],
  ];
  if (summary.withdrawn > 0 || summary.filesWithdrawn > 0) {
    const bytes = summary.bytesWithdrawn === 0 ? '' : ` (${bytesText(summary.bytesWithdrawn)})`;
    const text = `${countText(summary.withdrawn, 'project')}, ${countText(summary.filesWithdrawn, 'file')}`;
    facts.push(['withdrawn', `${text}${bytes}`]);
  }
  for (const name of ['recalled', 'hidden', 'deleted'] as const) {
    const { files, bytes } = summary[name];
    if (files > 0) facts.push([name, `${countText(files, 'file')} (${bytesText(bytes)})`]);
  }
  const { checked, found } = summary.drift;
  if (checked > 0) facts.push(['drift', `${found} of ${checked} revalidated`]);
  facts.push(['requests', String(summary.requests)]);
  facts.push(['took', `${durationText(summary.durationMs)}${rate === null ? '' : ` (${rate})`}`]);
  return facts;
}

function newText({ added }: SyncSummary): string {
  return added === 0 ? '' : ` (${added} new)`;
}

/** What the rules leave out: of a dry run rule by rule, for there the rules are tried out. */
function selectionLines(
  { selection, reserved, dryRun }: SyncSummary,
  label: (name: string) => string,
  style: Style,
): string[] {
  const { dropped, doubts } = selection;
  const lines: string[] = [];
  if (dropped.length > 0) {
    lines.push(`${label('left out')}${countsText(sumOf(dropped))}`);
    if (dryRun) lines.push(...ruleLines(dropped));
  }
  if (doubts > 0) {
    const times = countText(doubts, 'time');
    lines.push(`${label('doubts')}${times} a rule could not be applied, and kept; jubjub explain says where`);
  }
  if (reserved.length > 0) {
    const names = reserved.slice(0, RESERVED_SHOWN_MAX).map(printable).join(', ');
    const more = reserved.length > RESERVED_SHOWN_MAX ? ', …' : '';
    const text = `upstream has ${countText(reserved.length, 'name')} reserved here: ${names}${more}`;
    lines.push(`${label('reserved')}${style.yellow(text)}`);
  }
  return lines;
}

function ruleLines(dropped: readonly RuleCount[]): string[] {
  const width = Math.max(...dropped.map(({ rule }) => rule.length));
  return dropped.map((count) => `    ${printable(count.rule).padEnd(width)}  ${countsText(count)}`);
}

type Counts = Omit<RuleCount, 'rule'>;

function sumOf(dropped: readonly RuleCount[]): Counts {
  const sum = (key: keyof Counts) => dropped.reduce((total, count) => total + count[key], 0);
  return { projects: sum('projects'), files: sum('files'), bytes: sum('bytes') };
}

/** `2 projects, 12 files (1.2 MB)`; what is left out by its name alone has no files that are known. */
function countsText({ projects, files, bytes }: Counts): string {
  const parts = projects === 0 ? [] : [countText(projects, 'project')];
  if (files > 0) parts.push(`${countText(files, 'file')} (${bytesText(bytes)})`);
  return parts.join(', ') || 'nothing';
}

/** What to type or look at next; null when there is nothing to do. */
export function nextStep(summary: SyncSummary): string | null {
  switch (summary.exitStatus) {
    case 0:
      return summary.dryRun && changes(summary) > 0 ? 'jubjub sync does it' : null;
    case 1:
      return 'this is a bug in jubjub: please report it with the lines above';
    case 3:
      return nextWhenOwed(summary);
    case 4:
      return 'run jubjub sync again when the upstream is well; nothing is lost';
    case 6:
      return 'make room or mend the disk, then run jubjub sync again';
    case 7:
      return 'wait for the other run, or stop it';
    case 130:
      return 'run jubjub sync again; it goes on from here';
    default:
      return null;
  }
}

function changes({ projects, withdrawn, files, filesWithdrawn }: SyncSummary): number {
  return projects + withdrawn + files + filesWithdrawn;
}

/** Nothing is owed: the run ends with 3 so that somebody looks. */
function isOnlyTold({ exitStatus, reserved, pending, stoppedBy }: SyncSummary): boolean {
  return exitStatus === 3 && reserved.length > 0 && pending.length === 0 && stoppedBy === null;
}

function nextWhenOwed(summary: SyncSummary): string {
  if (isOnlyTold(summary)) return RESERVED_NEXT;
  const { stoppedBy, pending } = summary;
  if (stoppedBy === null && pending.length === 0) return IN_DOUBT_NEXT;
  const codes = new Set<string>([
    ...(stoppedBy === null ? [] : [stoppedBy.code]),
    ...pending.map((p) => p.code),
  ]);
  if (codes.has('LIMIT_REMOVALS')) {
    return 'make sure that these removals are meant, then: jubjub sync --allow-removals <n>';
  }
  if (codes.has('LIMIT_PENDING')) return 'see what the pending projects have in common: jubjub status';
  return 'run jubjub sync again; pending projects are tried first';
}
