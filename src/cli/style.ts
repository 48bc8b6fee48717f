/** Colours, or none: decided once per stream, so that renderers stay pure. */
import { styleText } from 'node:util';
import type { Io, OutputStream } from './io.ts';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly green: (text: string) => string;
}

const same = (text: string) => text;

export const PLAIN: Style = { bold: same, dim: same, red: same, yellow: same, green: same };

const coloured = (format: keyof Style) => (text: string) =>
  styleText(format, text, { validateStream: false });

export const COLOURED: Style = {
  bold: coloured('bold'),
  dim: coloured('dim'),
  red: coloured('red'),
  yellow: coloured('yellow'),
  green: coloured('green'),
};

/** True for a terminal that can move its cursor. */
export function isTerminal(stream: OutputStream, env: Io['env']): boolean {
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** Colours only on a terminal, and never with NO_COLOR set (https://no-color.org). */
export function styleFor(stream: OutputStream, env: Io['env']): Style {
  return isTerminal(stream, env) && !env['NO_COLOR'] ? COLOURED : PLAIN;
}
