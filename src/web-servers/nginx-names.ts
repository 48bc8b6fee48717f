/** Names that are not normalized (PEP 503) in nginx, which cannot lower-case: a loop of rewrites that ends in a redirect. */
import { NOSNIFF } from './nginx-words.ts';
import { LETTERS, literal, NAME } from './patterns.ts';
import type { WebSite } from './site.ts';
import { API_CACHE, PAGE_CACHE } from './words.ts';

/**
 * A turn of the loop replaces each letter up to twice and four separators and more; nginx allows ten turns in all.
 * Every pattern is anchored and its parts exclude one another, so that none of them backtracks.
 */
export function nameLocations({ prefix, jsonApi }: WebSite): string {
  const start = literal(prefix);
  return `
# Other spellings of a name are redirected to the normalized one (PEP 503), in one step.
location ~ "^${start}/simple/(?<jubjub_name>${NAME})/?$" {
  rewrite ^ /@jubjub/name/simple/$jubjub_name last;
}
location = ${prefix}/simple {
  add_header Cache-Control "${PAGE_CACHE}";
  ${NOSNIFF}
  return 301 ${prefix}/simple/$is_args$args;
}${prefix === '' ? '' : bareLocation(prefix)}
location ^~ /@jubjub/name/ {
  internal;
  add_header Cache-Control $jubjub_moved_cache;
  ${NOSNIFF}
${LETTERS.map(lowerCase).join('\n')}
  rewrite ^([^_.]*)[_.]([^_.]*)[_.]([^_.]*)[_.]([^_.]*)[_.](.*)$ $1-$2-$3-$4-$5;
  rewrite ^([^_.]*)[_.](.*)$ $1-$2;
  rewrite ^(.*?)--+(.*?)--+(.*)$ $1-$2-$3;
  rewrite ^(.*?)--+(.*)$ $1-$2;
  if ($uri ~ "[A-Z_.]|--") { rewrite ^ $uri last; }
  set $jubjub_moved_cache "${PAGE_CACHE}";
  rewrite ^/@jubjub/name/simple/(.*)$ ${prefix}/simple/$1/ permanent;${jsonApi ? apiEnd(prefix) : ''}
}`;
}

/** PyPI's edge answers any spelling directly, and takes a slash off (protocol §3). */
export function apiNameLocation(start: string): string {
  return `
location ~ "^${start}/pypi/(?<jubjub_name>${NAME})/json$" {
  rewrite ^ /@jubjub/name/api/$jubjub_name last;
}
location ~ "^${start}/pypi/(?<jubjub_name>${NAME})/json/$" {
  rewrite ^ /@jubjub/name/slash/$jubjub_name last;
}`;
}

function apiEnd(prefix: string): string {
  return `
  rewrite ^/@jubjub/name/api/(.*)$ /@jubjub/api/$1/json last;
  set $jubjub_moved_cache "${API_CACHE}";
  rewrite ^/@jubjub/name/slash/(.*)$ ${prefix}/pypi/$1/json permanent;`;
}

function bareLocation(prefix: string): string {
  return `
location = ${prefix} { return 301 ${prefix}/; }`;
}

function lowerCase([upper, lower]: readonly [string, string]): string {
  const both = `rewrite ^([^${upper}]*)${upper}([^${upper}]*)${upper}(.*)$ $1${lower}$2${lower}$3;`;
  return `  ${both}  rewrite ^([^${upper}]*)${upper}(.*)$ $1${lower}$2;`;
}
