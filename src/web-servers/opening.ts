/** The comment that opens every configuration: what it is, how to install it, how to see that it works. */
import type { WebSite } from './site.ts';
import { JSON_TYPE } from './words.ts';

export interface Opening {
  /** As people write it. */
  readonly server: string;
  /** As the command line calls it. */
  readonly command: string;
  /** Shell lines. */
  readonly install: readonly string[];
  /** What the reader should know of this server. */
  readonly remarks: readonly string[];
}

const COLUMNS = 100;

/** The comment, line by line behind `#`, which all these servers understand. */
export function opening(site: WebSite, { server, command, install, remarks }: Opening): string {
  const lines = [
    `A jubjub mirror, served by ${server}. Made by: jubjub config ${command}`,
    'Rather than change this file, change mirror.toml and make it again.',
    '',
    'INSTALL',
    ...install.map((line) => `  ${line}`),
    '',
    'CHECK',
    `  curl -i ${site.url}/simple/`,
    `  curl -i -H 'Accept: ${JSON_TYPE}' ${site.url}/simple/`,
    `  pip download --no-deps --index-url ${site.url}/simple/ PROJECT`,
    '',
    'GOOD TO KNOW',
    ...remarks.flatMap(bullet),
  ];
  return lines.map((line) => `# ${line}`.trimEnd()).join('\n');
}

/** A remark as an item of a list, in lines of bounded length. */
function bullet(remark: string): string[] {
  const lines: string[] = [];
  let line = '  -';
  for (const word of remark.split(' ')) {
    if (line.length + 1 + word.length > COLUMNS) {
      lines.push(line);
      line = '   ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
