/** The server block of nginx: addresses, manners, and a location for each kind of answer. */
import { apiNameLocation, nameLocations } from './nginx-names.ts';
import { NOSNIFF, nginxPath, nginxPattern } from './nginx-words.ts';
import { API, HIDDEN, literal, MALFORMED, NORMALIZED, TOO_LONG } from './patterns.ts';
import type { WebSite } from './site.ts';
import { indent, sections } from './text.ts';
import * as words from './words.ts';

/** @throws JubjubError CONFIG_INVALID for a docroot that nginx cannot be told. */
export function serverBlock(site: WebSite): string {
  const body = sections(
    listening(site),
    manners(site),
    pages(site),
    files(site),
    reports(site),
    api(site),
    nameLocations(site),
    refusals(),
  );
  return `server {\n${indent(body, '  ')}\n}`;
}

function listening({ address, port, serverName, tlsPort }: WebSite): string {
  const own = address?.includes(':') ? `[${address}]` : address;
  const addresses = own === null ? [`${port}`, `[::]:${port}`] : [`${own}:${port}`];
  const name = serverName ?? 'pypi.example.org';
  return `
${addresses.map((one) => `listen ${one};`).join('\n')}
server_name ${serverName ?? '_'};
# TLS is yours to set up:
#   listen ${tlsPort ?? 443} ssl;
#   ssl_certificate     /etc/ssl/certs/${name}.pem;
#   ssl_certificate_key /etc/ssl/private/${name}.key;`;
}

function manners({ docroot }: WebSite): string {
  return `
# Media types come from the locations below, never from file names.
types { }
default_type text/plain;
charset off;
# Nothing is compressed here: an sdist is no page with a content coding, and pages have their twins.
gzip off;
# A page that is replaced or taken down is seen at once.
open_file_cache off;
etag on;
autoindex off;
absolute_redirect off;
merge_slashes off;
log_not_found off;
# No link leads out of the docroot (Linux and FreeBSD; elsewhere nginx does not know this line).
disable_symlinks on ${nginxPath(docroot, 'from=')};

if ($request_method !~ "^(?:GET|HEAD)$") { return 405; }
# Dot segments, backslashes, encoded slashes, control characters
if ($request_uri ~* ${nginxPattern(`^${MALFORMED}`)}) { rewrite ^ /@jubjub/400 last; }
if ($uri ~ "${TOO_LONG}") { return 404; }`;
}

/** No dates, which count in whole seconds and would hide a change; no ranges: these documents are replaced. */
const REPLACED = `
  add_header Last-Modified "";
  if_modified_since off;
  max_ranges 0;`;

const GZIP = `
  gzip_static on;
  gzip_http_version 1.0;
  gzip_proxied any;
  gzip_vary off;  # Vary is complete already`;

function pages({ docroot, prefix, precompress }: WebSite): string {
  const kind = (name: string, type: string) => `
  location /@jubjub/page/${name}/ {
    alias ${nginxPath(`${docroot}/simple/`)};
    default_type ${type};
  }`;
  return `
# Pages: /simple/ and /simple/<name>/
location ~ "^${literal(prefix)}/simple/(?<jubjub_page>(?:${NORMALIZED}/)?)$" {
  rewrite ^ /@jubjub/page/$jubjub_kind/$jubjub_page$jubjub_file last;
}
location ^~ /@jubjub/page/ {
  internal;
  error_page 403 404 =404 @jubjub_missing;
  add_header Cache-Control "${words.PAGE_CACHE}";
  add_header Vary "${words.PAGE_VARY}";
  ${NOSNIFF}${REPLACED}${precompress ? GZIP : ''}${kind('json', words.JSON_TYPE)}${kind('html', words.HTML_TYPE)}${kind('text', words.TEXT_TYPE)}
}`;
}

function files({ docroot, prefix }: WebSite): string {
  return `
# Files, their metadata (PEP 658) and attestations (PEP 740)
location ^~ ${prefix}/packages/ {
  alias ${nginxPath(`${docroot}/packages/`)};
  try_files $uri =404;
  types { ${words.PROVENANCE_TYPE} provenance; }
  default_type ${words.FILE_TYPE};
  add_header Cache-Control $jubjub_file_cache;
  ${NOSNIFF}
  max_ranges 1;  # who asks for several gets the whole
  location ~ ${nginxPattern(HIDDEN)} { return 404; }
}`;
}

function reports({ docroot, prefix, url }: WebSite): string {
  const report = (name: string, type: string) => `
location = ${prefix}/${name} {
  alias ${nginxPath(`${docroot}/${name}`)};
  default_type ${type};
  add_header Cache-Control ${words.REPORT_CACHE};
  ${NOSNIFF}${REPLACED}
}`;
  const buckets = `
location ~ "^${literal(prefix)}/(?<jubjub_bucket>${words.BUCKET})$" {
  rewrite ^ /@jubjub/bucket/$jubjub_bucket last;
}
location ^~ /@jubjub/bucket/ {
  internal;
  alias ${nginxPath(`${docroot}/`)};
  default_type ${words.BUCKET_TYPE};
  add_header Cache-Control ${words.REPORT_CACHE};
  ${NOSNIFF}${REPLACED}
}`;
  return `
# Reports, and a welcome${words.REPORTS.map(({ name, type }) => report(name, type)).join('')}${buckets}
location = ${prefix}/ {
  add_header Cache-Control no-store;
  ${NOSNIFF}
  return 200 "${words.welcome(url)}";
}`;
}

function api({ docroot, prefix, jsonApi }: WebSite): string {
  const start = literal(prefix);
  const documents = `
location ~ "^${start}/pypi/(?<jubjub_project>${NORMALIZED})/json$" {
  rewrite ^ /@jubjub/api/$jubjub_project/json last;
}
location ^~ /@jubjub/api/ {
  internal;
  error_page 403 404 =404 @jubjub_missing_json;
  alias ${nginxPath(`${docroot}/pypi/`)};
  default_type application/json;
  add_header Cache-Control "${words.API_CACHE}";
  ${NOSNIFF}${REPLACED}
}`;
  const missing = `
location ~ "^${start}${API}" {
  error_page 404 @jubjub_missing_json;
  return 404;
}
location @jubjub_missing_json {
  default_type application/json;
  ${NOSNIFF}
  return 404 '${words.NOT_FOUND_JSON}';
}`;
  return `
# The JSON API: ${jsonApi ? '/pypi/<name>/json' : 'not mirrored ([pages] json-api)'}${jsonApi ? documents : ''}${jsonApi ? apiNameLocation(start) : ''}${missing}`;
}

function refusals(): string {
  return `
# Everything else, and what is missing
location / { return 404; }
error_page 403 404 =404 @jubjub_missing;
error_page 400 /@jubjub/400;
error_page 405 @jubjub_method;
error_page 416 @jubjub_range;
location @jubjub_missing {
  ${NOSNIFF}
  return 404 "${words.NOT_FOUND}";
}
location = /@jubjub/400 {
  internal;
  ${NOSNIFF}
  return 400 "${words.BAD_REQUEST}";
}
location @jubjub_method {
  add_header Allow "${words.METHODS}" always;
  ${NOSNIFF}
  return 405 "${words.METHOD_NOT_ALLOWED}";
}
location @jubjub_range {
  add_header Cache-Control no-store always;  # in addition to what was said of the file, and beats it
  return 416 "${words.RANGE_NOT_SATISFIABLE}";
}`;
}
