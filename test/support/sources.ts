/** The project's own source files, for tests of style and layers: paths, lines, and code without comments and texts. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

export interface SourceFile {
  /** From the repository's root, with `/`: `src/pypi/names.ts`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the inside of strings and regular expressions blanked; offsets stay. */
  readonly code: string;
}

/** A file of the repository, by its path from the root. */
export function readFromRoot(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

/** Every TypeScript file below src/, sorted by path. */
export function sourceFiles(): SourceFile[] {
  const root = fileURLToPath(new URL('src/', ROOT));
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .sort()
    .map((path) => sourceFile(path, readFromRoot(path)));
}

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, code: blanked(text) };
}

/** The line, counted from 1, of an offset in a text. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

/** A regular expression can only begin where a value can: after an operator, a bracket or `return`. */
const LITERALS = [
  /\/\/[^\n]*/y,
  /\/\*[\s\S]*?\*\//y,
  /'(?:\\.|[^'\\\n])*'/y,
  /"(?:\\.|[^"\\\n])*"/y,
  /`(?:\\[\s\S]|[^`\\])*`/y,
] as const;
const REGEX_LITERAL = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\/[a-z]*/y;
const VALUE_MAY_FOLLOW = /(?:^|[(,=:[!&|?{};+\n>]|\breturn)\s*$/;

function blanked(text: string): string {
  let code = '';
  for (let at = 0; at < text.length; ) {
    const literals = VALUE_MAY_FOLLOW.test(code.slice(-40)) ? [...LITERALS, REGEX_LITERAL] : LITERALS;
    const found = literals.map((literal) => matchAt(literal, text, at)).find((match) => match !== null);
    const piece = found ?? text.charAt(at);
    code += found === undefined ? piece : blank(piece);
    at += piece.length;
  }
  return code;
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** Of a template, what stands in `${…}` is code and stays. */
function blank(literal: string): string {
  if (!literal.startsWith('`')) return literal.replace(/[^\n]/g, ' ');
  return literal.replace(/\$\{[^}]*\}|[^\n]/g, (piece) => (piece.startsWith('${') ? piece : ' '));
}
