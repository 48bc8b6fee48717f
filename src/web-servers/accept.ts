/**
 * Negotiation (PEP 691) as ordered patterns over the Accept header: what servers without a parser for it can do.
 *
 * Best quality first, and at each quality the types that are named before the wildcards: the first pattern that matches
 * decides, and within one pattern the type that stands first in the header. That is what src/serve/negotiate.ts does,
 * with qualities cut after their first decimal. No look-around and no back-references: Caddy's engine has none.
 */

/** The types that pages have, `latest` included: it is answered with the concrete version (PEP 691). */
const PAGE_TYPE = 'text/html|application/vnd\\.pypi\\.simple\\.(?:v1|latest)\\+(?:html|json)';

const WILDCARD = '(?:text|application|\\*)/\\*';

/** From 1 to 0.1; then what is between 0.1 and 0. A quality of 0 is a refusal: no pattern matches it. */
const QUALITIES: readonly string[] = [
  '(?:\\s*;\\s*q=1(?:\\.0*)?)?',
  ...[9, 8, 7, 6, 5, 4, 3, 2, 1].map((tenths) => `\\s*;\\s*q=0?\\.${tenths}\\d*`),
  '\\s*;\\s*q=0?\\.0\\d*[1-9]\\d*',
];

/**
 * Patterns to be matched without regard to case, the best first; what was asked for is their only group.
 * @param group how that group begins: `(`, or with a name
 */
export function acceptPatterns(group: string): string[] {
  return QUALITIES.flatMap((quality) =>
    [PAGE_TYPE, WILDCARD].map((type) => `(?:^|,)\\s*${group}${type})${quality}\\s*(?:,|$)`),
  );
}

// The header names text/html itself, so that `*/*` is not meant for it.
export const TEXT_NAMED = '\\btext/(?:html|\\*)';

// The header names v1+html itself, so that `application/*` is not meant for it.
export const HTML_NAMED = '\\bapplication/vnd\\.pypi\\.simple\\.v1\\+html';

// Or covers it with `application/*`. With both HTML types gone, `*/*` is meant for JSON.
export const HTML_COVERED = '\\bapplication/(?:\\*|vnd\\.pypi\\.simple\\.v1\\+html)';

/** The values of `?format=`, which beat Accept (protocol §2.1): as they came, or decoded with the plus taken for a blank. */
export const FORMAT =
  'text(?:/|%2F)html|application(?:/|%2F)vnd\\.pypi\\.simple\\.(?:v1|latest)(?:[+ ]|%2B)(?:html|json)';
