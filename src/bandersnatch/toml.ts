/** A draft as the text of a mirror.toml. Nothing of the bandersnatch.conf can leave the text or comment that it is put into. */
import type { ConfRemark } from './conf.ts';
import type { Draft, ExceptionItem, Fate, Item, Listed, TomlScalar } from './draft.ts';

const COLUMNS = 110;
const COMMENT_CHARS_MAX = 600;
/** Keys and lines of which comments tell one by one; of more, how many there are. */
const TOLD_MAX = 2000;
/** Characters of a value that a comment repeats. */
const SHOWN_CHARS_MAX = 60;

/** Names whose values are nobody's business, and nobody's comment. */
const SECRET = /key|secret|password|passwd|token|auth|credential/i;

/** Sections in the order in which they are written. */
const SECTIONS = ['', 'upstream', 'sync', 'projects', 'projects.metadata', 'releases', 'files', 'pages'];

/** The whole text. */
export function tomlText(draft: Draft, remarks: readonly ConfRemark[], name: string): string {
  const parts = [
    comment(`Made by jubjub from ${name}; the lines in comments are lines of that file.`) +
      comment('Check it with: jubjub config check. What every key does: mirror.example.toml.'),
    ...SECTIONS.map((section) => sectionText(section, draft.items)),
    ...draft.exceptions.map(exceptionText),
    untranslated(draft.fates),
    alreadySo(draft.fates),
    refused(remarks),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Text as a TOML string: literal where that is easier to read, basic where it must be. */
export function tomlString(text: string): string {
  const whole = text.toWellFormed();
  if (whole.includes('\\') && !/['\p{Cc}]/u.test(whole)) return `'${whole}'`;
  return basicString(whole);
}

function basicString(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll('\x7f', '\\u007f');
}

/** What is shown of a value in a comment: short, on one line, without passwords. */
export function shown(fate: Pick<Fate, 'key'>): string {
  const { name, lines } = fate.key;
  const text = lines.map((line) => line.text).filter((line) => line !== '');
  if (text.length === 0) return name;
  if (SECRET.test(name)) return `${name} = …`;
  const value = text.join(', ').replace(/:\/\/[^\s/]*@/g, '://');
  return `${name} = ${value.length > SHOWN_CHARS_MAX ? `${value.slice(0, SHOWN_CHARS_MAX)}…` : value}`;
}

/** Lines of comment, wrapped, without anything that ends a comment. */
export function comment(text: string, hanging = '', charsMax = COMMENT_CHARS_MAX): string {
  const flat = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const short = flat.length > charsMax ? `${flat.slice(0, charsMax)}…`.toWellFormed() : flat;
  const lines: string[] = [];
  let line = '#';
  for (const word of short.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS && line !== '#') {
      lines.push(line);
      line = `#${hanging}`;
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join('\n')}\n`;
}

function sectionText(section: string, items: readonly Item[]): string {
  const own = items.filter((item) => item.section === section);
  if (own.length === 0) return '';
  const header = section === '' ? '' : `[${section}]\n`;
  return header + own.map(itemText).join('');
}

function itemText({ key, value, notes }: Item): string {
  const above = notes.map((note) => comment(note)).join('');
  return `${above}${keyText(key)} = ${isList(value) ? listText(value) : scalarText(value)}\n`;
}

function exceptionText({ projects, keys, notes }: ExceptionItem): string {
  const lines = [['projects', projects] as const, ...keys].map(
    ([key, value]) =>
      `${keyText(key)} = ${typeof value === 'object' ? listText(value.map((entry) => ({ value: entry, note: null }))) : scalarText(value)}\n`,
  );
  return `${notes.map((note) => comment(note)).join('')}[[exception]]\n${lines.join('')}`;
}

function isList(value: Item['value']): value is readonly Listed[] {
  return typeof value === 'object';
}

function scalarText(value: TomlScalar): string {
  return typeof value === 'string' ? tomlString(value) : String(value);
}

/** On one line where it fits and nothing is said of the entries. */
function listText(entries: readonly Listed[]): string {
  const texts = entries.map(({ value }) => tomlString(value));
  const line = `[${texts.join(', ')}]`;
  if (line.length <= COLUMNS - 20 && entries.every(({ note }) => note === null)) return line;
  const lines = entries.map(({ note }, index) => {
    const said =
      note === null ? '' : ` ${comment(note).split('\n').join(' ').replaceAll(' # ', ' ').trimEnd()}`;
    return `  ${texts[index]},${said}\n`;
  });
  return `[\n${lines.join('')}]`;
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : basicString(key);
}

function untranslated(fates: readonly Fate[]): string {
  const told = fates.filter(({ notes }) => notes.length > 0);
  if (told.length === 0) return '';
  const lines = told
    .slice(0, TOLD_MAX)
    .map((fate) =>
      comment(
        `line ${fate.key.line}: [${fate.key.section}] ${shown(fate)}: ${fate.notes.join('; ')}.`,
        '    ',
      ),
    );
  return comment('What has no equivalent, or not quite the same:') + lines.join('') + more(told);
}

function more({ length }: { readonly length: number }): string {
  return length > TOLD_MAX ? comment(`And ${length - TOLD_MAX} more.`) : '';
}

function alreadySo(fates: readonly Fate[]): string {
  const so = fates.filter(({ isSo }) => isSo).map((fate) => `${shown(fate)} (line ${fate.key.line})`);
  return so.length === 0 ? '' : comment(`So without a key: ${so.join('; ')}.`, '    ', Infinity);
}

function refused(remarks: readonly ConfRemark[]): string {
  if (remarks.length === 0) return '';
  const lines = remarks
    .slice(0, TOLD_MAX)
    .map(({ line, text, why }) =>
      comment(
        `line ${line}: ${SECRET.test(text) ? '' : `${text.slice(0, SHOWN_CHARS_MAX)}: `}${why}.`,
        '    ',
      ),
    );
  return comment('What bandersnatch does not accept in its file:') + lines.join('') + more(remarks);
}
