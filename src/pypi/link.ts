/** One link of an HTML page: whether it leads to a file, and what it says of it (PEP 503, 592, 658, 714, 740). */
import { SIDECAR_SUFFIX } from './filenames.ts';
import { decodeComponent } from './paths.ts';
import type { JsonObject, JsonValue } from './types.ts';

/** All attributes of a link that mean something. */
export const FILE_ATTRIBUTES = [
  'href',
  'rel',
  'data-requires-python',
  'data-yanked',
  'data-core-metadata',
  'data-dist-info-metadata',
  'data-provenance',
  'data-gpg-sig',
] as const;

/** What ever was uploaded to PyPI ends like this (protocol trap 26). */
const DISTRIBUTION =
  /\.(?:whl|egg|exe|msi|rpm|deb|dmg|zip|tgz|tbz2?|txz|tar(?:\.(?:gz|bz2|xz|z|lzma|zst))?)$/i;

/** A digest in a fragment; its name is one of Python's hashlib, which PEP 503 asks for. */
const DIGEST = /^(md5|sha1|sha224|sha256|sha384|sha512|sha3_\d{3}|blake2[bs]|blake2b_256)=([0-9a-z]+)$/i;

/**
 * The file that a link leads to, as an entry of `files` in JSON; null for links to anything else: the parent directory,
 * a home page, a mail address, an addition to a file. The name is the URL's; PEP 503 wants the link's text to be the
 * same, and where it is not, the URL is what installers go by.
 */
export function fileOfLink(
  attributes: ReadonlyMap<string, string>,
  base: string,
): { readonly filename: string; readonly entry: JsonObject } | null {
  const href = attributes.get('href');
  if (href === undefined || !URL.canParse(href, base) || isAside(attributes.get('rel'))) return null;
  const url = new URL(href, base);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  const last = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  const fragment = url.hash.slice(1).split('&');
  const hashes = digestsOf(fragment);
  const filename = decodeComponent(last) ?? last;
  if (last === '' || SIDECAR_SUFFIX.test(filename)) return null;
  // A digest or an attribute is said of files only: for kinds of files that are still to be invented (PEP 825).
  const isSaidToBeFile = Object.keys(hashes).length > 0 || [...attributes.keys()].some(isData);
  if (!isSaidToBeFile && (!DISTRIBUTION.test(filename) || fragment.some(isEgg))) return null;
  url.hash = '';
  return { filename, entry: { filename, url: url.href, hashes, ...facts(attributes) } };
}

/** Links of old pages to what a project's owner had named, anywhere (PEP 438). */
function isAside(rel: string | undefined): boolean {
  return rel !== undefined && /(?:^|\s)(?:homepage|download)(?:\s|$)/i.test(rel);
}

/** A source tree rather than a file, in the manner of setuptools: `master.zip#egg=name-dev`. */
function isEgg(part: string): boolean {
  return part.startsWith('egg=');
}

function isData(attribute: string): boolean {
  return attribute.startsWith('data-');
}

function digestsOf(fragment: readonly string[]): Record<string, string> {
  const pairs = fragment.map((part) => DIGEST.exec(part)).filter((match) => match !== null);
  // The first of a name counts.
  return Object.fromEntries(
    pairs.reverse().map(([, name = '', digest = '']) => [name.toLowerCase(), digest]),
  );
}

const SIGNED: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** What an attribute does not say is not added. */
function facts(attributes: ReadonlyMap<string, string>): JsonObject {
  const metadata = coreMetadataOf(attributes);
  const said: readonly (readonly [string, JsonValue | undefined])[] = [
    ['requires-python', attributes.get('data-requires-python')],
    ['yanked', yankedOf(attributes.get('data-yanked'))],
    ['core-metadata', metadata],
    ['provenance', attributes.get('data-provenance') || undefined],
    ['gpg-sig', SIGNED.get(attributes.get('data-gpg-sig') ?? '')],
  ];
  return Object.fromEntries(said.filter((pair): pair is [string, JsonValue] => pair[1] !== undefined));
}

/** PEP 592: the attribute alone means yanked, its value is the reason. */
function yankedOf(value: string | undefined): true | string | undefined {
  return value === '' ? true : value;
}

/** PEP 714: the new attribute counts before the old; `true` or a digest. What is neither says nothing that can be kept. */
function coreMetadataOf(attributes: ReadonlyMap<string, string>): JsonValue | undefined {
  const value = attributes.get('data-core-metadata') ?? attributes.get('data-dist-info-metadata');
  if (value === undefined) return undefined;
  if (value === 'true') return true;
  const [, name = '', digest = ''] = DIGEST.exec(value) ?? [];
  if (name === '') return false;
  // `sha256=None` has been seen: the file is there, its digest is not known.
  return name.toLowerCase() === 'sha256' && !/^[0-9a-f]{64}$/i.test(digest)
    ? true
    : { [name.toLowerCase()]: digest };
}
