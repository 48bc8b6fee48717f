/** Pipfile.lock, of Pipfile specification 6. */
import { listOf, oneOf, tableOf, tableWith, tableWithAll, text } from '../check.ts';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { jsonOf, type LineOf } from './shape.ts';

const locked = tableWith({
  version: text().optional(),
  extras: listOf(text()).optional(),
  hashes: listOf(text()).optional(),
  markers: text().optional(),
  index: text().optional(),
});

const check = tableWithAll(
  {
    _meta: tableWith({
      'pipfile-spec': oneOf(6),
      sources: listOf(tableWith({ name: text(), url: text() })).optional(),
    }),
  },
  // `default`, `develop`, and categories of the operator's own.
  tableOf(locked),
);

/** What a package has instead of a version when it is from no index. */
const PLACES = ['git', 'hg', 'svn', 'bzr', 'path', 'file'] as const;

/** Reads a lock file of Pipenv. @throws CONFIG_INVALID */
export function readPipfileLock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = namedLines(file);
  const { _meta: meta, ...categories } = jsonOf(file, check, lineOf);
  const sources = new Map((meta.sources ?? []).map(({ name, url }) => [name, url]));
  const [usual = null] = sources.values();
  const packages = Object.entries(categories).flatMap(([category, table]) =>
    Object.entries(table).map(([name, entry]): LockedPackage => {
      const place = PLACES.find((word) => typeof entry[word] === 'string');
      return {
        name,
        version:
          entry.version === undefined || entry.version === '*' ? null : entry.version.replace(/^==/, ''),
        extras: entry.extras ?? [],
        hashes: entry.hashes ?? [],
        markers: entry.markers === undefined ? [] : [entry.markers],
        index: entry.index === undefined ? usual : (sources.get(entry.index) ?? usual),
        elsewhere: place === undefined ? null : `${place} ${entry[place] as string}`,
        line: lineOf([category, name]),
      };
    }),
  );
  return parseLock(file, packages, hosts);
}

/** The lines of `"name": {` below each category, as Pipenv writes them. */
function namedLines(file: TextFile): LineOf {
  const lines = new Map<string, number>();
  let category = '';
  file.text.split('\n').forEach((line, index) => {
    const [, indent = '', name] = /^( +)"([^"]+)": ?\{/.exec(line) ?? [];
    if (name === undefined) return;
    if (indent.length <= 4) category = name;
    else if (!lines.has(`${category} ${name}`)) lines.set(`${category} ${name}`, index + 1);
  });
  return ([outer, name]) => lines.get(`${String(outer)} ${String(name)}`) ?? null;
}
