/** Which representation of a simple page a client gets (PEP 691 negotiation, with PyPI's manners). */
import Negotiator from 'negotiator';
import { remembering } from './memo.ts';

/** The concrete types that pages are sent with, exactly so: clients compare them for equality (protocol trap 20). */
export const PAGE_TYPES = [
  'text/html',
  'application/vnd.pypi.simple.v1+html',
  'application/vnd.pypi.simple.v1+json',
] as const;

export type PageType = (typeof PAGE_TYPES)[number];

/** What may be asked for → what is sent. PEP 691: `latest` is answered with the concrete version. */
const PAGE_TYPE_BY_ASKED: ReadonlyMap<string, PageType> = new Map([
  ...PAGE_TYPES.map((type): [string, PageType] => [type, type]),
  ['application/vnd.pypi.simple.latest+html', 'application/vnd.pypi.simple.v1+html'],
  ['application/vnd.pypi.simple.latest+json', 'application/vnd.pypi.simple.v1+json'],
]);

/**
 * The type to answer with. `format` is the raw value of `?format=`, which beats Accept when it names a known type
 * (PEP 691 allows it; PyPI's edge does it so). What nobody can serve gets `text/html`, never a 406 (protocol trap 19).
 */
export function negotiate(accept: string | undefined, format: string | undefined): PageType {
  const byFormat = PAGE_TYPE_BY_ASKED.get(format?.toLowerCase() ?? '');
  if (byFormat !== undefined) return byFormat;
  return byAccept(accept);
}

const byAccept = remembering((accept): PageType => {
  // The order of the list decides between equals: `*/*` is text/html, `application/*` is v1+html, as on PyPI.
  const best = new Negotiator({ headers: { accept } }).mediaType([...PAGE_TYPE_BY_ASKED.keys()]);
  return PAGE_TYPE_BY_ASKED.get(best ?? '') ?? 'text/html';
});
