/** A path as a quoted word of a server's configuration, refused where the server would read more into it. */
import { JubjubError } from '../errors.ts';

/** A character that has a meaning of its own even inside quotation marks, and cannot be escaped everywhere. */
interface Meaning {
  readonly characters: RegExp;
  readonly why: string;
}

/** Ends a line, or ends the quotation, or stands for something else, in all of them. */
const CONTROL: Meaning = { characters: /\p{Cc}/u, why: 'a control character' };

/** By server: what its configuration cannot hold in a path. */
const MEANINGS = {
  // ngx_http_script: `$` always begins a variable; there is no escape.
  nginx: [CONTROL, { characters: /\$/, why: 'a "$", which begins a variable in nginx' }],
  // Placeholders; and the `file` matcher expands patterns.
  caddy: [
    CONTROL,
    { characters: /[{}]/, why: 'a brace, which begins or ends a placeholder in Caddy' },
    { characters: /[*?[\\]/, why: 'one of * ? [ \\, which Caddy takes for a pattern' },
  ],
  // `${…}` and `%{…}` are expanded, back-references in substitutions, and <Directory> takes patterns.
  apache: [
    CONTROL,
    { characters: /[$%]/, why: 'a "$" or "%", which begins a variable in Apache' },
    { characters: /[*?[\\]/, why: 'one of * ? [ \\, which Apache takes for a pattern' },
  ],
} as const satisfies Readonly<Record<string, readonly Meaning[]>>;

/**
 * The path, after some `words` that belong to it, between double quotation marks, with those inside it escaped: blanks, `;` and `#` are then harmless.
 * @throws JubjubError CONFIG_INVALID naming the path, when the server cannot be told it.
 */
export function quotedPath(path: string, server: keyof typeof MEANINGS, words = ''): string {
  for (const { characters, why } of MEANINGS[server]) {
    if (!characters.test(path)) continue;
    throw new JubjubError('CONFIG_INVALID', `the configuration of ${server} cannot hold this path: ${path}`, {
      path,
      expected: 'a path that means itself',
      received: why,
      hint: 'move the mirror, or let `directory` in mirror.toml be a symbolic link with a plainer name',
    });
  }
  return `"${words}${path.replace(/["\\]/g, '\\$&')}"`;
}
