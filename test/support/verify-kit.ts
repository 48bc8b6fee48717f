/** What the tests of verify share: a mirror worth verifying, verifying it, and damaging its tree and its catalogue. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import Database from 'better-sqlite3';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import { noDamage } from '../../src/mirror/verify/damage.ts';
import type { CursorKeeper, VerifyDeps, VerifyOptions } from '../../src/mirror/verify/options.ts';
import type { VerifyEvent, VerifySummary } from '../../src/mirror/verify/report.ts';
import { verifyMirror } from '../../src/mirror/verify/verify.ts';
import { parseDocrootPath } from '../../src/pypi/paths.ts';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { Engine, EngineOptions } from './engine.ts';
import { contents, pathOf, startWorld, type World } from './mirror-kit.ts';
import { makeWheel } from './wheels.ts';

export const PLAIN: VerifyOptions = {
  quick: false,
  subset: null,
  bytesPerS: null,
  upstream: false,
  repair: false,
  resume: false,
};

const running = new AbortController().signal;

export class MemoryCursor implements CursorKeeper {
  text: string | null = null;
  writes = 0;

  async read(): Promise<string | null> {
    return this.text;
  }

  async write(text: string): Promise<void> {
    this.text = text;
    this.writes += 1;
  }

  async remove(): Promise<void> {
    this.text = null;
  }
}

export interface Verified {
  readonly summary: VerifySummary;
  readonly events: readonly VerifyEvent[];
  /** Of what was found: kind, project and path. */
  readonly found: readonly string[];
  /** The kinds of what was found, each once, sorted. */
  readonly kinds: readonly string[];
}

/** One verify, as a process that starts and ends. */
export async function verify(
  { engine }: { readonly engine: Pick<Engine, 'act'> },
  options: Partial<VerifyOptions> = {},
  more: Partial<VerifyDeps> | ((deps: MirrorDeps) => Partial<VerifyDeps>) = {},
  signal = running,
): Promise<Verified> {
  const events: VerifyEvent[] = [];
  const summary = await engine.act(false, (deps) =>
    verifyMirror(
      {
        ...deps,
        tell: (event) => events.push(event),
        cursor: new MemoryCursor(),
        isSyncing: () => false,
        ...(typeof more === 'function' ? more(deps) : more),
      },
      { ...PLAIN, ...options },
      signal,
    ),
  );
  const findings = events.flatMap((event) => (event.type === 'finding' ? [event] : []));
  return {
    summary,
    events,
    found: findings.map(({ kind, project, path }) => [kind, project, path].filter(Boolean).join(' ')).sort(),
    kinds: [...new Set(findings.map(({ kind }) => kind))].sort(),
  };
}

/** It found nothing, and says so. */
export function assertClean({ summary, found }: Verified): void {
  assert.deepEqual(found, []);
  assert.equal(summary.exitStatus, 0, JSON.stringify(summary));
  assert.deepEqual({ ...summary.damage }, noDamage());
}

export const ATTESTED = { version: 1, attestation_bundles: [] };

/** Everything that a docroot can have: sidecars of both kinds, twins, JSON API documents, the proof. */
export const EVERYTHING: Partial<EngineOptions> = {
  settings: { jsonApi: true, precompress: true },
};

/** An index of three projects and its complete mirror: snark with two files, zebra and hatter with one. */
export async function mirrored(t: TestContext, options: Partial<EngineOptions> = EVERYTHING): Promise<World> {
  const world = await startWorld(t, { cdn: false }, options);
  for (const [name, version] of [
    ['snark', '1.0'],
    ['snark', '2.0'],
    ['zebra', '1.0'],
    ['hatter', '1.0'],
  ] as const) {
    const modules = { 'module.py': `${name} ${version}` };
    world.sim.state.uploadFile(makeWheel({ name, version, modules }), ATTESTED);
  }
  // What `runTo` checks is the promise of a mirror with the defaults.
  assert.equal((await world.engine.run()).exitStatus, 0);
  return world;
}

export function docrootPath(raw: string): DocrootPath {
  const path = parseDocrootPath(raw);
  assert.ok(path, raw);
  return path;
}

/** The file of a project, in the docroot. */
export function fileOf(world: World, name: string, version = '1.0'): DocrootPath {
  return docrootPath(pathOf(world, `${name}-${version}-py3-none-any.whl`));
}

export function bytesAt({ engine }: World, path: string): Buffer {
  const bytes = engine.store.tree().get(path);
  assert.ok(bytes, `nothing lies at ${path}`);
  return Buffer.from(bytes);
}

/** Changes what lies at a path; null takes it away. */
export async function damage(
  world: World,
  path: string,
  change: (bytes: Buffer) => Buffer | string | null,
): Promise<void> {
  const { store } = world.engine;
  const changed = change(bytesAt(world, path));
  if (changed === null) await store.remove([docrootPath(path)]);
  else store.tamper(docrootPath(path), Buffer.from(changed));
}

/** Changes the catalogue behind its back. */
export function sql({ engine }: { readonly engine: { readonly catalogueFile: string } }, text: string): void {
  const database = new Database(engine.catalogueFile);
  try {
    const { changes } = database.prepare(text).run();
    assert.notEqual(changes, 0, `nothing was changed by: ${text}`);
  } finally {
    database.close();
  }
}

/** All rows of the catalogue but the run's own, as text: to be compared as a whole. */
export function rowsOf({ engine }: World, tables: readonly string[]): Record<string, unknown[]> {
  const database = new Database(engine.catalogueFile, { readonly: true });
  try {
    return Object.fromEntries(
      tables.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all()]),
    );
  } finally {
    database.close();
  }
}

export const ALL_TABLES = [
  'meta',
  'mark',
  'project',
  'file',
  'due',
  'run',
  'learned',
  'trash',
  'audit',
  'bucket',
];

/** Every content that lies somewhere in the docroot or the trash, reports aside: what a repair must never make fewer. */
export function allBytes(world: World): Set<string> {
  const trash = [...world.engine.store.trash().values()];
  return new Set([
    ...Object.values(contents(world)),
    ...trash.map((bytes) => Buffer.from(bytes).toString('base64')),
  ]);
}

export { contents };
