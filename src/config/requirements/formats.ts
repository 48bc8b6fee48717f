/** Which requirement or lock file is which: their names tell. */

export type RequirementFormat = 'requirements' | 'uv' | 'pylock' | 'poetry' | 'pipfile';

/** The names by which files are known, for people. */
export const REQUIREMENT_FILE_NAMES: readonly string[] = [
  'requirements.txt',
  'requirements.in',
  'uv.lock',
  'pylock.toml',
  'poetry.lock',
  'Pipfile.lock',
];

/** The format of the file at a path, or null when its name does not tell. */
export function formatOf(path: string): RequirementFormat | null {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  if (name === 'uv.lock') return 'uv';
  if (name === 'poetry.lock') return 'poetry';
  if (name === 'Pipfile.lock') return 'pipfile';
  if (/^pylock\.(?:[^.]+\.)?toml$/.test(name)) return 'pylock'; // PEP 751
  return /.\.(?:txt|in)$/.test(name) ? 'requirements' : null;
}
