/**
 * Wheels that are not what their page says, or that punish whoever unpacks them.
 *
 * PyPI serves files as they were uploaded, and old ones were never checked; other indexes check nothing. So METADATA
 * taken out of a wheel proves nothing until its sha256 is the advertised one, and whatever else a wheel holds must cost
 * a mirror no more than the request that it wanted to save. The sidecar (`metadata`) of each is sound.
 */
import {
  coreMetadata,
  type Distribution,
  filenameStem,
  type Recipe,
} from '../../../src/demo/distribution.ts';
import { makeWheel, wheelEntries } from '../../../src/demo/wheel.ts';
import { type ArchiveEntry, makeZip } from '../../../src/demo/zip.ts';

/** So much METADATA deflates to about a thousandth. */
const BOMB_BYTES = 64 * 1024 * 1024;

const isMetadata = ({ name }: ArchiveEntry) => name.endsWith('.dist-info/METADATA');

/** The entries with another METADATA. */
function withMetadata(recipe: Recipe, data: Buffer): ArchiveEntry[] {
  return wheelEntries(recipe).map((entry) => (isMetadata(entry) ? { name: entry.name, data } : entry));
}

function endOfDirectory(zip: Buffer): number {
  return zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
}

/** Where each header of the central directory begins; makeZip writes neither extra fields nor comments. */
function* directoryHeaders(zip: Buffer): Generator<{ at: number; name: string }> {
  const end = endOfDirectory(zip);
  for (let at = zip.readUInt32LE(end + 16); at < end; at += 46 + zip.readUInt16LE(at + 28))
    yield { at, name: zip.subarray(at + 46, at + 46 + zip.readUInt16LE(at + 28)).toString() };
}

/** Every entry of the central directory leads to the local header of the first: the parts overlap. */
function overlapping(zip: Buffer): Buffer {
  const bytes = Buffer.from(zip);
  for (const { at } of directoryHeaders(zip)) bytes.writeUInt32LE(0, at + 42);
  return bytes;
}

/** METADATA claims to be this small and inflates to far more: the sizes in both of its headers lie. */
function understated(zip: Buffer, sizeBytes: number): Buffer {
  const bytes = Buffer.from(zip);
  for (const { at, name } of directoryHeaders(zip)) {
    if (!name.endsWith('.dist-info/METADATA')) continue;
    bytes.writeUInt32LE(sizeBytes, at + 24);
    bytes.writeUInt32LE(sizeBytes, zip.readUInt32LE(at + 42) + 22);
  }
  return bytes;
}

/** By kind: the bytes of a wheel of the recipe. */
const MAKERS = {
  /** METADATA inside differs from the advertised sidecar: a rebuilt or a back-filled one. */
  'other-metadata': (recipe) =>
    makeZip(withMetadata(recipe, Buffer.concat([coreMetadata(recipe), Buffer.from('License: Snark\n')]))),
  /** No zip at all. */
  'no-zip': (recipe) =>
    Buffer.from(`This is ${recipe.name} ${recipe.version}, and it is no zip.\n`.repeat(8)),
  /** The archive ends before its directory. */
  'cut-zip': (recipe) => {
    const zip = makeZip(wheelEntries(recipe));
    return zip.subarray(0, endOfDirectory(zip));
  },
  'no-metadata': (recipe) => makeZip(wheelEntries(recipe).filter((entry) => !isMetadata(entry))),
  /** A second dist-info with a METADATA of its own, first in the archive. */
  'two-dist-infos': (recipe) =>
    makeZip([
      {
        name: 'boojum-9.dist-info/METADATA',
        data: coreMetadata({ ...recipe, name: 'boojum', version: '9' }),
      },
      ...wheelEntries(recipe),
    ]),
  /** METADATA twice under one name, the wrong one first: a directory has no order that means anything. */
  'metadata-twice': (recipe) => {
    const name = `${filenameStem(recipe)}.dist-info/METADATA`;
    return makeZip([
      { name, data: Buffer.from('Metadata-Version: 2.1\nName: boojum\n') },
      ...wheelEntries(recipe),
    ]);
  },
  /** 64 MiB of METADATA in 64 KiB. */
  bomb: (recipe) => makeZip(withMetadata(recipe, Buffer.alloc(BOMB_BYTES, ' '))),
  /** The same, and the directory says that it is 100 bytes. */
  'lying-bomb': (recipe) => understated(makeZip(withMetadata(recipe, Buffer.alloc(BOMB_BYTES, ' '))), 100),
  overlapping: (recipe) => overlapping(makeZip(wheelEntries(recipe))),
} satisfies Readonly<Record<string, (recipe: Recipe) => Buffer>>;

export type OddKind = keyof typeof MAKERS;

export const ODD_KINDS = Object.keys(MAKERS) as readonly OddKind[];

/** A wheel of the recipe that is odd in this way; its sidecar is what `makeWheel` would have put into it. */
export function oddWheel(recipe: Recipe, kind: OddKind): Distribution & { readonly metadata: Buffer } {
  return { ...makeWheel(recipe), bytes: MAKERS[kind](recipe) };
}
