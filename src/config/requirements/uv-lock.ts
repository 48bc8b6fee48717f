/** uv.lock, version 1. */
import { anything, listOf, oneOf, tableOf, tableWith, text } from '../check.ts';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { tableLines, tomlOf } from './shape.ts';

const distribution = tableWith({ hash: text().optional() });

const check = tableWith({
  // uv refuses lock files of another version; a revision changes nothing that matters here.
  version: oneOf(1),
  package: listOf(
    tableWith({
      name: text(),
      version: text().optional(),
      source: tableOf(anything),
      'resolution-markers': listOf(text()).optional(),
      sdist: distribution.optional(),
      wheels: listOf(distribution).optional(),
    }),
  ).optional(),
});

/** Reads a lock file of uv. @throws CONFIG_INVALID */
export function readUvLock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = tableLines(file, '[[package]]');
  const { package: packages = [] } = tomlOf(file, check, lineOf);
  const locked = packages.map((entry, place): LockedPackage => {
    const { registry } = entry.source;
    const [kind = 'nowhere', where = ''] = Object.entries(entry.source)[0] ?? [];
    return {
      name: entry.name,
      version: entry.version ?? null,
      extras: [],
      hashes: [entry.sdist, ...(entry.wheels ?? [])].flatMap((given) => given?.hash ?? []),
      markers: entry['resolution-markers'] ?? [],
      index: typeof registry === 'string' ? registry : null,
      elsewhere:
        typeof registry === 'string' ? null : `${kind} ${typeof where === 'string' ? where : ''}`.trimEnd(),
      line: lineOf([place]),
    };
  });
  return parseLock(file, locked, hosts);
}
