/** What `jubjub config import` does once its command line is understood. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { ReadRequirements, RequirementFile } from '../bandersnatch/context.ts';
import { type Imported, importBandersnatch } from '../bandersnatch/import.ts';
import { JubjubError } from '../errors.ts';
import type { CliContext } from './context.ts';
import { writeNew } from './run-config.ts';
import { printable } from './text.ts';

/** A larger file is no configuration, and no list of requirements. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Requirements files that one glob may stand for. */
const GLOB_FILES_MAX = 1000;
/** Keys that the report names; the file has all of them. */
const KEYS_NAMED_MAX = 10;

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
  if (output.json) print(`${JSON.stringify(asJson(prints ? null : file, imported))}\n`);
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
    if (statSync(path).size > FILE_BYTES_MAX) throw refusal(path, `more than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(path, 'utf8');
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
  return (path) => {
    const whole = resolve(folder, path);
    try {
      const found = whole.includes('*') ? matching(whole) : [whole];
      if (found.length > GLOB_FILES_MAX) return null;
      return found.map((one): RequirementFile => {
        if (statSync(one).size > FILE_BYTES_MAX) throw refusal(one, `more than ${FILE_BYTES_MAX} bytes`);
        return { path: one, text: readFileSync(one, 'utf8') };
      });
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

function asJson(file: string | null, { toml, fates, remarks }: Imported) {
  return {
    file,
    ...countsOf({ fates }),
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

function reportOf({ fates, remarks }: Imported, names: boolean): string {
  const { translated, commented } = countsOf({ fates });
  const told = fates.filter(({ notes }) => notes.length > 0);
  const shown = names ? told : told.slice(0, KEYS_NAMED_MAX);
  const lines = shown.map(
    ({ key, notes }) =>
      `             line ${key.line}: [${printable(key.section)}] ${printable(key.name)}: ${printable(notes.join('; '))}\n`,
  );
  const more = told.length - shown.length;
  return [
    `  translated ${translated} ${translated === 1 ? 'key' : 'keys'}\n`,
    `  commented  ${commented === 0 ? 'none' : `${commented}: no equivalent, or not quite the same`}\n`,
    ...lines,
    ...(more > 0 ? [`             and ${more} more, in comments of the file\n`] : []),
    ...(remarks.length > 0
      ? [`  refused    ${remarks.length} lines that bandersnatch does not accept either\n`]
      : []),
  ].join('');
}
