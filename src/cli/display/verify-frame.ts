/** Where a verify stands, gathered from its events, and one picture of it for the live display. */
import type { VerifyStep } from '../../mirror/verify/damage.ts';
import type { VerifyEvent } from '../../mirror/verify/report.ts';
import type { Style } from '../style.ts';
import { bytesText, countText, durationText } from './format.ts';
import { bar } from './frame.ts';

/** The rate is that of the last so many milliseconds. */
const RATE_WINDOW_MS = 10_000;
const SAMPLE_MS = 500;
/** Before this, a time left would be a guess. */
const ESTIMATE_AFTER_MS = 3_000;
const BAR_WIDTH_MAX = 30;
const BAR_WIDTH_MIN = 8;
/** What stands beside a bar. */
const BESIDE_BAR_WIDTH = 48;

const STEPS: Readonly<Record<VerifyStep, string>> = {
  catalogue: 'checking the catalogue',
  pages: 'checking pages and files',
  files: 'checking pages and files',
  upstream: 'comparing with upstream',
  leftovers: 'looking for leftovers',
  root: 'checking the root index',
};

export class VerifyProgress {
  step: VerifyStep = 'catalogue';
  done = 0;
  total: number | null = null;
  filesDone = 0;
  bytesDone = 0;
  found = 0;
  readonly startedAtMs: number;
  #stepMs: number;
  /** Done before the step went on here. */
  #stepDone = 0;
  #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(nowMs: number) {
    this.startedAtMs = nowMs;
    this.#stepMs = nowMs;
  }

  take(event: VerifyEvent, nowMs: number): void {
    if (event.type === 'finding') this.found += 1;
    if (event.type !== 'progress') return;
    this.#addBytes(event.bytes, nowMs);
    // Files are looked at in one pass with pages; projects are what the bar counts.
    if (event.step === 'files') {
      this.filesDone = event.done;
      return;
    }
    if (event.step !== this.step) {
      this.step = event.step;
      this.#stepMs = nowMs;
      this.#stepDone = Math.max(0, event.done - 1);
    }
    this.done = event.done;
    this.total = event.total === null ? null : Math.max(event.total, event.done);
  }

  /** Bytes per second of late; 0 when nothing was read. */
  bytesPerS(nowMs: number): number {
    const first = this.#samples.find((sample) => nowMs - sample.atMs <= RATE_WINDOW_MS);
    if (first === undefined || nowMs <= first.atMs) return 0;
    return ((this.bytesDone - first.bytes) * 1000) / (nowMs - first.atMs);
  }

  /** Milliseconds until the step is done; null while nobody can know. */
  leftMs(nowMs: number): number | null {
    const elapsedMs = nowMs - this.#stepMs;
    const done = this.done - this.#stepDone;
    if (this.total === null || done <= 0 || elapsedMs < ESTIMATE_AFTER_MS) return null;
    const leftMs = (elapsedMs * (this.total - this.done)) / done;
    return leftMs > 0 ? leftMs : null;
  }

  #addBytes(bytes: number, nowMs: number): void {
    const last = this.#samples.at(-1);
    if (last === undefined || nowMs - last.atMs >= SAMPLE_MS) {
      this.#samples = this.#samples.filter((sample) => nowMs - sample.atMs <= RATE_WINDOW_MS);
      this.#samples.push({ atMs: nowMs, bytes });
    }
    this.bytesDone = bytes;
  }
}

/** Draws the state at a moment. Every line is at most `columns` wide. */
export function renderVerifyFrame(
  progress: VerifyProgress,
  nowMs: number,
  columns: number,
  style: Style,
): string {
  const fit = (line: string) =>
    line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`;
  const { step, done, total, filesDone, bytesDone, found } = progress;
  const barWidth = Math.max(BAR_WIDTH_MIN, Math.min(BAR_WIDTH_MAX, columns - BESIDE_BAR_WIDTH));
  const counted = step === 'leftovers' ? 'entries ' : 'projects';
  const hasBar = total !== null && step !== 'catalogue' && step !== 'root';
  const leftMs = progress.leftMs(nowMs);
  return [
    style.bold(fit(`${STEPS[step]} · ${durationText(nowMs - progress.startedAtMs)}`)),
    ...(hasBar ? [fit(`${counted} ${bar(done, total, barWidth)} ${done} of ${total}`)] : []),
    ...(total === null ? [fit(`${counted} ${done}`)] : []),
    style.dim(
      fit(
        [
          `${countText(filesDone, 'file')}, ${bytesText(bytesDone)} read`,
          `${bytesText(Math.round(progress.bytesPerS(nowMs)))}/s`,
          `${found} found`,
          ...(leftMs === null ? [] : [`about ${durationText(Math.max(1000, leftMs))} left`]),
        ].join(' · '),
      ),
    ),
  ].join('\n');
}
