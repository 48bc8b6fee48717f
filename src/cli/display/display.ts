/** Chooses how a run is shown: JSON lines, a live display, or log lines; and prints the summary that ends it. */
import type { JubjubError } from '../../errors.ts';
import type { Emit, RunEvent, SyncSummary } from '../../events.ts';
import type { Logger } from '../log.ts';
import { type ReportDeps, showError } from '../report.ts';
import { isTerminal, styleFor } from '../style.ts';
import { jsonLine } from './json.ts';
import type { LiveDisplay } from './live.ts';
import { type LogRecord, logRecord, PROGRESS_EVERY_MS, progressRecord } from './plain.ts';
import { Progress } from './progress.ts';
import { Rehearsal } from './rehearsal.ts';
import { renderSummary } from './summary.ts';

export interface DisplayDeps extends ReportDeps {
  /** Writes results to stdout. */
  readonly print: (text: string) => void;
}

export interface Display {
  readonly emit: Emit;
  /** True from `started` to `summary`. */
  isRunning(): boolean;
  /** Ends what is live; harmless when nothing is, or twice. */
  stop(): void;
}

/** A display for the runs of one command; each run begins with `started` and ends with `summary`. */
export function createDisplay(deps: DisplayDeps): Display {
  const { io, output, log, print } = deps;
  const live = output.json || output.quiet || output.logFormat === 'json' ? null : liveSwitch(deps);
  let progress = new Progress(io.clock.now());
  let progressSaidMs = io.clock.now();
  let isRunning = false;
  let rehearsal: Rehearsal | null = null;
  const emit = (event: RunEvent) => {
    const nowMs = io.clock.now();
    if (event.type === 'started') {
      isRunning = true;
      rehearsal = event.dryRun ? new Rehearsal() : null;
      progress = new Progress(nowMs);
      progressSaidMs = nowMs;
      live?.start(progress);
    }
    progress.take(event, nowMs);
    rehearsal?.take(event);
    if (event.type === 'summary') {
      isRunning = false;
      live?.stop();
    }
    if (event.type === 'stopped') showStop(event.error, deps);
    const wave = event.type === 'committed' ? progress.takeWave() : NO_WAVE;
    const record = logRecord(event, wave, rehearsal !== null);
    const shownLive = live?.isOn() === true;
    // A log of text has the printed summary beside it; one of JSON is read by programs that may have nothing else.
    const isShown = event.type === 'summary' && output.logFormat === 'text';
    if (record !== null && !isShown && !(shownLive && record.level === 'info' && !output.verbose))
      say(log, record);
    if (nowMs - progressSaidMs >= PROGRESS_EVERY_MS && event.type !== 'summary') {
      progressSaidMs = nowMs;
      if (!shownLive) say(log, progressRecord(progress, nowMs));
    }
    if (output.json) printJson(event, print);
    else if (event.type === 'summary') printSummary(event, rehearsal, deps);
  };
  return { emit, isRunning: () => isRunning, stop: () => live?.stop() };
}

const NO_WAVE = { projects: 0, files: 0, bytes: 0 };

function say(log: Logger, { level, message, fields }: LogRecord): void {
  log[level](fields, message);
}

function printJson(event: RunEvent, print: DisplayDeps['print']): void {
  const line = jsonLine(event);
  if (line !== null) print(`${line}\n`);
}

/** With `--quiet` only a summary that is not good news is printed, so that cron stays silent. */
function printSummary(
  summary: SyncSummary,
  rehearsal: Rehearsal | null,
  { io, output, print }: DisplayDeps,
): void {
  if (output.quiet && summary.exitStatus === 0) return;
  print(renderSummary(summary, styleFor(io.stdout, io.env), rehearsal));
}

/** JSON lines have it already; of an interruption, which the operator asked for, the summary says enough. */
function showStop(error: JubjubError, deps: DisplayDeps): void {
  if (!deps.output.json && error.code !== 'INTERRUPTED') showError(error, deps);
}

interface LiveSwitch {
  start(progress: Progress): void;
  stop(): void;
  isOn(): boolean;
}

/** Null when stderr is no terminal. */
function liveSwitch({ io, lines }: DisplayDeps): LiveSwitch | null {
  if (!isTerminal(io.stderr, io.env)) return null;
  let run = 0;
  let on = false;
  let current: LiveDisplay | null = null;
  return {
    isOn: () => on,
    start: (progress) => {
      on = true;
      const mine = ++run;
      // Loaded only here: a run from cron does not pay for a library that draws on terminals.
      import('./live.ts').then(
        ({ startLive }) => {
          if (!on || run !== mine) return;
          current = startLive(io.stderr, lines, io.clock, progress, styleFor(io.stderr, io.env));
        },
        // Without it the log lines tell the rest.
        () => {
          on = false;
        },
      );
    },
    stop: () => {
      on = false;
      current?.stop();
      current = null;
    },
  };
}
