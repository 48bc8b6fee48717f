/** Negotiation in nginx: maps that lead from the Accept header to the kind of page that is sent. */
import { acceptPatterns, FORMAT, HTML_COVERED, HTML_NAMED, TEXT_NAMED } from './accept.ts';
import { nginxPattern } from './nginx-words.ts';
import { sections } from './text.ts';
import { FILE_CACHE, PAGE_CACHE } from './words.ts';

/** One map; the first pattern that matches decides. A value of null: the row is the default. */
function map(source: string, variable: string, rows: readonly (readonly [string | null, string])[]): string {
  const lines = rows.map(([pattern, value]) => `  ${pattern ?? 'default'} ${value};`);
  return [`map ${source} ${variable} {`, ...lines, '}'].join('\n');
}

/** Ignores case. */
function like(pattern: string): string {
  return nginxPattern(`~*${pattern}`);
}

/** All maps, each with a comment. */
export function negotiationMaps(): string {
  const accepted = acceptPatterns('(?<jubjub_found>');
  return sections(
    '# Negotiation (PEP 691), step by step, from the Accept header to the file that is sent.',
    commented('What the client likes best; the first pattern that matches decides.', [
      map(
        '$http_accept',
        '$jubjub_accepted',
        accepted.map((pattern) => [like(pattern), '$jubjub_found']),
      ),
    ]),
    commented('?format= beats Accept when it names a type that there is.', [
      map('$arg_format', '$jubjub_asked', [
        [like(`^(?:${FORMAT})$`), '$arg_format'],
        [null, '$jubjub_accepted'],
      ]),
    ]),
    commented('What a wildcard stands for: the first type that the header does not name itself.', [
      map('$http_accept', '$jubjub_text_named', [
        [like(TEXT_NAMED), 'text'],
        [null, '""'],
      ]),
      map('$http_accept', '$jubjub_html_covered', [
        [like(HTML_COVERED), '+html'],
        [null, '""'],
      ]),
      map('$jubjub_text_named$jubjub_html_covered', '$jubjub_any', [
        ['text+html', 'json'],
        ['text', 'html'],
        [null, 'text'],
      ]),
      map('$http_accept', '$jubjub_application', [
        [like(HTML_NAMED), 'json'],
        [null, 'html'],
      ]),
    ]),
    commented('What is sent: json, html (v1+html) or text (text/html).', [
      map('$jubjub_asked', '$jubjub_kind', [
        [like('json$'), 'json'],
        [like('^application.*html$'), 'html'],
        [like('^application/\\*$'), '$jubjub_application'],
        ['"*/*"', '$jubjub_any'],
        [null, 'text'],
      ]),
      map('$jubjub_kind', '$jubjub_file', [
        ['json', 'index.v1_json'],
        [null, 'index.html'],
      ]),
    ]),
    commented('Files never change, for their digest is in the path; attestations may (PEP 740).', [
      map('$uri', '$jubjub_file_cache', [
        [nginxPattern('~\\.provenance$'), `"${PAGE_CACHE}"`],
        [null, `"${FILE_CACHE}"`],
      ]),
    ]),
  );
}

function commented(comment: string, maps: readonly string[]): string {
  return [`# ${comment}`, ...maps].join('\n');
}
