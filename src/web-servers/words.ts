/** The headers and words of answers, the same as those of `jubjub serve` (src/serve/route.ts, src/serve/answer.ts). */

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
export const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';
export const TEXT_TYPE = 'text/html';
/** PEP 740. */
export const PROVENANCE_TYPE = 'application/vnd.pypi.integrity.v1+json';
export const FILE_TYPE = 'application/octet-stream';

/** As on PyPI (protocol §2.3, §3, §4.2). */
export const PAGE_CACHE = 'max-age=600, public';
export const API_CACHE = 'max-age=900, public';
export const FILE_CACHE = 'max-age=365000000, immutable, public';
/** Kept by caches, but never used without asking. */
export const REPORT_CACHE = 'no-cache';

/** PEP 691: one URL, several representations; and each may be compressed. */
export const PAGE_VARY = 'Accept, Accept-Encoding';

export const METHODS = 'GET, HEAD';

export const NOT_FOUND = '404 Not Found';
export const NOT_FOUND_JSON = '{"message": "Not Found"}';
export const BAD_REQUEST = '400 Bad Request';
export const METHOD_NOT_ALLOWED = '405 Method Not Allowed';
export const RANGE_NOT_SATISFIABLE = '416 Range Not Satisfiable';

/** Reports in the docroot's root, with their types. */
export const REPORTS = [
  { name: 'last-modified', type: 'text/plain' }, // PEP 381
  { name: 'status.json', type: 'application/json' },
  { name: 'manifest.json', type: 'application/json' },
] as const;

/** A bucket of the completeness proof, below `manifest/`; the braces need quotation marks around the pattern. */
export const BUCKET = 'manifest/[0-9a-f]{3}\\.sha256';
export const BUCKET_TYPE = 'text/plain';

/** The words at `/`, in one line, without a character that a configuration would have to escape. */
export function welcome(url: string): string {
  return `jubjub: a mirror of a Python package index: pip install --index-url ${url}/simple/ PROJECT`;
}
