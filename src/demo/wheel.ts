/** Makes pure-Python wheels (PEP 427) that real pip installs. */
import { createHash } from 'node:crypto';
import { coreMetadata, type Distribution, filenameStem, type Recipe } from './distribution.ts';
import { type ArchiveEntry, makeZip } from './zip.ts';

export interface Wheel extends Distribution {
  readonly metadata: Buffer;
}

const WHEEL_FILE = ['Wheel-Version: 1.0', 'Generator: jubjub', 'Root-Is-Purelib: true', 'Tag: py3-none-any'];

/** PEP 376/427: path, digest in URL-safe base64 without padding, size. */
function recordLine(entry: ArchiveEntry): string {
  const digest = createHash('sha256').update(entry.data).digest('base64url');
  return `${entry.name},sha256=${digest},${entry.data.length}`;
}

/** The files of a wheel in their order: modules, METADATA, WHEEL, and RECORD last. */
export function wheelEntries(recipe: Recipe): ArchiveEntry[] {
  const stem = filenameStem(recipe);
  const entries: ArchiveEntry[] = Object.entries(recipe.modules).map(([name, text]) => ({
    name,
    data: Buffer.from(text),
  }));
  entries.push(
    { name: `${stem}.dist-info/METADATA`, data: coreMetadata(recipe) },
    { name: `${stem}.dist-info/WHEEL`, data: Buffer.from(`${WHEEL_FILE.join('\n')}\n`) },
  );
  const record = `${stem}.dist-info/RECORD`;
  const lines = [...entries.map(recordLine), `${record},,`];
  entries.push({ name: record, data: Buffer.from(`${lines.join('\n')}\n`) });
  return entries;
}

/** A wheel of the recipe, tagged py3-none-any. Its `metadata` is the METADATA inside, byte for byte (PEP 658). */
export function makeWheel(recipe: Recipe): Wheel {
  const metadata = coreMetadata(recipe);
  return {
    name: recipe.name,
    version: recipe.version,
    filename: `${filenameStem(recipe)}-py3-none-any.whl`,
    bytes: makeZip(wheelEntries(recipe)),
    metadata,
    pythonVersion: 'py3',
    requiresPython: recipe.requiresPython ?? null,
    formMetadata: metadata,
  };
}
