/** The log: pino's JSON, or one plain line each, `time level message key=value`. Times are ISO 8601 in UTC. */
import { type Logger, pino } from 'pino';
import { type Clock, isoTime } from '../clock.ts';
import { redact } from '../config/redact.ts';
import { harmlessJson } from '../pypi/quote.ts';
import type { Style } from './style.ts';
import { printable } from './text.ts';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type { Logger };

export interface LogOptions {
  readonly format: LogFormat;
  /** What is less important than this is not written. */
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly style: Style;
  /** Takes one line without its newline. */
  readonly write: (line: string) => void;
}

/** A logger that writes each record at once; credentials in addresses never reach `write`. */
export function createLogger(options: LogOptions): Logger {
  const { format, style } = options;
  const toLine = format === 'json' ? jsonLine : (record: string) => textLine(JSON.parse(record), style);
  return pino(
    {
      level: options.level,
      // Neither process id nor host name: the same run writes the same log anywhere.
      base: null,
      timestamp: () => `,"time":"${isoTime(options.clock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (record: string) => options.write(toLine(record.trimEnd())) },
  );
}

/** Pino escapes the control characters below space; those of the upper half, and what turns text around, would reach a terminal. */
function jsonLine(record: string): string {
  return harmlessJson(redact(record));
}

/** One record as a line of text. */
export function textLine(record: Record<string, unknown>, style: Style): string {
  const { level, time, msg, ...fields } = record;
  const words = [
    style.dim(String(time)),
    levelText(String(level), style),
    printable(String(msg ?? '')),
    ...Object.entries(fields).map(([name, value]) => `${style.dim(`${name}=`)}${fieldText(value)}`),
  ];
  return words.join(' ');
}

function levelText(level: string, style: Style): string {
  const text = level.padEnd(5);
  if (level === 'warn') return style.yellow(text);
  return level === 'error' || level === 'fatal' ? style.red(text) : text;
}

/** Bare when it is one word; else quoted as JSON. */
function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return printable(value);
  return printable(JSON.stringify(value));
}
