/** poetry.lock, versions 1 and 2. */
import { either, listOf, tableOf, tableWith, text } from '../check.ts';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { tableLines, tomlOf } from './shape.ts';

const files = listOf(tableWith({ hash: text() }));

const check = tableWith({
  package: listOf(
    tableWith({
      name: text(),
      version: text(),
      files: files.optional(),
      // A marker, or one for each group.
      markers: either(text(), tableOf(text())).optional(),
      source: tableWith({ type: text(), url: text().optional() }).optional(),
    }),
  ).optional(),
  metadata: tableWith({
    'lock-version': text().refine((version) => /^[12]\./.test(version), 'a lock file of version 1 or 2'),
    // Version 1 has the files of all packages here.
    files: tableOf(files).optional(),
  }),
});

/** Reads a lock file of Poetry. @throws CONFIG_INVALID */
export function readPoetryLock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = tableLines(file, '[[package]]');
  const { package: packages = [], metadata } = tomlOf(file, check, lineOf);
  const locked = packages.map((entry, place): LockedPackage => {
    const { source, markers } = entry;
    const isIndex = source === undefined || source.type === 'legacy';
    return {
      name: entry.name,
      version: entry.version,
      extras: [],
      hashes: (entry.files ?? filesOf(metadata.files, entry.name)).map(({ hash }) => hash),
      markers: typeof markers === 'string' ? [markers] : Object.values(markers ?? {}),
      index: isIndex ? (source?.url ?? null) : null,
      elsewhere: isIndex ? null : `${source.type} ${source.url ?? ''}`.trimEnd(),
      line: lineOf([place]),
    };
  });
  return parseLock(file, locked, hosts);
}

/** There are projects named like what every object has: `constructor`. */
function filesOf<T>(files: Readonly<Record<string, readonly T[]>> | undefined, name: string): readonly T[] {
  return files !== undefined && Object.hasOwn(files, name) ? (files[name] ?? []) : [];
}
