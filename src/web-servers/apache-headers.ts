/** Headers and error documents in Apache: what is said of each kind of answer. */
import { API, literal } from './patterns.ts';
import { quotedPath } from './quote.ts';
import type { WebSite } from './site.ts';
import * as words from './words.ts';

export function apacheManners({ docroot }: WebSite): string {
  return `
<Directory ${quotedPath(docroot, 'apache')}>
  Require all granted
  AllowOverride None
  # No listings, and no link leads out of the docroot.
  Options None
  DirectorySlash Off
  SetHandler default-handler
  # An sdist is no page with a content coding.
  RemoveEncoding .gz .tgz .Z .bz2 .xz .br .zst
</Directory>
TraceEnable Off
AddDefaultCharset Off
MergeSlashes Off
AllowEncodedSlashes NoDecode
FileETag MTime Size
# Nothing is compressed here: files must not be, and pages have their twins.
SetEnvIf Request_URI "^" no-gzip no-brotli`;
}

export function apacheHeaders({ jsonApi, precompress }: WebSite): string {
  const gzip = '\nHeader set Content-Encoding gzip env=jubjub_gzip';
  const api = `\nHeader set Cache-Control "${words.API_CACHE}" env=jubjub_api`;
  const movedApi = `\nHeader always set Cache-Control "${words.API_CACHE}" env=jubjub_moved_api`;
  return `
# Headers
Header always set X-Content-Type-Options nosniff
Header set Cache-Control "${words.PAGE_CACHE}" env=jubjub_page
Header set Vary "${words.PAGE_VARY}" env=jubjub_page${precompress ? gzip : ''}${jsonApi ? api : ''}
Header set Cache-Control "${words.REPORT_CACHE}" env=jubjub_report
Header set Cache-Control "${words.FILE_CACHE}" env=jubjub_file
Header set Cache-Control "${words.PAGE_CACHE}" env=jubjub_provenance
# Documents that are replaced have no dates, which count in whole seconds and would hide a change, and no ranges.
RequestHeader unset If-Modified-Since env=jubjub_document
RequestHeader unset Range env=jubjub_document
Header unset Last-Modified env=jubjub_document
Header unset Accept-Ranges env=jubjub_document
# Who asks for several ranges gets the whole.
MaxRanges 1

# Redirects, without scheme and host: a proxy before this server may have others.
<If "-n reqenv('jubjub_location')">
  <IfVersion >= 2.4.58>
    RedirectRelative On
  </IfVersion>
  Redirect 301 "%{reqenv:jubjub_location}"
</If>
Header always set Cache-Control "${words.PAGE_CACHE}" env=jubjub_location${jsonApi ? movedApi : ''}`;
}

export function apacheErrors({ prefix, url }: WebSite): string {
  return `
# Answers without a file
ErrorDocument 200 "${words.welcome(url)}"
Header always set Content-Type text/plain env=jubjub_welcome
Header always set Cache-Control no-store env=jubjub_welcome
ErrorDocument 400 "${words.BAD_REQUEST}"
ErrorDocument 403 "403 Forbidden"
ErrorDocument 404 "${words.NOT_FOUND}"
ErrorDocument 405 "${words.METHOD_NOT_ALLOWED}"
ErrorDocument 416 "${words.RANGE_NOT_SATISFIABLE}"
Header always set Content-Type text/plain "expr=%{REQUEST_STATUS} -in {'400', '403', '404', '405', '416'}"
Header always set Allow "${words.METHODS}" "expr=%{REQUEST_STATUS} == 405"
<LocationMatch "^${literal(prefix)}${API}">
  ErrorDocument 404 '${words.NOT_FOUND_JSON}'
  Header always set Content-Type application/json "expr=%{REQUEST_STATUS} == 404"
</LocationMatch>`;
}
