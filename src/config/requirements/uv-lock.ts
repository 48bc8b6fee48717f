/** uv.lock, version 1. */
import { z } from 'zod';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { tableLines, tomlOf } from './shape.ts';

const distribution = z.looseObject({ hash: z.string().optional() });

const schema = z.looseObject({
  // uv refuses lock files of another version; a revision changes nothing that matters here.
  version: z.literal(1),
  package: z
    .array(
      z.looseObject({
        name: z.string(),
        version: z.string().optional(),
        source: z.record(z.string(), z.unknown()),
        'resolution-markers': z.array(z.string()).optional(),
        sdist: distribution.optional(),
        wheels: z.array(distribution).optional(),
      }),
    )
    .optional(),
});

/** Reads a lock file of uv. @throws CONFIG_INVALID */
export function readUvLock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = tableLines(file, '[[package]]');
  const { package: packages = [] } = tomlOf(file, schema, lineOf);
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
