/** TOML for fuzzing: its words, and documents of JSON that say the same in it. */
import type { TomlValue } from '../../../src/config/key.ts';
import { tomlValue } from '../../../src/config/toml-text.ts';
import { wordList } from './texts.ts';

export const TOML_WORDS = wordList(
  '[ ] [[ ]] { } = ␣=␣ . , " \' """ \'\'\' \\ # ␤ ␣ true 1 1.5 2024-01-31 2024-01-31T00:00:00Z inf',
  'nan 0x10 1e9 _ a directory␣=␣"./mirror"␤ [upstream]␤ url␣=␣"https://pypi.org"␤ [projects]␤',
  'allow␣=␣["a*"]␤ [[exception]]␤ __proto__ [package]␤ [[package]]␤ name␣=␣"a"␤',
  'version␣=␣"1.0"␤ source␣=␣{␣registry␣=␣"https://pypi.org/simple"␣}␤',
);

/** A document of JSON as TOML that says the same; TOML has no null. */
export function asToml(json: string): string {
  const document = JSON.parse(json, (_key, value: unknown) => value ?? '') as unknown;
  const tables = typeof document === 'object' ? (document as Record<string, TomlValue>) : {};
  return Object.entries(tables)
    .map(([key, value]) => `${tomlValue(key)} = ${tomlValue(value)}\n`)
    .join('');
}
