/** What `jubjub restore` shows: each file, what became of it, and what will. */
import type { RestoredFile, RestoreState } from '../../mirror/restore.ts';
import { isThere } from '../../mirror/restore.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText } from './format.ts';

const STATES: Readonly<Record<RestoreState, string>> = {
  restored: 'back out of the trash',
  held: 'still in the docroot, and held there now',
  already: 'held before',
  damaged: 'NOT restored: its bytes are damaged, here or in the trash; they stay where they are',
  missing: 'NOT restored: it is not in the trash any more',
  taken: 'NOT restored: other bytes have its place in the docroot',
};

/** Renders the result, ending in a newline. */
export function renderRestored(
  name: string,
  files: readonly RestoredFile[],
  exitStatus: number,
  style: Style,
): string {
  const there = files.filter(isThere);
  const colour = exitStatus === 0 ? style.green : style.red;
  const ended = colour(`${there.length} of ${countText(files.length, 'file')} of ${name} in the docroot`);
  const lines = [`${style.bold('restore:')} ${ended} ${style.dim(`(exit status ${exitStatus})`)}`];
  for (const file of files) {
    lines.push(`  ${printable(file.filename)} (${bytesText(file.bytes)}): ${STATES[file.state]}`);
    if (file.why !== '') lines.push(`    ${style.dim(`it had left its page: ${printable(file.why)}`)}`);
  }
  if (there.some(({ why }) => /quarantined/.test(why)))
    lines.push(
      style.yellow('upstream had quarantined this: it may be malicious, and is served at its address now'),
    );
  if (there.length < files.length)
    lines.push('what could not be restored can only be had from upstream, or from a backup');
  const listed = there.filter((file) => file.listed).length;
  if (listed > 0)
    lines.push(`${countText(listed, 'file')} on upstream's page: the next jubjub sync links to it again`);
  if (there.length > listed)
    lines.push(
      `${countText(there.length - listed, 'file')} not on upstream's page: no page links to it; it is kept at its address,`,
      `held by the operator until \`jubjub restore ${name} --undo\``,
    );
  return `${lines.join('\n')}\n`;
}

/** Renders what was let go, ending in a newline. */
export function renderReleased(
  name: string,
  files: readonly { readonly filename: string; readonly bytes: number }[],
  style: Style,
): string {
  if (files.length === 0) return `${style.bold('restore:')} no file of ${name} was held\n`;
  return `${[
    `${style.bold('restore:')} ${style.green(`${countText(files.length, 'file')} of ${name} held no longer`)} ${style.dim('(exit status 0)')}`,
    ...files.map(({ filename, bytes }) => `  ${printable(filename)} (${bytesText(bytes)})`),
    'what no page links to leaves the docroot after hide-after',
  ].join('\n')}\n`;
}
