/** What `jubjub prune` shows: the files that would go, what a sweep finds, and how it ended. */
import type { FileCount, RunEvent } from '../../events.ts';
import type { Found, SweepResult } from '../../mirror/sweep.ts';
import { exitMeaning } from '../exit-status.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText } from './format.ts';

const LABEL_WIDTH = 11;
const KIND_WIDTH = 8;

export interface PruneResult {
  readonly dryRun: boolean;
  readonly hidden: FileCount;
  readonly deleted: FileCount;
  /** Withdrawn files whose time has not come. */
  readonly waiting: number;
  /** Withdrawn files that the operator keeps. */
  readonly held: number;
  readonly trash: FileCount;
}

/** The line of a dry run about one file; null for what is no file that goes. */
export function goingLine(event: RunEvent): string | null {
  if (event.type !== 'hidden' && event.type !== 'deleted') return null;
  const verb = event.type === 'hidden' ? 'hide' : 'delete';
  const { why } = event;
  const number = event.type === 'hidden' ? event.serial : null;
  const serial = number === null || why.includes(String(number)) ? '' : ` (serial ${number})`;
  const file = `${printable(event.filename)} (${bytesText(event.bytes)})`;
  const project = event.name === null ? '' : `${event.name}: `;
  return `${verb.padEnd(KIND_WIDTH)}${file}  ${project}${printable(why)}${serial}\n`;
}

/** Renders the result, ending in a newline. */
export function renderPrune(result: PruneResult, style: Style): string {
  const { dryRun, hidden, deleted, waiting, held, trash } = result;
  const heading = dryRun
    ? style.bold('dry run: this is what would go; nothing was changed')
    : `${style.bold('prune:')} ${style.green('done')} ${style.dim('(exit status 0)')}`;
  return withFacts(style, heading, [
    [dryRun ? 'to hide' : 'hidden', filesText(hidden)],
    [dryRun ? 'to delete' : 'deleted', filesText(deleted)],
    ...(waiting > 0 ? [['waiting', `${countText(waiting, 'file')} for hide-after`] as const] : []),
    ...(held > 0 ? [['held', `${countText(held, 'file')} by jubjub restore`] as const] : []),
    // A dry run would tell the trash as it would be then.
    ...(dryRun ? [] : [['trash', filesText(trash)] as const]),
    ...(dryRun && hidden.files + deleted.files > 0 ? [['next', 'jubjub prune does it'] as const] : []),
  ]);
}

const WHAT: Readonly<Record<Found['what'], string>> = {
  file: '',
  link: ' (a link: what it leads to was not looked at)',
  other: ' (not a file)',
  unreadable: ' (cannot be read: what is below it was not looked at)',
  name: ' (a name that no path of ours can have)',
};

/** The line of a sweep about one thing that the catalogue does not know. */
export function foundLine({ kind, path, bytes, what }: Found): string {
  const size = what === 'file' ? ` (${bytesText(bytes)})` : WHAT[what];
  const label = kind === 'by-hand' ? 'by hand' : kind;
  return `${label.padEnd(KIND_WIDTH)}${printable(path)}${size}\n`;
}

/** Renders the result of a sweep, ending in a newline. */
export function renderSweep(result: SweepResult, applied: boolean, exitStatus: number, style: Style): string {
  const { all, found, moved, stuck, byHand, unreadable } = result;
  const colour = exitStatus === 0 ? style.green : style.red;
  const ended = exitStatus === 0 ? 'done' : exitMeaning(exitStatus);
  const heading = `${style.bold('sweep:')} ${colour(ended)} ${style.dim(`(exit status ${exitStatus})`)}`;
  return withFacts(style, heading, [
    ['looked at', filesText(all)],
    ['unknown', filesText(found)],
    ...(applied ? [['moved', `${filesText(moved)} to state/trash/swept/`] as const] : []),
    ...(stuck > 0 ? [['stuck', `${countText(stuck, 'file')} that could not be moved`] as const] : []),
    ...(byHand > 0 ? [['by hand', `${byHand} that jubjub does not move`] as const] : []),
    ...(unreadable > 0 ? [['unread', `${unreadable} of these could not be read`] as const] : []),
    ...(applied || found.files === 0
      ? []
      : [
          [
            'next',
            'look at the list: --apply moves all of it to the trash, a robots.txt of yours too',
          ] as const,
        ]),
  ]);
}

function withFacts(
  style: Style,
  heading: string,
  facts: readonly (readonly [name: string, text: string])[],
): string {
  const lines = facts.map(([name, text]) => `${style.dim(`  ${name.padEnd(LABEL_WIDTH)}`)}${text}`);
  return `${[heading, ...lines].join('\n')}\n`;
}

function filesText({ files, bytes }: FileCount): string {
  return files === 0 ? 'nothing' : `${countText(files, 'file')} (${bytesText(bytes)})`;
}
