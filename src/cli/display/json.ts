/** A run as JSON, one object per line, for `sync --json`. */
import type { RunEvent } from '../../events.ts';
import { errorObject } from '../errors.ts';
import { jsonText } from '../text.ts';

/** The line of an event without its newline, or null for those that only feed bars. The summary comes in the contract's order. */
export function jsonLine(event: RunEvent): string | null {
  if (event.type === 'bytes') return null;
  if (event.type === 'stopped') return jsonText(errorObject(event.error));
  if (event.type !== 'summary') return jsonText(event);
  const { type, exitStatus, from, serial, projects, files, bytes, withdrawn, pending, ...more } = event;
  const contract = { type, exitStatus, from, serial, projects, files, bytes, withdrawn, pending };
  return jsonText({ ...contract, ...more });
}
