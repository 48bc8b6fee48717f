/** What `jubjub adopt` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import { adopt, type AdoptOptions as RunOptions } from '../mirror/adopt.ts';
import type { AdoptEvent, LeftOutReason } from '../mirror/adopt-report.ts';
import { mirrorFolders } from '../store/folders.ts';
import { openOldTree } from '../store/open-old-tree.ts';
import type { CliContext } from './context.ts';
import { renderAdoption } from './display/adopt.ts';
import { bytesText } from './display/format.ts';
import { openMirror } from './open-mirror.ts';
import { jsonText } from './text.ts';

export interface AdoptOptions extends RunOptions {
  /** Absolute. */
  readonly configFile: string;
  /** Absolute. */
  readonly web: string;
}

/** Takes over an old tree and answers the exit status. */
export async function runAdopt(options: AdoptOptions, context: CliContext): Promise<number> {
  const { settings } = loadConfig(options.configFile);
  const { clock, emit, io, signal } = context;
  // Before anything is made on disk: what cannot be adopted must leave no trace.
  const { tree } = await openOldTree(options.web, mirrorFolders(settings.directory), options);
  const mirror = await openMirror(settings, {
    clock,
    emit,
    env: io.env,
    pid: io.pid,
    dryRun: options.dryRun,
    acceptUpstream: false,
  });
  context.io.keepHeapSmall?.();
  try {
    return (await adopt(mirror.deps, tree, options, (event) => tell(event, context), signal)).exitStatus;
  } finally {
    await mirror.close();
  }
}

/** What an operator should know of at once; the summary counts the rest. */
const LOUD: ReadonlySet<LeftOutReason> = new Set(['damaged', 'unreadable', 'conflict', 'bad-page']);

function tell(event: AdoptEvent, { output, print, log, style }: CliContext): void {
  if (output.json) print(`${jsonText(event)}\n`);
  else if (event.type === 'summary' && (!output.quiet || event.exitStatus !== 0))
    print(renderAdoption(event, style));
  logEvent(event, log);
}

function logEvent(event: AdoptEvent, log: CliContext['log']): void {
  switch (event.type) {
    case 'started': {
      const message = event.dryRun ? 'dry run started' : 'adoption started';
      log.info({ mode: event.mode, directories: event.projects }, message);
      break;
    }
    case 'progress': {
      const { done, of, files, bytes } = event;
      log.info({ directories: `${done}/${of}`, files, bytes: bytesText(bytes) }, 'progress');
      break;
    }
    case 'left-out': {
      const { type: _type, reason, message, ...fields } = event;
      const facts = { ...fields, reason, ...(message === null ? {} : { message }) };
      log[LOUD.has(reason) ? 'warn' : 'debug'](facts, 'left out');
      break;
    }
    case 'committed': {
      const { projects, files, bytes } = event;
      log.info({ projects, files, bytes: bytesText(bytes) }, 'taken over');
      break;
    }
    case 'summary':
      break;
  }
}
