/** One picture of the live display: the state of a run in at most four lines of a given width. */
import type { Phase } from '../../events.ts';
import type { Style } from '../style.ts';
import { bytesText, countText, durationText, serialText } from './format.ts';
import type { Progress } from './progress.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  discover: 'getting ready',
  details: 'asking for pages',
  transfer: 'bringing files',
  publish: 'publishing pages',
  commit: 'committing',
  prune: 'clearing up',
};
const BAR_WIDTH_MAX = 30;
const BAR_WIDTH_MIN = 8;
/** What stands beside a bar. */
const BESIDE_BAR_WIDTH = 48;

/** Draws the state at a moment. Every line is at most `columns` wide. */
export function renderFrame(progress: Progress, nowMs: number, columns: number, style: Style): string {
  const barWidth = Math.max(BAR_WIDTH_MIN, Math.min(BAR_WIDTH_MAX, columns - BESIDE_BAR_WIDTH));
  const fit = (line: string) =>
    line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
  return [
    style.bold(fit(headLine(progress, nowMs))),
    // While nobody knows how much there is, an empty bar would say that nothing is.
    ...(isReading(progress) ? [] : [fit(projectsLine(progress, barWidth))]),
    ...(progress.bytesPlanned > 0 || progress.bytesDone > 0
      ? [fit(bytesLine(progress, nowMs, barWidth))]
      : []),
    style.dim(fit(footLine(progress, nowMs))),
  ].join('\n');
}

/** A bar of a width; what overshoots is full. */
export function bar(done: number, total: number, width: number): string {
  const share = total <= 0 ? 0 : Math.min(1, done / total);
  // Only what is done entirely is shown as full.
  const full = share === 1 ? width : Math.min(width - 1, Math.round(share * width));
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** True until it is known what is to be done. */
function isReading({ phase, head }: Progress): boolean {
  return phase === 'discover' && head === null;
}

function phaseText(progress: Progress): string {
  if (progress.phase === null) return 'starting';
  if (!isReading(progress)) return PHASES[progress.phase];
  return progress.from === null ? 'reading the project list' : 'reading the changelog';
}

function headLine(progress: Progress, nowMs: number): string {
  const parts = [phaseText(progress)];
  if (progress.wave > 0) parts.push(`wave ${progress.wave}`);
  if (progress.head !== null) parts.push(`serial ${serialText(progress.from)} → ${progress.head}`);
  parts.push(durationText(nowMs - progress.startedAtMs));
  return parts.join(' · ');
}

function projectsLine(progress: Progress, barWidth: number): string {
  const { projectsDone, projectsTotal } = progress;
  return `projects ${bar(projectsDone, projectsTotal, barWidth)} ${projectsDone} of ${projectsTotal}`;
}

function bytesLine(progress: Progress, nowMs: number, barWidth: number): string {
  const { bytesDone, bytesPlanned } = progress;
  const amounts = `${bytesText(bytesDone)} of ${bytesText(Math.max(bytesDone, bytesPlanned))}`;
  const rate = `${bytesText(Math.round(progress.bytesPerS(nowMs)))}/s`;
  return `bytes    ${bar(bytesDone, bytesPlanned, barWidth)} ${amounts}, ${rate}`;
}

function footLine(progress: Progress, nowMs: number): string {
  const leftMs = progress.leftMs(nowMs);
  const parts = [countText(progress.filesDone, 'file'), `${progress.pending} pending`];
  if (leftMs !== null) parts.push(`about ${durationText(Math.max(1000, leftMs))} left`);
  return parts.join(' · ');
}
