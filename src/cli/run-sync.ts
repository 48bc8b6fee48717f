/** What `jubjub sync` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import type { SyncOptions as RunOptions } from '../mirror/deps.ts';
import { namedProjects } from '../mirror/named-projects.ts';
import { runSync as syncMirror } from '../mirror/sync.ts';
import { buildSelection } from '../selection/selection.ts';
import type { CliContext } from './context.ts';
import { openMirror } from './open-mirror.ts';

export interface SyncOptions extends RunOptions {
  /** Absolute. */
  readonly configFile: string;
}

/** Runs one sync and answers its exit status; its events go to `context.emit`, the summary last. */
export async function runSync(options: SyncOptions, context: CliContext): Promise<number> {
  const { settings } = loadConfig(options.configFile);
  const { clock, emit, io, signal } = context;
  // Before anything is made on disk: a wrong command line must leave no trace.
  const { judgeName, followsDependencies } = buildSelection(settings.selection);
  // What others need is in the catalogue: the sync itself refuses those that nobody needs.
  namedProjects((name) => (followsDependencies ? null : judgeName(name, [])), options.projects);
  const mirror = await openMirror(settings, {
    clock,
    emit,
    env: io.env,
    pid: io.pid,
    dryRun: options.dryRun,
    acceptUpstream: options.acceptUpstream,
  });
  context.io.keepHeapSmall?.();
  try {
    return (await syncMirror(mirror.deps, options, signal)).exitStatus;
  } finally {
    await mirror.close();
  }
}
