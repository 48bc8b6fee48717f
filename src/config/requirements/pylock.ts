/** pylock.toml and pylock.<name>.toml (PEP 751), version 1. */
import { z } from 'zod';
import type { ParsedFile, TextFile } from './entry.ts';
import { type KnownHosts, type LockedPackage, parseLock } from './lock.ts';
import { tableLines, tomlOf } from './shape.ts';

const distribution = z.looseObject({ hashes: z.record(z.string(), z.string()) });
/** A place outside of every index. */
const place = z.looseObject({ url: z.string().optional(), path: z.string().optional() });

const schema = z.looseObject({
  // PEP 751: tools may read a later minor version, and must refuse another major one.
  'lock-version': z.string().regex(/^1\./, 'a lock file of version 1'),
  packages: z
    .array(
      z.looseObject({
        name: z.string(),
        version: z.string().optional(),
        marker: z.string().optional(),
        index: z.string().optional(),
        vcs: place.optional(),
        directory: place.optional(),
        archive: place.optional(),
        sdist: distribution.optional(),
        wheels: z.array(distribution).optional(),
      }),
    )
    .optional(),
});

/** Reads a lock file of PEP 751. @throws CONFIG_INVALID */
export function readPylock(file: TextFile, hosts: KnownHosts): ParsedFile {
  const lineOf = tableLines(file, '[[packages]]');
  const { packages = [] } = tomlOf(file, schema, lineOf);
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
