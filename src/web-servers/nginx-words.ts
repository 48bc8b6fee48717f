/** Words of nginx's configuration language. */
import { quotedPath } from './quote.ts';

/** A pattern between quotation marks. Inside them only `\\` and `\"` are read as escapes; `\s` and the like stay. */
export function nginxPattern(pattern: string): string {
  return `"${pattern.replaceAll('\\\\', '\\\\\\\\').replaceAll('"', '\\"')}"`;
}

/** A word that holds a path, after `words`. @throws JubjubError CONFIG_INVALID when nginx cannot be told it */
export function nginxPath(path: string, words = ''): string {
  return quotedPath(path, 'nginx', words);
}

/** Said of every answer; `always`: of errors, too. */
export const NOSNIFF = 'add_header X-Content-Type-Options nosniff always;';
