/** What `jubjub verify` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import type { Emit } from '../events.ts';
import type { VerifyOptions as LookOptions } from '../mirror/verify/options.ts';
import { verifyMirror } from '../mirror/verify/verify.ts';
import { mirrorFolders } from '../store/folders.ts';
import { HashWorkers } from '../store/hash-workers.ts';
import type { HashFile } from '../store/hashing.ts';
import { lockHolder } from '../store/lock.ts';
import { StateDocument } from '../store/state-document.ts';
import type { CliContext } from './context.ts';
import { VerifyDisplay } from './display/verify.ts';
import { type OpenMirror, openMirror, openMirrorToLook, refuseNoMirror } from './open-mirror.ts';

export interface VerifyOptions extends LookOptions {
  /** Absolute. */
  readonly configFile: string;
}

/** In the state folder; beside the catalogue, because it tells of what that knows. */
const CURSOR_NAME = 'verify.json';

/** Verifies, with the lock only for a repair; prints what came of it and answers the exit status. */
export async function runVerify(options: VerifyOptions, context: CliContext): Promise<number> {
  const { settings } = loadConfig(options.configFile);
  refuseNoMirror(settings);
  const display = new VerifyDisplay(context);
  const { state } = mirrorFolders(settings.directory);
  const workers = new HashWorkers();
  const mirror = await open(settings, options, display.waveEmit, context, workers.hash);
  context.io.keepHeapSmall?.();
  try {
    const summary = await verifyMirror(
      {
        ...mirror.deps,
        tell: display.tell,
        cursor: new StateDocument(state, CURSOR_NAME),
        isSyncing: options.repair ? () => false : () => lockHolder(state) !== null,
      },
      options,
      context.signal,
    );
    // What was looked at before an interruption may have been lost since.
    const isWhole = options.repair && !options.quick && options.subset === null && !options.resume;
    if (isWhole && summary.exitStatus === 0) await mirror.settleDoubt();
    return summary.exitStatus;
  } finally {
    display.stop();
    await workers.close();
    await mirror.close();
  }
}

function open(
  settings: Settings,
  { repair }: VerifyOptions,
  emit: Emit,
  { clock, io }: CliContext,
  hash: HashFile,
): Promise<OpenMirror> {
  const opening = { clock, emit, env: io.env, hash };
  if (!repair) return openMirrorToLook(settings, opening);
  return openMirror(settings, { ...opening, pid: io.pid, dryRun: false, acceptUpstream: false });
}
