/** `/regular expressions/` as the operator writes them: JavaScript's, found anywhere in a text unless `^` and `$` say otherwise. */

/** Backslashes before these mean the character itself, as other tools that escape too much have it; JavaScript's `u` refuses them. */
const NEEDLESS_ESCAPE = /\\([\\\s\S])/gu;
const PLAIN_PUNCTUATION = /^[-#&~_@:;,<>=!%"'` ]$/;

/** The expression, or what is wrong with it; null for what is not written as one. `/…/i` looks at no case. */
export function readRegex(text: string): RegExp | string | null {
  if (!text.startsWith('/')) return null;
  const written = /^\/(.*)\/(i?)$/su.exec(text);
  if (written === null) return 'a regular expression begins and ends with "/"';
  const [, source = '', flags = ''] = written;
  if (source === '') return 'the regular expression is empty';
  try {
    return new RegExp(withoutNeedlessEscapes(source), `u${flags}`);
  } catch (error) {
    return `it is no regular expression of JavaScript: ${reasonOf(error)}`;
  }
}

/** One word without spaces and semicolons, the same for two expressions that are the same, and itself one of the same meaning. */
export function spellRegex(regex: RegExp): string {
  const flags = regex.flags.includes('i') ? 'i' : '';
  return `/${regex.source.replaceAll(' ', '\\x20').replaceAll(';', '\\x3b')}/${flags}`;
}

function withoutNeedlessEscapes(source: string): string {
  return source.replace(NEEDLESS_ESCAPE, (written, char: string) =>
    PLAIN_PUNCTUATION.test(char) ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : written,
  );
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(': ') + 2);
}
