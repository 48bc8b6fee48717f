/** What a verify has found and how it ended, as text: the first findings, and a table of damage by kind. */
import { DAMAGE, DAMAGE_KINDS, type Finding } from '../../mirror/verify/damage.ts';
import type { VerifySummary } from '../../mirror/verify/report.ts';
import { exitMeaning } from '../exit-status.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, durationText, rateText } from './format.ts';

/** More are counted; JSON lines tell all of them. */
export const FINDINGS_SHOWN_MAX = 20;

const LABEL_WIDTH = 11;

/** A block for each finding, ending in an empty line; nothing when there are none. */
export function renderFindings(findings: readonly Finding[], damaged: number, style: Style): string {
  const shown = findings.slice(0, FINDINGS_SHOWN_MAX);
  if (shown.length === 0) return '';
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = shown.flatMap(({ kind, project, path, expected, received }) => [
    [style.yellow(kind), ...[project, path].flatMap((text) => (text === null ? [] : [printable(text)]))].join(
      '  ',
    ),
    `${label('expected')}${printable(expected)}`,
    `${label('received')}${printable(received)}`,
  ]);
  if (damaged > shown.length) lines.push(`… and ${damaged - shown.length} more; --json tells all of them`);
  return `${lines.join('\n')}\n\n`;
}

/** The table that ends a verify, ending in a newline. */
export function renderVerify(summary: VerifySummary, style: Style): string {
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const lines = [heading(summary, style)];
  for (const [name, text] of facts(summary)) lines.push(`${label(name)}${text}`);
  lines.push(...damageTable(summary, style));
  const { stoppedBy } = summary;
  if (stoppedBy !== null && stoppedBy.code !== 'INTERRUPTED')
    lines.push(`${label('stopped')}${style.red(`${stoppedBy.code}: ${printable(stoppedBy.message)}`)}`);
  const next = nextStep(summary);
  if (next !== null) lines.push(`${label('next')}${next}`);
  return `${lines.join('\n')}\n`;
}

function heading(summary: VerifySummary, style: Style): string {
  const { exitStatus } = summary;
  const colour = exitStatus === 0 ? style.green : exitStatus === 3 ? style.yellow : style.red;
  return `${style.bold('verify:')} ${colour(endText(summary))} ${style.dim(`(exit status ${exitStatus})`)}`;
}

function endText({ exitStatus, damaged, unrepaired, repair }: VerifySummary): string {
  if (exitStatus === 0)
    return damaged === 0 ? 'everything is as it should be' : 'what was damaged is repaired';
  if (exitStatus === 5)
    return `damage ${repair ? `that could not be repaired: ${unrepaired} of ${damaged}` : 'found'}`;
  return exitMeaning(exitStatus);
}

function facts({ checked, subset, quick, resumedAt, durationMs }: VerifySummary): [string, string][] {
  const { projects, pages, files, bytes, beingSynced, asked, unanswered, absent, newer } = checked;
  const scope = [subset === null ? null : `part ${subset}`, quick ? 'existence and size' : null];
  const list: [string, string][] = [
    [
      'checked',
      `${countText(projects, 'project')}, ${countText(pages, 'page')}, ${countText(files, 'file')}`,
    ],
    ['read', bytesText(bytes)],
  ];
  const limits = scope.filter((text) => text !== null).join(', ');
  if (limits !== '') list.push(['only', limits]);
  if (resumedAt !== null) list.push(['resumed', printable(resumedAt)]);
  if (beingSynced > 0)
    list.push(['left out', `${countText(beingSynced, 'project')} that a run is working on`]);
  if (asked > 0) {
    const counts = [`${asked} asked`, `${newer} changed since the last sync`];
    if (absent > 0) counts.push(`${absent} answered 404`);
    if (unanswered > 0) counts.push(`${unanswered} not answered`);
    list.push(['upstream', counts.join(', ')]);
  }
  const rate = rateText(bytes, durationMs);
  list.push(['took', `${durationText(durationMs)}${rate === null ? '' : ` (${rate})`}`]);
  return list;
}

/** One row for each kind that was found. */
function damageTable({ damage, repaired, repair, damaged }: VerifySummary, style: Style): string[] {
  const label = style.dim(`  ${'damage'.padEnd(LABEL_WIDTH)}`);
  if (damaged === 0) return [`${label}${style.green('none')}`];
  const kinds = DAMAGE_KINDS.filter((kind) => damage[kind] > 0);
  const width = Math.max(...kinds.map((kind) => kind.length));
  const digits = Math.max(...kinds.map((kind) => String(damage[kind]).length));
  return kinds.map((kind, row) => {
    const mended = repair ? `  ${String(repaired[kind]).padStart(digits)} repaired` : '';
    const count = `${kind.padEnd(width)}  ${String(damage[kind]).padStart(digits)}`;
    return `${row === 0 ? label : ' '.repeat(LABEL_WIDTH + 2)}${count}${mended}  ${style.dim(DAMAGE[kind])}`;
  });
}

/** The repair that looks where this verify has looked: without `--upstream` it would not see what is behind. */
function repairCommand({ quick, subset, checked }: VerifySummary): string {
  const scope = [
    checked.asked > 0 ? ' --upstream' : '',
    quick ? ' --quick' : '',
    subset === null ? '' : ` --subset ${subset}`,
  ];
  return `jubjub verify --repair${scope.join('')}`;
}

/** What to type next; null when there is nothing to do. */
function nextStep(summary: VerifySummary): string | null {
  const { exitStatus, repair, damage } = summary;
  switch (exitStatus) {
    case 1:
      return 'this is a bug in jubjub: please report it with the lines above';
    case 3:
      return 'jubjub sync: what the repair could not finish is pending, and tried first';
    case 4:
      return 'run it again when the upstream is well; nothing is lost';
    case 5:
      if (!repair) return `${repairCommand(summary)} mends what can be mended`;
      return damage.catalogue > 0
        ? 'restore state/catalogue.db from a backup, or move it away: jubjub sync takes over the files that are there'
        : `see the warnings above, or jubjub status; then ${repairCommand(summary)} again`;
    case 6:
      return 'make room or mend the disk, then run it again';
    case 7:
      return 'another run has taken the lock: wait for it, or stop it';
    case 130:
      return 'jubjub verify --resume goes on from here, with the same options';
    default:
      return null;
  }
}
