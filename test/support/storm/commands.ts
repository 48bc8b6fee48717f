/** What each command of the mirror does, as its process does it, without the command line around it. */
import { isJubjubError, type JubjubError } from '../../../src/errors.ts';
import type { SyncSummary } from '../../../src/events.ts';
import { audited } from '../../../src/mirror/audit.ts';
import type { MirrorDeps, SyncOptions } from '../../../src/mirror/deps.ts';
import { flushAfterKill, pruneAlone } from '../../../src/mirror/prune.ts';
import { release, restorable, restore } from '../../../src/mirror/restore.ts';
import { sweep } from '../../../src/mirror/sweep.ts';
import type { Prng } from '../prng.ts';
import { verify } from '../verify-kit.ts';
import type { Command, RunAct } from './acts.ts';
import type { World } from './world.ts';

/** How a process ended: with a summary, with what a verify found, with an error, or just so. */
export interface Ended {
  readonly summary: SyncSummary | null;
  readonly error: unknown;
  readonly findings: {
    readonly found: readonly string[];
    readonly exitStatus: number;
    readonly stoppedBy: { readonly code: string; readonly message: string } | null;
  } | null;
}

/** Runs a command to its end, whatever that is. `prng` chooses what its arguments name. */
export async function runCommand(world: World, act: RunAct, prng: Prng, signal: AbortSignal): Promise<Ended> {
  const nothing: Ended = { summary: null, error: null, findings: null };
  try {
    return { ...nothing, ...(await COMMANDS[act.command](world, act, prng, signal)) };
  } catch (error) {
    return { ...nothing, error };
  }
}

type RunCommand = (world: World, act: RunAct, prng: Prng, signal: AbortSignal) => Promise<Partial<Ended>>;

const sync =
  (options: Partial<SyncOptions>): RunCommand =>
  async ({ engine }, { allowRemovals }, _prng, signal) => ({
    summary: await engine.run({ ...options, allowRemovals }, signal),
  });

const verifying =
  (repair: boolean): RunCommand =>
  async ({ engine }, _act, _prng, signal) => {
    const { found, summary } = await verify({ engine }, { repair }, {}, signal);
    const { exitStatus, stoppedBy } = summary;
    return { findings: { found, exitStatus, stoppedBy } };
  };

/** A command that works on files alone, after what a killed run may have left. */
function onFiles({ engine }: World, work: (deps: MirrorDeps) => Promise<unknown>): Promise<Partial<Ended>> {
  return engine.act(false, async (deps) => {
    await flushAfterKill(deps);
    await audited(deps, () => work(deps));
    return {};
  });
}

const COMMANDS: Readonly<Record<Command, RunCommand>> = {
  sync: sync({}),
  full: sync({ full: true }),
  'dry run': sync({ dryRun: true }),
  named(world, act, prng, signal) {
    const names = [...world.origin.names];
    const more = names.filter(() => prng.chance(0.2));
    const projects = names.length === 0 ? [] : [...new Set([prng.pick(names), ...more])];
    return sync({ projects })(world, act, prng, signal);
  },
  async prune({ engine }, _act, _prng, signal) {
    await engine.act(false, (deps) => pruneAlone(deps, { dryRun: false }, signal));
    return {};
  },
  sweep: (world, _act, _prng, signal) =>
    onFiles(world, (deps) => sweep(deps, { apply: true, allowed: null }, () => {}, signal)),
  verify: verifying(false),
  repair: verifying(true),
  restore(world, _act, prng, signal) {
    const name = prng.pick([...world.origin.names]);
    return onFiles(world, (deps) => {
      const chosen = restorable(deps, name).filter(() => prng.chance(0.7));
      return restore(deps, name, chosen, signal);
    });
  },
  release: (world) =>
    onFiles(world, async (deps) => {
      for (const name of world.origin.names) release(deps, name, deps.catalogue.filesOf(name));
    }),
};

/** How it ended, in a line. */
export function wordsOf({ summary, error, findings }: Ended): string {
  if (isJubjubError(error)) return errorWords(error);
  if (error !== null) return String(error);
  if (findings !== null) return `status ${findings.exitStatus}, found: ${findings.found.join(', ')}`;
  return summary === null ? 'done' : summaryWords(summary);
}

function errorWords({ code, message }: JubjubError): string {
  return `${code} ${message}`;
}

export function summaryWords(summary: SyncSummary): string {
  const pending = summary.pending.map(({ name, code }) => `${name} ${code}`).join(', ');
  const { exitStatus, stoppedBy, serial, projects, withdrawn, hidden, deleted, recalled } = summary;
  const moved = `hidden ${hidden.files}, deleted ${deleted.files}, recalled ${recalled.files}`;
  const stop = stoppedBy === null ? '' : ` (${stoppedBy.code} ${stoppedBy.message})`;
  return `status ${exitStatus}${stop}, serial ${serial}, ${projects} written, ${withdrawn} withdrawn, ${moved}, pending: ${pending}`;
}
