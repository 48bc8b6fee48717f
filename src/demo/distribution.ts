/** What a wheel and an sdist have in common: their recipe, their names and their core metadata. */

/** What to build. The same recipe gives the same bytes. */
export interface Recipe {
  /** The display name, as an uploader would spell it: `Tulgey_Wood`. */
  readonly name: string;
  /** In normal form (PEP 440), because it becomes part of the filename. */
  readonly version: string;
  /** Requirements (PEP 508): `snark>=1.0`. */
  readonly requires?: readonly string[];
  readonly requiresPython?: string;
  /** Text by path below site-packages: `{ 'vorpal.py': '…' }`. */
  readonly modules: Readonly<Record<string, string>>;
}

/** A built file with what an upload form says of it. */
export interface Distribution {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly bytes: Buffer;
  /** The core metadata that the index serves beside it (PEP 658); PyPI does so for wheels only. */
  readonly metadata: Buffer | null;
  /** The form's pyversion field, which the journal repeats: `py3`, `source`, … */
  readonly pythonVersion: string;
  readonly requiresPython: string | null;
  /** What the upload form repeats of the core metadata, for the JSON API. @default nothing but name and version */
  readonly formMetadata?: Buffer;
}

/** PEP 503: lower case, runs of `-`, `_` and `.` become one `-`. */
export function normalize(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase();
}

/** PEP 427, PEP 625: the name as filenames spell it. */
export function filenameStem(recipe: Recipe): string {
  return `${normalize(recipe.name).replaceAll('-', '_')}-${recipe.version}`;
}

/** pip asks for nothing of an extra that the metadata does not name as one. */
function extrasIn(requires: readonly string[]): ReadonlySet<string> {
  return new Set(requires.flatMap((text) => /\bextra == "([^"]+)"/.exec(text)?.[1] ?? []));
}

/** The text of METADATA and PKG-INFO (core metadata 2.1, PEP 566). */
export function coreMetadata(recipe: Recipe): Buffer {
  const lines = [
    'Metadata-Version: 2.1',
    `Name: ${recipe.name}`,
    `Version: ${recipe.version}`,
    'Summary: A package that was made for trying out a mirror',
  ];
  if (recipe.requiresPython !== undefined) lines.push(`Requires-Python: ${recipe.requiresPython}`);
  for (const requirement of recipe.requires ?? []) lines.push(`Requires-Dist: ${requirement}`);
  for (const extra of extrasIn(recipe.requires ?? [])) lines.push(`Provides-Extra: ${extra}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}
