/** pylock.toml and pylock.<name>.toml (PEP 751), version 1. */
import { listOf, tableOf, tableWith, text } from '../check.ts';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { tableLines, tomlOf } from './shape.ts';

const distribution = tableWith({ hashes: tableOf(text()) });
/** A place outside of every index. */
const place = tableWith({ url: text().optional(), path: text().optional() });

const check = tableWith({
  // PEP 751: tools may read a later minor version, and must refuse another major one.
  'lock-version': text().refine((version) => version.startsWith('1.'), 'a lock file of version 1'),
  packages: listOf(
    tableWith({
      name: text(),
      version: text().optional(),
      marker: text().optional(),
      index: text().optional(),
      vcs: place.optional(),
      directory: place.optional(),
      archive: place.optional(),
      sdist: distribution.optional(),
      wheels: listOf(distribution).optional(),
    }),
  ).optional(),
});

/** Reads a lock file of PEP 751. @throws CONFIG_INVALID */
export function readPylock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = tableLines(file, '[[packages]]');
  const { packages = [] } = tomlOf(file, check, lineOf);
  const locked = packages.map(({ vcs, directory, archive, ...entry }, nth): LockedPackage => {
    const kind = vcs ? 'vcs' : directory ? 'directory' : 'archive';
    const where = vcs ?? directory ?? archive;
    return {
      name: entry.name,
      version: entry.version ?? null,
      extras: [],
      hashes: [entry.sdist, ...(entry.wheels ?? [])].flatMap((given) =>
        Object.entries(given?.hashes ?? {}).map(([algorithm, hex]) => `${algorithm}:${hex}`),
      ),
      markers: entry.marker === undefined ? [] : [entry.marker],
      index: entry.index ?? null,
      elsewhere: where === undefined ? null : `${kind} ${where.url ?? where.path ?? ''}`.trimEnd(),
      line: lineOf([nth]),
    };
  });
  return parseLock(file, locked, hosts);
}
