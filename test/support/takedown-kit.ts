/** What the tests of takedowns share: prune, sweep and restore as processes, and ways to look at trash and audit. */
import assert from 'node:assert/strict';
import type { RunEvent } from '../../src/events.ts';
import { audited } from '../../src/mirror/audit.ts';
import { type PruneTally, pruneAlone } from '../../src/mirror/prune.ts';
import { type RestoredFile, release, restorable, restore } from '../../src/mirror/restore.ts';
import { type Found, type SweepResult, sweep } from '../../src/mirror/sweep.ts';
import { sha256Of } from '../../src/pypi/digests.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { checkAlways } from './check-promise.ts';
import { pathOf, type World } from './mirror-kit.ts';
import { makeWheel, type Wheel } from './wheels.ts';

const running = new AbortController().signal;

/** One line of the audit, as it is read by whoever reads it. */
export interface AuditLine {
  readonly seq: number;
  readonly at: string;
  readonly action: 'withdraw' | 'hide' | 'restore' | 'release' | 'delete';
  readonly project: string | null;
  readonly file: string | null;
  readonly path: string | null;
  readonly sha256: string | null;
  readonly why: string;
  readonly serial: number | null;
}

/** `jubjub prune`; the promise is checked after it. */
export async function prune(
  world: World,
  { dryRun = false, onEvent = (_event: RunEvent) => {} } = {},
): Promise<PruneTally> {
  const tally = await world.engine.act(dryRun, (deps) => pruneAlone(deps, { dryRun }, running), onEvent);
  checkAlways(world.engine.store.tree(), world.engine.catalogue, world.origin);
  return tally;
}

/** `jubjub restore <project> [file…]`. */
export async function restored(
  world: World,
  name: string,
  filenames?: readonly string[],
): Promise<readonly RestoredFile[]> {
  const project = normalizeName(name);
  return world.engine.act(false, (deps) =>
    audited(deps, async () => {
      const known = restorable(deps, project);
      const chosen = known.filter(({ filename }) => filenames?.includes(filename) ?? true);
      return restore(deps, project, chosen, running);
    }),
  );
}

/** `jubjub restore <project> --undo`; returns the names of what was held. */
export async function letGo(world: World, name: string): Promise<string[]> {
  const project = normalizeName(name);
  const released = await world.engine.act(false, (deps) =>
    audited(deps, async () => release(deps, project, deps.catalogue.filesOf(project))),
  );
  return released.map(({ file }) => file.filename);
}

/** `jubjub prune --sweep [--apply]`, with what it told. */
export async function swept(
  world: World,
  { apply = false, allowed = null as number | null } = {},
): Promise<{ readonly result: SweepResult; readonly found: readonly Found[] }> {
  const found: Found[] = [];
  const tell = (one: Found) => void found.push(one);
  const result = await world.engine.act(!apply, (deps) =>
    apply
      ? audited(deps, () => sweep(deps, { apply, allowed }, tell, running))
      : sweep(deps, { apply, allowed }, tell, running),
  );
  return { result, found };
}

export function auditOf({ engine }: World): AuditLine[] {
  return engine.store.auditLines().map((line) => JSON.parse(line) as AuditLine);
}

/** What the audit says of a file, in order. */
export function storyOf(world: World, filename: string): string[] {
  return auditOf(world).flatMap(({ file, action }) => (file === filename ? [action] : []));
}

/** The names of the files in the trash, without their folders. */
export function trashNames({ engine }: World): string[] {
  return [...engine.store.trash().keys()].map((path) => path.slice(path.lastIndexOf('/') + 1)).sort();
}

/** Is there anything at the path that the index gives a file? */
export function isInDocroot({ engine }: World, path: string): boolean {
  return engine.store.tree().has(path);
}

/** The code that something is refused with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    () => null,
    (error: unknown) => error,
  );
  assert.ok(failure !== null, 'nothing was refused');
  return String((failure as { code?: unknown }).code);
}

/** A project offers a file that is, or was, another's: the same bytes at the same address. */
export function offer(world: World, name: string, wheel: Wheel, path: string, version = '1.0'): void {
  const { state } = world.sim;
  if (state.project(name) === undefined) state.createProject(name);
  const project = state.project(name);
  assert.ok(project);
  if (!project.releases.has(version)) {
    state.uploadFile(makeWheel({ name, version, modules: { 'own.py': `${name} ${version}` } }));
  }
  const own = project.releases.get(version);
  const like = [...(own?.files.values() ?? [])][0];
  assert.ok(own && like);
  own.files.set(wheel.filename, {
    ...like,
    filename: wheel.filename,
    path: `/${path}`,
    sha256: sha256Of(wheel.bytes),
    sizeBytes: wheel.bytes.length,
    metadataSha256: wheel.metadata === null ? null : sha256Of(wheel.metadata),
  });
  state.journal({ name: project.displayName, version, action: `add py3 file ${wheel.filename}` });
}

/** The project is removed and made again, with the same file: the one thing that PyPI does not do to names, and others do. */
export function recreate(world: World, name: string, wheel: Wheel): void {
  const path = pathOf(world, wheel.filename);
  world.sim.state.removeProject(name);
  offer(world, name, wheel, path, '9.0');
}
