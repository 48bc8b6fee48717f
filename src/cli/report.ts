/** Shows an error where the flags want it: as a block or a log record on stderr, as an object on stdout. */
import type { JubjubError } from '../errors.ts';
import { errorObject, renderError } from './errors.ts';
import type { Io } from './io.ts';
import type { Lines } from './lines.ts';
import type { Logger } from './log.ts';
import type { OutputFlags } from './options.ts';
import { styleFor } from './style.ts';
import { jsonText } from './text.ts';

export interface ReportDeps {
  readonly io: Io;
  readonly output: OutputFlags;
  readonly log: Logger;
  readonly lines: Lines;
}

export function showError(error: JubjubError, { io, output, log, lines }: ReportDeps): void {
  // A first sync takes days: cron must not write a mail each time that it finds it running.
  if (output.quiet && !output.json && error.code === 'LOCK_HELD') return;
  if (output.json) io.stdout.write(`${jsonText(errorObject(error))}\n`);
  if (output.logFormat === 'json') {
    const { type: _type, message, ...facts } = errorObject(error);
    log.error(facts, String(message));
  } else if (!output.json) {
    const block = renderError(error, { style: styleFor(io.stderr, io.env), verbose: output.verbose });
    lines.write(block.trimEnd());
  }
}
