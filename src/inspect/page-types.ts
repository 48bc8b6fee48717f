/** The types of pages (PEP 691), and which of them a server must and may answer a client with. */

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
export const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';
export const TEXT_TYPE = 'text/html';

export interface AcceptCase {
  /** What a client sends. */
  readonly accept: string;
  /** What it likes best. */
  readonly best: string;
  /** What it takes, too. */
  readonly also: readonly string[];
}

/** What clients really send, and the same with other weights. */
export const ACCEPT_CASES: readonly AcceptCase[] = [
  { accept: JSON_TYPE, best: JSON_TYPE, also: [] },
  { accept: HTML_TYPE, best: HTML_TYPE, also: [] },
  { accept: 'text/html', best: TEXT_TYPE, also: [] },
  { accept: '*/*', best: TEXT_TYPE, also: [HTML_TYPE, JSON_TYPE] },
  // pip and uv
  {
    accept: `${JSON_TYPE}, ${HTML_TYPE}; q=0.1, text/html; q=0.01`,
    best: JSON_TYPE,
    also: [HTML_TYPE, TEXT_TYPE],
  },
  // devpi
  {
    accept: `${HTML_TYPE};q=0.2, ${JSON_TYPE}, text/html;q=0.01`,
    best: JSON_TYPE,
    also: [HTML_TYPE, TEXT_TYPE],
  },
  { accept: `${JSON_TYPE};q=0.1, text/html;q=0.9`, best: TEXT_TYPE, also: [JSON_TYPE] },
  { accept: `text/html, ${JSON_TYPE};q=0`, best: TEXT_TYPE, also: [] },
  { accept: 'application/vnd.pypi.simple.latest+json', best: JSON_TYPE, also: [] },
];

/** Is this Content-Type that type? Of text/html parameters may follow; the others are compared for equality by clients. */
export function isType(contentType: string | null, type: string): boolean {
  const given = contentType?.trim().toLowerCase() ?? '';
  return given === type || (type === TEXT_TYPE && /^text\/html\s*;/.test(given));
}
