/** Negotiation in Caddy: maps that lead from the Accept header to the type and the file of a page. */
import { acceptPatterns, FORMAT, HTML_COVERED, HTML_NAMED, TEXT_NAMED } from './accept.ts';
import { sections } from './text.ts';
import { HTML_TYPE, JSON_TYPE, TEXT_TYPE } from './words.ts';

/** Ignores case; between backquotes nothing is an escape. */
function like(pattern: string): string {
  return `\`~(?i)${pattern}\``;
}

/** One map; the first pattern that matches decides. */
function map(head: string, rows: readonly (readonly string[])[]): string {
  return [`map ${head} {`, ...rows.map((row) => `\t${row.join(' ')}`), '}'].join('\n');
}

/** All maps, each with a comment. */
export function caddyMaps(): string {
  return sections(
    '# Negotiation (PEP 691), step by step, from the Accept header to the file that is sent.',
    `
# What the client likes best; the first pattern that matches decides.
${map('{http.request.header.Accept} {jubjub_accepted}', [
  ...acceptPatterns('(').map((pattern) => [like(pattern), `\${1}`]),
  ['default', '""'],
])}`,
    `
# ?format= beats Accept when it names a type that there is; the first of several counts.
${map('{http.request.uri.query.format} {jubjub_format}', [
  [like(`^(${FORMAT})(?:,|$)`), `\${1}`],
  ['default', '""'],
])}
${map('"{jubjub_format} {jubjub_accepted}" {jubjub_asked}', [
  [like('^(.+) \\S*$'), `\${1}`],
  [like('^ (\\S*)$'), `\${1}`],
])}`,
    `
# What a wildcard stands for: the first type that the header does not name itself.
${map('{http.request.header.Accept} {jubjub_text_named}', [
  [like(TEXT_NAMED), 'text'],
  ['default', '""'],
])}
${map('{http.request.header.Accept} {jubjub_html_covered}', [
  [like(HTML_COVERED), '+html'],
  ['default', '""'],
])}
${map('{jubjub_text_named}{jubjub_html_covered} {jubjub_any}', [
  ['text+html', 'json'],
  ['text', 'html'],
  ['default', 'text'],
])}
${map('{http.request.header.Accept} {jubjub_application}', [
  [like(HTML_NAMED), 'json'],
  ['default', 'html'],
])}`,
    `
# What is sent: JSON, HTML by its versioned name, or text/html.
${map('"{jubjub_asked}|{jubjub_any}|{jubjub_application}" {jubjub_type} {jubjub_file}', [
  [like('^(?:[^|]*json\\||\\*/\\*\\|json|application/\\*\\|[a-z]+\\|json$)'), JSON_TYPE, 'index.v1_json'],
  [
    like('^(?:application[^|]*html\\||\\*/\\*\\|html|application/\\*\\|[a-z]+\\|html$)'),
    HTML_TYPE,
    'index.html',
  ],
  ['default', TEXT_TYPE, 'index.html'],
])}`,
  );
}
