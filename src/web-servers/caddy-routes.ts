/** What Caddy does with a request: one `route` for each kind of answer, and what it says of errors. */
import {
  API,
  GZIP_ACCEPTED,
  HIDDEN,
  LETTERS,
  literal,
  MALFORMED,
  NAME,
  NORMALIZED,
  TOO_LONG,
} from './patterns.ts';
import type { WebSite } from './site.ts';
import { indent, sections } from './text.ts';
import * as words from './words.ts';

/** What PEP 503 does to a name; it stands alone in the path. */
const NORMALIZING = [
  'uri path_regexp [-_.]+ -',
  ...LETTERS.map(([upper, lower]) => `uri path_regexp ${upper} ${lower}`),
].join('\n');

/** No dates, which count in whole seconds and would hide a change; no ranges: these documents are replaced. */
const REPLACED = `
	request_header -If-Modified-Since
	request_header -Range
	header {
		-Last-Modified
		-Accept-Ranges
	}
	file_server`;

export function caddyRoutes(site: WebSite): string {
  return sections(
    manners(),
    pages(site),
    files(site),
    reports(site),
    site.jsonApi ? api(site) : '',
    names(site),
    'error 404',
  );
}

function manners(): string {
  return `
header X-Content-Type-Options nosniff

@method not method GET HEAD
route @method {
	header Allow "${words.METHODS}"
	error 405
}
# Dot segments, backslashes, encoded slashes, control characters
@malformed vars_regexp {http.request.orig_uri} \`(?i)^${MALFORMED}\`
error @malformed 400
@no_path vars_regexp {http.request.orig_uri.path} \`//|${TOO_LONG}\`
error @no_path 404

# For redirects
map {http.request.orig_uri.query} {jubjub_query} {
	\`~^(.+)$\` ?\${1}
	default ""
}`;
}

function pages({ prefix, precompress }: WebSite): string {
  const twin = `
	@gzip {
		header_regexp Accept-Encoding \`(?i)${GZIP_ACCEPTED}\`
		file /simple/{http.regexp.page.1}{jubjub_file}.gz
	}
	header @gzip Content-Encoding gzip
	rewrite @gzip {http.request.uri.path}.gz`;
  return `
# Pages: /simple/ and /simple/<name>/
@page path_regexp page \`^${literal(prefix)}/simple/((?:${NORMALIZED}/)?)$\`
route @page {
	header Content-Type {jubjub_type}
	header Cache-Control "${words.PAGE_CACHE}"
	header Vary "${words.PAGE_VARY}"
	rewrite * /simple/{http.regexp.page.1}{jubjub_file}${precompress ? twin : ''}${REPLACED}
}`;
}

function files({ prefix }: WebSite): string {
  return `
# Files, their metadata (PEP 658) and attestations (PEP 740)
@file path_regexp \`^${literal(prefix)}/packages/.*[^/]$\`
route @file {
	@hidden path_regexp \`${HIDDEN}\`
	error @hidden 404${prefix === '' ? '' : `\n\turi strip_prefix ${prefix}`}
	@provenance path *.provenance
	header @provenance Content-Type ${words.PROVENANCE_TYPE}
	header @provenance Cache-Control "${words.PAGE_CACHE}"
	@other not path *.provenance
	header @other Content-Type ${words.FILE_TYPE}
	header @other Cache-Control "${words.FILE_CACHE}"
	# Who asks for several ranges gets the whole.
	@ranges header Range *,*
	request_header @ranges -Range
	file_server
}`;
}

function reports({ prefix, url }: WebSite): string {
  const report = ({ name, type }: (typeof words.REPORTS)[number]) => `
route ${prefix}/${name} {
	header Content-Type ${type}
	header Cache-Control ${words.REPORT_CACHE}
	rewrite * /${name}${REPLACED}
}`;
  const buckets = `
@bucket path_regexp bucket \`^${literal(prefix)}/(${words.BUCKET})$\`
route @bucket {
	header Content-Type ${words.BUCKET_TYPE}
	header Cache-Control ${words.REPORT_CACHE}
	rewrite * /{http.regexp.bucket.1}${REPLACED}
}`;
  return `
# Reports, and a welcome${words.REPORTS.map(report).join('')}${buckets}
@welcome path_regexp \`^${literal(prefix)}/$\`
route @welcome {
	header Content-Type text/plain
	header Cache-Control no-store
	respond "${words.welcome(url)}"
}`;
}

function api({ prefix }: WebSite): string {
  const asked = `^${literal(prefix)}/pypi/(${NAME})/json`;
  return `
# The JSON API: /pypi/<name>/json, for any spelling of the name
@api path_regexp api \`${asked}$\`
route @api {
	header Content-Type application/json
	header Cache-Control "${words.API_CACHE}"
	rewrite * /{http.regexp.api.1}
${indent(NORMALIZING, '\t')}
	rewrite * /pypi{http.request.uri.path}/json${REPLACED}
}
@api_slash path_regexp api \`${asked}/$\`
route @api_slash {
	header Cache-Control "${words.API_CACHE}"
	rewrite * /{http.regexp.api.1}
${indent(NORMALIZING, '\t')}
	redir * ${prefix}/pypi{http.request.uri.path}/json{jubjub_query} 301
}`;
}

function names({ prefix }: WebSite): string {
  const bare = prefix === '' ? '' : `\nredir ${prefix} ${prefix}/ 301`;
  return `
# Other spellings of a name are redirected to the normalized one (PEP 503), in one step.
@name path_regexp name \`^${literal(prefix)}/simple/(${NAME})/?$\`
route @name {
	header Cache-Control "${words.PAGE_CACHE}"
	rewrite * /{http.regexp.name.1}
${indent(NORMALIZING, '\t')}
	redir * ${prefix}/simple{http.request.uri.path}/{jubjub_query} 301
}
@list path_regexp \`^${literal(prefix)}/simple$\`
route @list {
	header Cache-Control "${words.PAGE_CACHE}"
	redir * ${prefix}/simple/{jubjub_query} 301
}${bare}`;
}

/** Answers without a file: everything that was set for one is taken back. */
export function caddyErrors({ prefix }: WebSite): string {
  return `
handle_errors {
	route {
		header X-Content-Type-Options nosniff
		header Content-Type text/plain
		header {
			-Cache-Control
			-Vary
			-Content-Encoding
			-Last-Modified
			-Accept-Ranges
			-ETag
		}
		@api {
			vars {http.error.status_code} 404
			vars_regexp {http.request.orig_uri.path} \`^${literal(prefix)}${API}\`
		}
		route @api {
			header Content-Type application/json
			respond \`${words.NOT_FOUND_JSON}\`
		}
		respond "{err.status_code} {err.status_text}"
	}
}`;
}
