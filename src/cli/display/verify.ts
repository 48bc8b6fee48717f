/** A verify on the terminal: progress on stderr, findings and the summary on stdout, as text or as JSON lines. */
import type { RunEvent } from '../../events.ts';
import type { Finding } from '../../mirror/verify/damage.ts';
import type { VerifyEvent, VerifySummary } from '../../mirror/verify/report.ts';
import type { CliContext } from '../context.ts';
import { errorObject } from '../errors.ts';
import { showError } from '../report.ts';
import { isTerminal, styleFor } from '../style.ts';
import { jsonText } from '../text.ts';
import { bytesText } from './format.ts';
import type { LiveDisplay } from './live.ts';
import { logRecord, PROGRESS_EVERY_MS } from './plain.ts';
import { renderVerifyFrame, VerifyProgress } from './verify-frame.ts';
import { FINDINGS_SHOWN_MAX, renderFindings, renderVerify } from './verify-text.ts';

const NO_WAVE = { projects: 0, files: 0, bytes: 0 };

export class VerifyDisplay {
  readonly #context: CliContext;
  readonly #progress: VerifyProgress;
  readonly #findings: Finding[] = [];
  #saidMs: number;
  #live: LiveDisplay | null = null;
  #isOver = false;

  constructor(context: CliContext) {
    this.#context = context;
    this.#saidMs = context.clock.now();
    this.#progress = new VerifyProgress(this.#saidMs);
  }

  readonly tell = (event: VerifyEvent): void => {
    const { clock, output } = this.#context;
    this.#progress.take(event, clock.now());
    if (event.type === 'finding' && this.#findings.length < FINDINGS_SHOWN_MAX) this.#findings.push(event);
    if (event.type === 'summary') this.stop();
    if (output.json) this.#printJson(event);
    this.#say(event);
  };

  /** What the waves of a repair say: for the log only, because stdout has findings. */
  readonly waveEmit = (event: RunEvent): void => {
    const record = logRecord(event, NO_WAVE);
    // How each wave went is no news here; what went wrong is.
    if (record === null || (record.level === 'info' && !this.#context.output.verbose)) return;
    this.#context.log[record.level](record.fields, record.message);
  };

  /** Ends what is live; harmless when nothing is, or twice. */
  stop(): void {
    this.#isOver = true;
    this.#live?.stop();
    this.#live = null;
  }

  #printJson(event: VerifyEvent): void {
    const { print } = this.#context;
    if (event.type === 'stopped') print(`${jsonText(errorObject(event.error))}\n`);
    else if (event.type !== 'started' && event.type !== 'progress') print(`${jsonText(event)}\n`);
  }

  #say(event: VerifyEvent): void {
    const { log, output, io, lines } = this.#context;
    switch (event.type) {
      case 'started':
        if (event.resumedAt !== null) log.info(`goes on at ${event.resumedAt}`);
        this.#startLive();
        break;
      case 'progress':
        this.#sayProgress();
        break;
      case 'finding':
      case 'repaired': {
        const { type, kind, project, path, expected, received } = event;
        log.debug({ kind, project, path, expected, received }, type);
        break;
      }
      case 'warning':
        log.warn({ code: event.code }, event.message);
        break;
      case 'stopped':
        if (!output.json && event.error.code !== 'INTERRUPTED')
          showError(event.error, { io, output, log, lines });
        break;
      case 'summary':
        this.#printSummary(event);
        break;
    }
  }

  /** With `--quiet` only what is not good news is printed, so that cron stays silent. */
  #printSummary(summary: VerifySummary): void {
    const { output, print, style } = this.#context;
    if (output.json || (output.quiet && summary.exitStatus === 0)) return;
    print(renderFindings(this.#findings, summary.damaged, style));
    print(renderVerify(summary, style));
  }

  #sayProgress(): void {
    const { clock, log } = this.#context;
    const nowMs = clock.now();
    if (this.#live !== null || nowMs - this.#saidMs < PROGRESS_EVERY_MS) return;
    this.#saidMs = nowMs;
    const { step, done, total, filesDone, bytesDone, found } = this.#progress;
    const rate = `${bytesText(Math.round(this.#progress.bytesPerS(nowMs)))}/s`;
    const count = total === null ? String(done) : `${done}/${total}`;
    log.info({ step, done: count, files: filesDone, bytes: bytesDone, rate, found }, 'progress');
  }

  #startLive(): void {
    const { clock, io, lines, output } = this.#context;
    if (output.json || output.quiet || output.logFormat === 'json' || !isTerminal(io.stderr, io.env)) return;
    const style = styleFor(io.stderr, io.env);
    const render = (nowMs: number, columns: number) =>
      renderVerifyFrame(this.#progress, nowMs, columns, style);
    import('./live.ts').then(
      ({ startDrawing }) => {
        if (!this.#isOver) this.#live = startDrawing(io.stderr, lines, clock, render);
      },
      // Without it the log lines tell the rest.
      () => {},
    );
  }
}
