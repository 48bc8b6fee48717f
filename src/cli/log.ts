/** The log: one JSON object a line, or one plain line, `time level message key=value`. Times are ISO 8601 in UTC. */
import { type Clock, isoTime } from '../clock.ts';
import { redact } from '../config/redact.ts';
import { harmlessJson } from '../pypi/quote.ts';
import type { Style } from './style.ts';
import { printable } from './text.ts';

export type LogFormat = 'text' | 'json';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What goes with a message, by name. */
export type LogFields = Readonly<Record<string, unknown>>;

interface Log {
  (message: string): void;
  (fields: LogFields, message: string): void;
}

/** Writes records at once, each at the level of the method's name. */
export type Logger = Readonly<Record<LogLevel, Log>>;

export interface LogOptions {
  readonly format: LogFormat;
  /** What is less important than this is not written. */
  readonly level: LogLevel;
  readonly clock: Clock;
  readonly style: Style;
  /** Takes one line without its newline. */
  readonly write: (line: string) => void;
}

/** What is as important as the level of the logger, or more, is written. */
const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A logger that writes each record at once; credentials in addresses never reach `write`. */
export function createLogger({ format, level: least, clock, style, write }: LogOptions): Logger {
  const methodOf = (level: LogLevel): Log => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return () => {};
    return (...args: [string] | [LogFields, string]) => {
      const [fields, msg] = args.length === 1 ? [{}, args[0]] : args;
      // Neither process id nor host name: the same run writes the same log anywhere.
      const record = JSON.stringify({ level, time: isoTime(clock.now()), ...fields, msg });
      write(format === 'json' ? jsonLine(record) : textLine(JSON.parse(record), style));
    };
  };
  const [debug, info, warn, error] = LEVELS.map(methodOf) as [Log, Log, Log, Log];
  return { debug, info, warn, error };
}

/** JSON escapes the control characters below space; those of the upper half, and what turns text around, would reach a terminal. */
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
  return level === 'error' ? style.red(text) : text;
}

/** Bare when it is one word; else quoted as JSON. */
function fieldText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return printable(value);
  return printable(JSON.stringify(value));
}
