/** The summary that ends a run: one screen that says what happened, what is owed and what to do next. */
import type { SyncSummary } from '../../events.ts';
import { exitMeaning } from '../exit-status.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, durationText, rateText, serialsText } from './format.ts';
import { pendingLines } from './pending.ts';

const PENDING_ROWS_MAX = 10;
const LABEL_WIDTH = 11;

/** Renders the summary, ending in a newline. */
export function renderSummary(summary: SyncSummary, style: Style): string {
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = [heading(summary, style)];
  for (const [name, text] of factLines(summary)) lines.push(`${label(name)}${text}`);
  if (summary.pending.length > 0) {
    lines.push(`${label('pending')}${style.yellow(countText(summary.pending.length, 'project'))}`);
    lines.push(...pendingLines(summary.pending, PENDING_ROWS_MAX, '; see jubjub status'));
  }
  // Of an interruption the heading says everything.
  if (summary.stoppedBy !== null && summary.stoppedBy.code !== 'INTERRUPTED') {
    const { code, message } = summary.stoppedBy;
    lines.push(`${label('stopped')}${style.red(`${code}: ${printable(message)}`)}`);
  }
  const next = nextStep(summary);
  if (next !== null) lines.push(`${label('next')}${next}`);
  return `${lines.join('\n')}\n`;
}

function heading(summary: SyncSummary, style: Style): string {
  const { exitStatus } = summary;
  if (summary.dryRun && exitStatus === 0) return style.bold('dry run: this is the plan; nothing was changed');
  const colour = exitStatus === 0 ? style.green : exitStatus === 3 ? style.yellow : style.red;
  return `${style.bold('sync:')} ${colour(exitMeaning(exitStatus))} ${style.dim(`(exit status ${exitStatus})`)}`;
}

function factLines(summary: SyncSummary): [string, string][] {
  const written = summary.dryRun ? 'to be written' : 'written';
  const rate = summary.dryRun ? null : rateText(summary.bytes, summary.durationMs);
  const facts: [string, string][] = [
    ['serial', serialsText(summary.from, summary.serial)],
    ['projects', `${summary.projects} ${written}, ${summary.unchanged} unchanged`],
    ['files', `${summary.files} (${bytesText(summary.bytes)})`],
  ];
  if (summary.withdrawn > 0 || summary.filesWithdrawn > 0) {
    const text = `${countText(summary.withdrawn, 'project')}, ${countText(summary.filesWithdrawn, 'file')}`;
    facts.push(['withdrawn', text]);
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

/** What to type or look at next; null when there is nothing to do. */
export function nextStep(summary: SyncSummary): string | null {
  switch (summary.exitStatus) {
    case 0:
      return summary.dryRun && summary.projects + summary.withdrawn > 0 ? 'jubjub sync does it' : null;
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

function nextWhenOwed({ stoppedBy, pending }: SyncSummary): string {
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
