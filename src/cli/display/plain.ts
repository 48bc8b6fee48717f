/** A run as log lines: what each event says, and how important it is. */
import type { RunEvent } from '../../events.ts';
import type { LogLevel } from '../log.ts';
import { bytesText } from './format.ts';
import type { Progress, WaveCounts } from './progress.ts';

export interface LogRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line about long phases at most this often. */
export const PROGRESS_EVERY_MS = 10_000;

/**
 * What the log says of an event, or null for nothing. `wave` is what the wave did that a `committed` event ends. What a dry run would
 * do to each project is much, and its summary counts it.
 */
export function logRecord(event: RunEvent, wave: WaveCounts, dryRun = false): LogRecord | null {
  const { type, ...fields } = event;
  switch (event.type) {
    case 'started':
      return {
        level: 'info',
        message: event.dryRun ? 'dry run started' : 'sync started',
        fields: drop(fields, 'dryRun'),
      };
    case 'upstream':
      return { level: 'info', message: `changes are learnt by ${event.why}`, fields: { kind: event.kind } };
    case 'drift':
      return { level: 'info', message: 'was not as upstream has it, and no change had said so', fields };
    case 'discovered':
      return { level: 'info', message: 'discovered', fields };
    case 'committed':
      return { level: 'info', message: 'wave committed', fields: { ...fields, ...wave } };
    case 'withdrawn':
      return dryRun
        ? { level: 'debug', message: 'project would be withdrawn', fields }
        : { level: 'info', message: 'project withdrawn', fields };
    case 'pending':
      return { level: 'warn', message: 'project pending', fields };
    case 'reserved':
      return { level: 'warn', message: 'upstream has a name that is reserved here', fields };
    case 'retry':
      return {
        level: 'warn',
        message: 'asking again',
        fields: { ...fields, waitMs: Math.round(event.waitMs) },
      };
    case 'warning':
      return {
        // It is why the run does not end with 0, so that cron must tell of it.
        level: event.code === 'STORE_IN_DOUBT' ? 'error' : 'warn',
        message: event.message,
        fields: { code: event.code },
      };
    case 'phase':
    case 'planned':
    case 'detail':
    case 'file':
    case 'recalled':
    case 'hidden':
    case 'deleted':
    case 'published':
      return { level: 'debug', message: type, fields };
    case 'pace':
      return { level: 'debug', message: 'fewer requests at a time', fields };
    case 'left-out':
      return { level: 'debug', message: dryRun ? 'project would be left out' : 'project left out', fields };
    case 'summary':
      return { level: 'info', message: 'sync ended', fields: { ...fields, pending: event.pending.length } };
    // The error of a stopped run is shown as errors are, not as a line.
    case 'stopped':
    case 'bytes':
      return null;
  }
}

/** What the log says now and then while a phase lasts. */
export function progressRecord(progress: Progress, nowMs: number): LogRecord {
  const leftMs = progress.leftMs(nowMs);
  return {
    level: 'info',
    message: 'progress',
    fields: {
      phase: progress.phase,
      wave: progress.wave,
      projects: `${progress.projectsDone}/${progress.projectsTotal}`,
      files: progress.filesDone,
      bytes: progress.bytesDone,
      rate: `${bytesText(Math.round(progress.bytesPerS(nowMs)))}/s`,
      pending: progress.pending,
      ...(leftMs === null ? {} : { leftS: Math.round(leftMs / 1000) }),
    },
  };
}

function drop(fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _dropped, ...rest } = fields;
  return rest;
}
