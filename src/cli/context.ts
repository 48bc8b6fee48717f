/** What every command runs in: log, display, signals, results; set up before it and taken down after it. */
import type { Clock } from '../clock.ts';
import { asJubjubError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { createDisplay } from './display/display.ts';
import type { Io } from './io.ts';
import { Lines } from './lines.ts';
import { createLogger, type Logger, type LogLevel } from './log.ts';
import type { OutputFlags } from './options.ts';
import { showError } from './report.ts';
import { watchSignals } from './signals.ts';
import { type Style, styleFor } from './style.ts';

export interface CliContext {
  readonly io: Io;
  readonly clock: Clock;
  readonly output: OutputFlags;
  /** To stderr. */
  readonly log: Logger;
  /** The same stderr, for what is drawn over itself. */
  readonly lines: Lines;
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Takes the events of a run to the display; a `summary` event is also printed as the result. */
  readonly emit: Emit;
  /** How stdout is coloured. */
  readonly style: Style;
  /** Writes a result to stdout, as it is; the caller ends it with a newline. */
  readonly print: (text: string) => void;
}

export type Action = (context: CliContext) => Promise<number>;

/** Runs an action and answers its exit status; an error is shown and answers its own. Never rejects. */
export async function runAction(io: Io, output: OutputFlags, action: Action): Promise<number> {
  const lines = new Lines(io.stderr);
  const log = createLogger({
    format: output.logFormat,
    level: logLevel(output),
    clock: io.clock,
    style: styleFor(io.stderr, io.env),
    write: (line) => lines.write(line),
  });
  const print = (text: string) => void io.stdout.write(text);
  const display = createDisplay({ io, output, log, lines, print });
  const sayStopping = () => {
    if (display.isRunning()) log.warn('stopping: finishing what is in flight; again to stop at once');
    else log.info('stopping; again to stop at once');
  };
  const watch = watchSignals(io.signals, sayStopping, io.exit);
  const style = styleFor(io.stdout, io.env);
  try {
    const context = {
      io,
      clock: io.clock,
      output,
      log,
      lines,
      signal: watch.signal,
      emit: display.emit,
      style,
      print,
    };
    return await action(context);
  } catch (error) {
    display.stop();
    const known = asJubjubError(error);
    showError(known, { io, output, log, lines });
    return known.exitStatus;
  } finally {
    display.stop();
    watch.release();
  }
}

/** With `--json` the events stand on stdout already, so that stderr keeps to what is wrong. */
function logLevel(output: OutputFlags): LogLevel {
  if (output.verbose) return 'debug';
  if (output.quiet) return 'error';
  return output.json ? 'warn' : 'info';
}
