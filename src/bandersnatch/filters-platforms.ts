/** `exclude_platform`: files whose names have certain parts, and the installers of a platform. */
import { entriesOf } from './conf.ts';
import type { ImportContext } from './context.ts';
import type { Listed } from './draft.ts';
import { filterKey } from './plugins.ts';

/** What a word leaves out: expressions over parts of filenames, and types of files. */
interface Words {
  readonly parts: readonly string[];
  readonly types: readonly string[];
}

/** Behind a part of its name, sources have their version and ending; they are never left out. */
const UNLESS_SOURCE = String.raw`(?!.*-\d[^-]*\.(?:tar\.\w+|tgz|tar|zip)$)`;

const WINDOWS = ['.win32', '-win32', 'win_amd64', 'win-amd64'];
const LINUX = [
  ...['linux-i686', 'linux-x86_64', 'linux_armv7l', 'linux_armv6l'],
  ...['manylinux1_i686', 'manylinux1_x86_64', 'manylinux2010_i686', 'manylinux2010_x86_64'],
  ...['x86_64', 'i686', 'aarch64', 'armv7l', 'ppc64', 'ppc64le', 's390x'].map(
    (one) => `manylinux2014_${one}`,
  ),
];
/** Every machine of them; since bandersnatch 7.0.1 and 8.0. */
const NEWER_LINUX = ['manylinux_2_', 'musllinux_'];

const FAMILIES = new Map<string, Words>(
  Object.entries({
    windows: { parts: WINDOWS, types: ['msi', 'wininst'] },
    macos: { parts: ['macosx_', 'macosx-'], types: ['dmg'] },
    freebsd: { parts: ['.freebsd', '-freebsd'], types: [] },
    linux: { parts: [...LINUX, ...NEWER_LINUX], types: ['rpm'] },
  }),
);
const SYNONYMS = new Map([
  ['win', 'windows'],
  ['macosx', 'macos'],
]);

const PLATFORM_NOTE =
  'Parts of filenames, as bandersnatch has them. `platforms = ["!windows"]` says it of the tags of wheels, and ' +
  '`python = ["3.11", "3.12"]` what is wanted instead of what is not.';
const LINUX_NOTE =
  'linux: bandersnatch before 8.0 keeps manylinux_2_* all the same, and before 7.0.1 musllinux_*.';

export function translatePlatforms({ conf, draft, plugins }: ImportContext): void {
  const key = filterKey(conf, 'blocklist', 'platforms');
  if (key === null || !plugins.has('exclude_platform')) return;
  const entries: Listed[] = [];
  const types: string[] = [];
  for (const word of entriesOf(key).flatMap(({ text }) => text.split(/\s+/))) {
    const words = wordsOf(word.toLowerCase());
    if (words === null) {
      draft.comment(key, `"${word}" is no platform that bandersnatch knows, and did nothing`);
      continue;
    }
    types.push(...words.types.map((type) => `!${type}`));
    entries.push({ value: blocking(words.parts), note: word.toLowerCase() });
  }
  if (types.length > 0) draft.list(key, 'files', 'types', types);
  const notes = entries.some(({ note }) => note === 'linux') ? [PLATFORM_NOTE, LINUX_NOTE] : [PLATFORM_NOTE];
  if (entries.length > 0) draft.list(key, 'files', 'names', entries, ...notes);
}

function wordsOf(word: string): Words | null {
  const family = FAMILIES.get(SYNONYMS.get(word) ?? word);
  if (family !== undefined) return family;
  if ([...WINDOWS, ...LINUX].includes(word)) return { parts: [word], types: [] };
  const python = /^py(\d)(?:\.(\d{1,2}))?$/.exec(word);
  if (python === null) return null;
  const [, major = '', minor] = python;
  const tags = ['cp', 'pp', 'ip', 'jy'].map((short) => `-${short}${major}${minor ?? ''}-`);
  const version = minor === undefined ? major : `${major}.${minor}`;
  return { parts: [...tags, `-py${version}-`, `-py${version}.`], types: [] };
}

/** A `!` entry of `[files] names` that fits what has one of the parts. */
function blocking(parts: readonly string[]): string {
  const escaped = parts.map((part) => part.replace(/[.]/g, '\\.'));
  return `!/(?:${escaped.join('|')})${UNLESS_SOURCE}/`;
}
