/** What `jubjub config import` does once its command line is understood. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { ReadRequirements, RequirementFile } from '../bandersnatch/context.ts';
import { type Imported, importBandersnatch } from '../bandersnatch/import.ts';
import { CONFIG_BYTES_MAX } from '../config/load.ts';
import { REQUIREMENT_BYTES_MAX, REQUIREMENT_FILE_BYTES_MAX } from '../config/requirements/source.ts';
import { JubjubError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { writeNew } from './run-config.ts';
import { jsonText, printable } from './text.ts';

/** Requirements files that one glob may stand for. */
const GLOB_FILES_MAX = 1000;
/** Keys, and lines, that the report names; the file has all of them. */
const NAMED_MAX = 10;

const STDOUT = '-';

/** Reads the one configuration and writes, or prints, the other. */
export async function runConfigImport(source: string, target: string, context: CliContext): Promise<number> {
  const { io, output, print } = context;
  const from = resolve(io.cwd, source);
  const file = resolve(io.cwd, target === STDOUT ? 'mirror.toml' : target);
  const imported = importBandersnatch(readConf(from), {
    name: basename(from),
    file,
    readRequirements: requirementReader(dirname(from)),
  });
  const prints = target === STDOUT;
  if (!prints) writeNew(file, imported.toml);
  if (output.json) print(`${jsonText(asJson(prints ? null : file, imported))}\n`);
  else if (prints) print(imported.toml);
  if (output.json || output.quiet) return 0;
  const report = reportOf(imported, output.verbose);
  if (prints) io.stderr.write(report);
  else
    print(
      `wrote ${printable(file)}\n${report}  next       jubjub config check -c ${printable(target)}; then see docs/migrating.md\n`,
    );
  return 0;
}

function readConf(path: string): string {
  try {
    return readWhole(path, CONFIG_BYTES_MAX);
  } catch (cause) {
    if (cause instanceof JubjubError) throw cause;
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    if (reason !== 'ENOENT' && reason !== 'ENOTDIR') throw refusal(path, reason, cause);
    throw new JubjubError('CONFIG_MISSING', `there is no such configuration of bandersnatch: ${path}`, {
      path,
      hint: 'bandersnatch looks for /etc/bandersnatch.conf unless it is told otherwise',
      cause,
    });
  }
}

/** The text of a file; not of a pipe, which may never speak, nor of a device, which may never end. */
function readWhole(path: string, bytesMax: number): string {
  const stat = statSync(path);
  if (!stat.isFile()) throw refusal(path, 'a folder, a pipe, a device or the like');
  if (stat.size > bytesMax) throw refusal(path, `more than ${bytesMax} bytes`);
  return readFileSync(path, 'utf8');
}

function refusal(path: string, received: string, cause?: unknown): JubjubError {
  return new JubjubError('CONFIG_INVALID', `the configuration of bandersnatch cannot be read: ${path}`, {
    path,
    expected: 'a readable text file',
    received,
    cause,
  });
}

/** Finds requirements files beside the bandersnatch.conf; the last part of a path may be a glob, as in bandersnatch. */
function requirementReader(folder: string): ReadRequirements {
  // Each is read once, however often it is named.
  const texts = new Map<string, string>();
  let left = REQUIREMENT_BYTES_MAX;
  const textOf = (path: string): string => {
    const known = texts.get(path);
    if (known !== undefined) return known;
    const text = readWhole(path, REQUIREMENT_FILE_BYTES_MAX);
    left -= text.length;
    if (left < 0) throw refusal(path, `more than ${REQUIREMENT_BYTES_MAX} bytes of all such files`);
    texts.set(path, text);
    return text;
  };
  return (path) => {
    const whole = resolve(folder, path);
    try {
      const found = whole.includes('*') ? matching(whole) : [whole];
      if (found.length > GLOB_FILES_MAX) return null;
      return found.map((one): RequirementFile => ({ path: one, text: textOf(one) }));
    } catch {
      return null;
    }
  };
}

function matching(glob: string): string[] {
  const parts = basename(glob).split('*');
  const fits = (name: string) => {
    const [first = '', ...others] = parts;
    const last = others.pop() ?? '';
    if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
      return false;
    let at = first.length;
    for (const part of others) {
      const found = name.indexOf(part, at);
      if (found === -1 || found + part.length > name.length - last.length) return false;
      at = found + part.length;
    }
    return true;
  };
  return readdirSync(dirname(glob))
    .filter(fits)
    .sort()
    .map((name) => resolve(dirname(glob), name));
}

function asJson(file: string | null, { toml, fates, remarks, scope }: Imported) {
  return {
    file,
    ...countsOf({ fates }),
    scope,
    keys: fates.map(({ key, to, isSo, notes }) => ({
      line: key.line,
      section: key.section,
      key: key.name,
      to,
      isSo,
      notes,
    })),
    refused: remarks.map(({ line, why }) => ({ line, why })),
    ...(file === null ? { configuration: toml } : {}),
  };
}

/** A key that is in part translated, and in part commented, counts as both. */
function countsOf({ fates }: Pick<Imported, 'fates'>): { translated: number; commented: number } {
  return {
    translated: fates.filter(({ to, isSo }) => to !== null || isSo).length,
    commented: fates.filter(({ notes }) => notes.length > 0).length,
  };
}

const SCOPES: Readonly<Record<Imported['scope'], string>> = {
  nothing: 'nothing, until block = ["*"] of [projects] is taken away; the comment above it says why',
  some: 'what the rules keep',
  everything: 'everything that upstream has: no rule narrows it',
};

function reportOf({ fates, remarks, scope }: Imported, names: boolean): string {
  const { translated, commented } = countsOf({ fates });
  const told = fates.filter(({ notes }) => notes.length > 0);
  const keyLines = told.map(
    ({ key, notes }) =>
      `line ${key.line}: [${printable(key.section)}] ${printable(key.name)}: ${printable(notes.join('; '))}`,
  );
  const remarkLines = remarks.map(({ line, why }) => `line ${line}: ${printable(why)}`);
  const one = remarks.length === 1;
  return [
    `  translated ${translated} ${translated === 1 ? 'key' : 'keys'}\n`,
    `  commented  ${commented === 0 ? 'none' : `${commented}: no equivalent, or not quite the same`}\n`,
    ...someOf(keyLines, names),
    ...(remarks.length > 0
      ? [
          `  refused    ${remarks.length} ${one ? 'line' : 'lines'} at which bandersnatch stops, and so nothing is mirrored\n`,
        ]
      : []),
    ...someOf(remarkLines, names),
    `  mirrors    ${SCOPES[scope]}\n`,
  ].join('');
}

function someOf(lines: readonly string[], all: boolean): readonly string[] {
  const shown = all ? lines : lines.slice(0, NAMED_MAX);
  const more = lines.length - shown.length;
  const told = more > 0 ? [...shown, `and ${more} more, in comments of the file`] : shown;
  return told.map((line) => `             ${line}\n`);
}
