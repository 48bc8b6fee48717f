/** Which representation a request gets: of a simple page (PEP 691; protocol §2.1), or of anything else that is offered. */

export type SimpleType =
  | 'application/vnd.pypi.simple.v1+json'
  | 'application/vnd.pypi.simple.v1+html'
  | 'text/html';

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';

/** In the order of preference among equals. On PyPI the `latest` names are known to the edge only; here to both layers. */
const OFFERS: readonly (readonly [name: string, type: SimpleType])[] = [
  ['text/html', 'text/html'],
  [HTML_TYPE, HTML_TYPE],
  [JSON_TYPE, JSON_TYPE],
  ['application/vnd.pypi.simple.latest+html', HTML_TYPE],
  ['application/vnd.pypi.simple.latest+json', JSON_TYPE],
];

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseAccept(accept: string): Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: Number.isFinite(quality) ? quality : 0 };
  });
}

/** RFC 9110 §12.5.1: the most specific range that matches decides. */
function qualityOf(name: string, ranges: readonly Range[]): number {
  const group = `${name.split('/')[0]}/*`;
  for (const wanted of [name, group, '*/*']) {
    const range = ranges.find(({ type }) => type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}

/** The offer that the client likes best, the first among equals; null when it takes none of them. */
export function bestOffer<T extends string>(accept: string | undefined, offers: readonly T[]): T | null {
  const ranges = parseAccept(accept ?? '*/*');
  let best: { offer: T | null; quality: number } = { offer: null, quality: 0 };
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > best.quality) best = { offer, quality };
  }
  return best.offer;
}

/** The type to answer with. Trap 19: PyPI never sends 406; what it does not know gets `text/html`. */
export function negotiateSimple(accept: string | undefined, query: string): SimpleType {
  const format = new URLSearchParams(query).get('format');
  const asked = OFFERS.find(([name]) => name === format);
  if (asked !== undefined) return asked[1];
  const best = bestOffer(
    accept,
    OFFERS.map(([name]) => name),
  );
  return OFFERS.find(([name]) => name === best)?.[1] ?? 'text/html';
}
