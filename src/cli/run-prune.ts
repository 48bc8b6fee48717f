/** What `jubjub prune` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import { JubjubError } from '../errors.ts';
import type { Emit } from '../events.ts';
import { audited } from '../mirror/audit.ts';
import type { MirrorDeps } from '../mirror/deps.ts';
import { flushAfterKill, pruneAlone } from '../mirror/prune.ts';
import { type Found, type SweepResult, sweep } from '../mirror/sweep.ts';
import type { CliContext } from './context.ts';
import { foundLine, goingLine, renderPrune, renderSweep } from './display/prune.ts';
import { openMirror, refuseNoMirror } from './open-mirror.ts';
import { jsonText } from './text.ts';

export interface PruneOptions {
  /** Absolute. */
  readonly configFile: string;
  readonly dryRun: boolean;
  readonly sweep: boolean;
  readonly apply: boolean;
  readonly allowSweep: number | null;
}

/** A sweep that could not look everywhere, or move everything, has not done its work. */
const EXIT_UNDONE = 6;

/** Prunes, or sweeps, without the network; prints what came of it and answers the exit status. */
export async function runPrune(options: PruneOptions, context: CliContext): Promise<number> {
  refuseLoneOptions(options);
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
  refuseNoMirror(settings);
  const { clock, io, output, print } = context;
  const onlyLooks = options.sweep ? !options.apply : options.dryRun;
  const lists = options.dryRun && !output.json && !output.quiet;
  const emit: Emit = (event) => {
    const line = lists ? goingLine(event) : null;
    // Told once: the log would call what only would go hidden.
    if (line !== null) print(line);
    else context.emit(event);
  };
  const opening = { clock, emit, env: io.env, pid: io.pid, dryRun: onlyLooks, acceptUpstream: false };
  const mirror = await openMirror(settings, opening);
  context.io.keepHeapSmall?.();
  try {
    return options.sweep
      ? await runSweep(mirror.deps, options, context)
      : await runPlain(mirror.deps, options, context);
  } finally {
    await mirror.close();
  }
}

function refuseLoneOptions({ sweep, apply, allowSweep }: PruneOptions): void {
  const lone = (option: string, other: string) =>
    new JubjubError('USAGE_INVALID', `${option} belongs to ${other}`, {
      expected: `${other} ${option}`,
      received: `${option} without ${other}`,
      effect: 'nothing was touched',
      hint: 'see: jubjub prune --help',
    });
  if (apply && !sweep) throw lone('--apply', '--sweep');
  if (allowSweep !== null && !apply) throw lone('--allow-sweep', '--sweep --apply');
}

async function runPlain(deps: MirrorDeps, { dryRun }: PruneOptions, context: CliContext): Promise<number> {
  const { hidden, deleted } = await pruneAlone(deps, { dryRun }, context.signal);
  const { withdrawnFiles, heldFiles, trashedFiles, trashedBytes } = deps.catalogue.counts();
  const result = {
    dryRun,
    hidden,
    deleted,
    waiting: withdrawnFiles - heldFiles,
    held: heldFiles,
    trash: { files: trashedFiles, bytes: trashedBytes },
  };
  const { output, print, style } = context;
  if (output.json) print(`${jsonText({ type: 'summary', exitStatus: 0, ...result })}\n`);
  else if (!output.quiet) print(renderPrune(result, style));
  return 0;
}

async function runSweep(deps: MirrorDeps, options: PruneOptions, context: CliContext): Promise<number> {
  const { output, print, signal, style } = context;
  const tell = (found: Found) => {
    if (output.json) print(`${jsonText({ type: 'found', ...found })}\n`);
    else if (!output.quiet) print(foundLine(found));
  };
  const work = () => sweep(deps, { apply: options.apply, allowed: options.allowSweep }, tell, signal);
  if (options.apply) await flushAfterKill(deps);
  const result = options.apply ? await audited(deps, work) : await work();
  const exitStatus = result.unreadable + result.stuck > 0 ? EXIT_UNDONE : 0;
  if (output.json) print(`${jsonText(sweepJson(result, options.apply, exitStatus))}\n`);
  else if (!output.quiet || exitStatus !== 0) print(renderSweep(result, options.apply, exitStatus, style));
  return exitStatus;
}

function sweepJson({ all, ...result }: SweepResult, applied: boolean, exitStatus: number) {
  return { type: 'summary', exitStatus, applied, looked: all, ...result };
}
