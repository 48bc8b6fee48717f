/** Negotiation and routing in Apache: variables from the Accept header, and one list of rewrite rules. */
import { acceptPatterns, FORMAT, HTML_COVERED, HTML_NAMED, TEXT_NAMED } from './accept.ts';
import { GZIP_ACCEPTED, HIDDEN, literal, MALFORMED, NAME, NORMALIZED, TOO_LONG } from './patterns.ts';
import type { WebSite } from './site.ts';
import { sections } from './text.ts';
import * as words from './words.ts';

/** Of several lines that match the last one counts: the worst come first. */
export function acceptLines(): string {
  const set = (pattern: string, variables: string) => `SetEnvIfNoCase Accept "${pattern}" ${variables}`;
  return `
# Negotiation (PEP 691). What the client likes best; the last pattern that matches decides.
${acceptPatterns('(')
  .reverse()
  .map((pattern) => set(pattern, 'jubjub_asked=$1'))
  .join('\n')}
# A wildcard stands for the first type that the header does not name itself.
${set(TEXT_NAMED, 'jubjub_text_named=text')}
${set(HTML_COVERED, 'jubjub_html_covered=+html')}
${set(HTML_NAMED, 'jubjub_html_named=html')}`;
}

/** The first rule with [R] or [END] that matches decides. */
export function rewriteRules(site: WebSite): string {
  return sections(
    `
# What is asked for. /@json/ and the like are steps between two rules, and no request may begin so.
RewriteEngine On
RewriteMap jubjub_lower int:tolower
RewriteCond %{REQUEST_URI} ^/@ [OR]
RewriteCond %{THE_REQUEST} "^\\S+ (?:/[^? ]*)?//" [OR]
RewriteCond %{REQUEST_URI} "${TOO_LONG}"
RewriteRule ^ - [R=404]`,
    manners(),
    kinds(site),
    pages(site),
    names(site),
    files(site),
    others(site),
  );
}

function manners(): string {
  return `
RewriteCond %{REQUEST_METHOD} !^(?:GET|HEAD)$
RewriteRule ^ - [R=405]
# Dot segments, backslashes, encoded slashes, control characters
RewriteCond %{THE_REQUEST} "^\\S+ ${MALFORMED}" [NC]
RewriteRule ^ - [R=400]`;
}

function names({ prefix, jsonApi }: WebSite): string {
  const start = literal(prefix);
  const lower = `\${jubjub_lower:$1}`;
  const redirect = (from: string, to: string, also = '') =>
    `RewriteRule "${from}" - [E=jubjub_location:${to}${also},END]`;
  const api = `
RewriteRule "^${start}/pypi/(${NAME})/json$" "/@api/${lower}"
RewriteRule "^${start}/pypi/(${NAME})/json/$" "/@slash/${lower}"`;
  const apiEnd = `
${redirect('^/@slash/(.*)$', `${prefix}/pypi/$1/json`, ',E=jubjub_moved_api:1')}
RewriteRule "^/@api/(.*)$" "%{DOCUMENT_ROOT}/pypi/$1/json" [T=application/json,E=jubjub_document:1,E=jubjub_api:1,END]`;
  return `
# Other spellings of a name are redirected to the normalized one (PEP 503), in one step.
RewriteRule "^${start}/simple/(${NAME})/?$" "/@name/${lower}"${jsonApi ? api : ''}
RewriteRule "^(/@[a-z]+/.*?)(?:-*[_.][-_.]*|--+)(.*)$" "$1-$2" [N]
${redirect('^/@name/(.*)$', `${prefix}/simple/$1/`)}
${redirect(`^${start}/simple$`, `${prefix}/simple/`)}${prefix === '' ? '' : `\n${redirect(`^${start}$`, `${prefix}/`)}`}${jsonApi ? apiEnd : ''}`;
}

function kinds({ prefix }: WebSite): string {
  return `
# Pages: ?format= beats Accept when it names a type that there is.
RewriteCond %{QUERY_STRING} "^(?:(?!format=)[^&]*&)*format=(${FORMAT})(?:&|$)" [NC]
RewriteRule ^ - [E=jubjub_asked:%1]
RewriteRule "^${literal(prefix)}/simple/((?:${NORMALIZED}/)?)$" "/@text/$1"
RewriteCond %{ENV:jubjub_asked}|%{ENV:jubjub_text_named} "=*/*|text"
RewriteRule "^/@text/(.*)$" "/@html/$1"
RewriteCond %{ENV:jubjub_asked}|%{ENV:jubjub_text_named}%{ENV:jubjub_html_covered} "=*/*|text+html"
RewriteRule "^/@html/(.*)$" "/@json/$1"
RewriteCond %{ENV:jubjub_asked} "^application/\\*$" [NC]
RewriteRule "^/@text/(.*)$" "/@html/$1"
RewriteCond %{ENV:jubjub_asked}|%{ENV:jubjub_html_named} "^application/\\*\\|html$" [NC]
RewriteRule "^/@html/(.*)$" "/@json/$1"
RewriteCond %{ENV:jubjub_asked} "^application.*(html|json)$" [NC]
RewriteRule "^/@text/(.*)$" "/@\${jubjub_lower:%1}/$1"`;
}

function pages({ precompress }: WebSite): string {
  const kind = (name: string, type: string, file: string) => {
    const path = `%{DOCUMENT_ROOT}/simple/$1${file}`;
    const from = `"^/@${name}/(.*)$"`;
    const twin = `
RewriteCond %{HTTP:Accept-Encoding} "${GZIP_ACCEPTED}" [NC,NV]
RewriteCond "${path}.gz" -f
RewriteRule ${from} "${path}.gz" [T=${type},E=jubjub_document:1,E=jubjub_page:1,E=jubjub_gzip:1,END]`;
    return `${precompress ? twin : ''}
RewriteRule ${from} "${path}" [T=${type},E=jubjub_document:1,E=jubjub_page:1,END]`;
  };
  return `
# … and the file that holds the page.${kind('json', words.JSON_TYPE, 'index.v1_json')}${kind('html', words.HTML_TYPE, 'index.html')}${kind('text', words.TEXT_TYPE, 'index.html')}`;
}

function files({ prefix }: WebSite): string {
  const below = (rest: string) => `"^${literal(prefix)}/packages/(${rest})$"`;
  const path = '%{DOCUMENT_ROOT}/packages/$1';
  return `
# Files, their metadata (PEP 658) and attestations (PEP 740): no directories, no dotfiles, no links
RewriteCond "${path}" !-f [OR]
RewriteCond "${path}" -l [OR]
RewriteCond "/$1" "${HIDDEN}"
RewriteRule ${below('.*')} - [R=404]
RewriteRule ${below('.*\\.provenance')} "${path}" [T=${words.PROVENANCE_TYPE},E=jubjub_provenance:1,END]
RewriteRule ${below('.*')} "${path}" [T=${words.FILE_TYPE},E=jubjub_file:1,END]`;
}

function others({ prefix }: WebSite): string {
  const start = literal(prefix);
  const rule = (pattern: string, path: string, type: string) =>
    `\nRewriteRule "^${start}/${pattern}$" "%{DOCUMENT_ROOT}/${path}" [T=${type},E=jubjub_document:1,E=jubjub_report:1,END]`;
  const reports = words.REPORTS.map(({ name, type }) => rule(literal(name), name, type));
  const buckets = rule(`(${words.BUCKET})`, '$1', words.BUCKET_TYPE);
  return `
# Reports, a welcome, and nothing else.${reports.join('')}${buckets}
RewriteRule "^${start}/$" - [R=200,E=jubjub_welcome:1]
RewriteRule ^ - [R=404]`;
}
