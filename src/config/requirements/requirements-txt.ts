/** requirements.txt: what pip would install from upstream, with the files that it includes and the constraints that it names. */
import { dirname, resolve } from 'node:path';
import { parseSha256 } from '../../pypi/digests.ts';
import { parseRequirement } from '../../pypi/requirement.ts';
import type { Sha256 } from '../../pypi/types.ts';
import { redact } from '../redact.ts';
import { ASKS_MAX, badFile, type Entry, type ParsedFile, type TextFile, tooMuch } from './entry.ts';
import { type PipLine, pipLines, splitOptions } from './pip-lines.ts';
import { type PipOption, pipOptions } from './pip-options.ts';
import type { RequirementSource } from './source.ts';

const URL_LIKE = /^(?:[a-z][a-z0-9+.-]*:\/\/|file:)/i;
const PATH_LIKE = /^(?:[./~\\]|[A-Za-z]:[\\/])|^[^;@\s]*[/\\]/;
/** pip takes a name that ends like an archive for the path of one, although it could be a project's. */
const ARCHIVE = /^[^\s;@]+\.(?:whl|zip|tgz|tbz|txz|tar(?:\.\w+)?)(?:\[[^\]]*\])?\s*(?:;|$)/i;
/** Characters of a line with what continues it; the hashes of a project with very many files fit in. */
const LINE_CHARS_MAX = 100_000;
/** Characters of one name, requirement or address. */
const WORD_CHARS_MAX = 4096;
/** Characters of one of them in a message. */
const WORD_CHARS_TOLD_MAX = 200;
const VARIABLE = /\$\{[A-Z0-9_]+\}/;

/** Reads a file and what it includes. @throws CONFIG_INVALID, with the file and the line */
export function readRequirementsTxt(file: TextFile, source: RequirementSource): ParsedFile {
  const reading = new Reading(source);
  reading.take(file, 'entries');
  return reading;
}

/** Lines of a constraints file narrow; those of any other ask. */
type Role = 'entries' | 'constraints';

class Reading implements ParsedFile {
  readonly entries: Entry[] = [];
  readonly constraints: Entry[] = [];
  readonly notes: string[] = [];
  readonly #source: RequirementSource;
  /** The files that are being read, each included by the one before. */
  readonly #open: string[] = [];
  readonly #done = new Set<string>();
  #lines = 0;

  constructor(source: RequirementSource) {
    this.#source = source;
  }

  take(file: TextFile, role: Role): void {
    this.#open.push(file.path);
    for (const line of pipLines(file.text)) this.#line(file, line, role);
    this.#open.pop();
    this.#done.add(`${role} ${file.path}`);
  }

  #line(file: TextFile, { line, text }: PipLine, role: Role): void {
    if (++this.#lines > ASKS_MAX)
      throw tooMuch(file, `${ASKS_MAX} lines, with those of the files it includes`);
    refuseLong(file, line, text, LINE_CHARS_MAX);
    const { requirement, options } = splitOptions(text);
    const given = pipOptions(file, line, options);
    for (const word of [requirement, ...given.map(({ value }) => value)])
      refuseLong(file, line, word, WORD_CHARS_MAX);
    if (requirement !== '') this.#requirement(file, line, requirement, given, role);
    for (const option of given) this.#option(file, line, option, role);
  }

  #option(file: TextFile, line: number, { means, name, value }: PipOption, role: Role): void {
    if (means === 'include') this.#include(file, line, value, role);
    if (means === 'constrain') this.#include(file, line, value, 'constraints');
    if (means === 'editable') this.#note(file, line, `${brief(value)} is on no index: it is not mirrored`);
    if (means === 'other-index')
      this.#note(file, line, `${name} names another place: what only that has is not mirrored`);
  }

  #requirement(file: TextFile, line: number, text: string, options: readonly PipOption[], role: Role): void {
    const parsed = ARCHIVE.test(text) ? null : parseRequirement(text);
    if (parsed === null ? isElsewhere(text) : parsed.url !== null) {
      this.#note(file, line, `${brief(text)} is on no index: it is not mirrored`);
      return;
    }
    refuseVariables(file, line, text);
    if (parsed === null) {
      throw badFile(file, line, {
        expected: 'a requirement (PEP 508), such as: django[bcrypt]>=4,<6 ; python_version >= "3.10"',
        received: JSON.stringify(brief(text)),
      });
    }
    this[role].push({
      name: parsed.name,
      specifier: parsed.specifier,
      extras: parsed.extras,
      sha256s: digestsOf(file, line, options),
      conditions: parsed.marker === null ? [] : [{ marker: parsed.marker, extras: [] }],
      by: `${file.shown}:${line}`,
    });
  }

  #include(file: TextFile, line: number, name: string, role: Role): void {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
      if (role === 'entries')
        throw badFile(file, line, { expected: 'the path of a file', received: brief(name) });
      this.#note(file, line, `${brief(name)} is not read: it narrows nothing`);
      return;
    }
    refuseVariables(file, line, name);
    const path = resolve(dirname(file.path), name);
    if (this.#open.includes(path)) {
      throw badFile(file, line, {
        expected: 'files that do not include one another in a circle',
        received: `${name}, which is being read already`,
      });
    }
    // A second time it says nothing new.
    if (!this.#done.has(`${role} ${path}`)) this.take(this.#source.read(path, `${file.shown}:${line}`), role);
  }

  #note(file: TextFile, line: number, text: string): void {
    this.notes.push(`${file.shown}:${line}: ${text}`);
  }
}

/** For messages: short, and without credentials. */
function brief(text: string): string {
  const shown = redact(text);
  return shown.length <= WORD_CHARS_TOLD_MAX ? shown : `${shown.slice(0, WORD_CHARS_TOLD_MAX)}…`;
}

function refuseLong(file: TextFile, line: number, text: string, max: number): void {
  if (text.length <= max) return;
  throw badFile(file, line, { expected: `at most ${max} characters`, received: `${text.length}` });
}

function isElsewhere(text: string): boolean {
  return URL_LIKE.test(text) || PATH_LIKE.test(text) || ARCHIVE.test(text);
}

function refuseVariables(file: TextFile, line: number, text: string): void {
  const variable = VARIABLE.exec(text);
  if (variable === null) return;
  throw badFile(file, line, {
    expected: 'a name that stands there itself',
    received: `the environment variable ${variable[0]}`,
    hint: 'a mirror must not depend on who runs it: write down what it stands for',
  });
}

/** `--hash=sha256:…`: exactly these files. Other digests are none that an index lists. */
function digestsOf(file: TextFile, line: number, options: readonly PipOption[]): Sha256[] {
  return options.flatMap(({ means, value }) => {
    if (means !== 'hash') return [];
    const [, algorithm, hex = ''] = /^(\w+):(.*)$/.exec(value) ?? [];
    const digest = algorithm === 'sha256' ? parseSha256(hex) : null;
    if (algorithm === undefined || (algorithm === 'sha256' && digest === null))
      throw badFile(file, line, {
        expected: '--hash=sha256: and 64 hex digits',
        received: JSON.stringify(brief(value)),
      });
    return digest === null ? [] : [digest];
  });
}
