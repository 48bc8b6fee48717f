/**
 * A mirror of any size that no sync has made: its catalogue, root index and completeness proof are as after one, the pages and files of
 * its projects are not there. A run that looks at none of those projects cannot tell.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openMirror } from '../../src/cli/open-mirror.ts';
import { systemClock } from '../../src/clock.ts';
import { settingsFrom } from '../../src/config/load.ts';
import { silent } from '../../src/events.ts';
import { rewriteRoot } from '../../src/mirror/root-index.ts';
import { type BenchContext, numberOption } from './bench.ts';
import { catalogueFile, fillCatalogue, type Scale } from './catalogue-rows.ts';

/** Raised when what is made changes: kept mirrors of before are made anew. */
const VERSION = 1;
/** Another one takes its place with each index that a bench starts. */
const NO_UPSTREAM = 'http://127.0.0.1:9';

export interface ScaledMirror {
  readonly directory: string;
  /** Seconds that it took to make; null when it was kept from before. */
  readonly madeInSeconds: number | null;
}

/** Where such a mirror is kept below a directory. */
function folderOf(keep: string, { projects, filesMean, seed }: Scale): string {
  return join(keep, `v${VERSION}-${projects}x${filesMean}-${seed}`);
}

/** What the benches at scale have in common: where mirrors are kept (by default they go with the bench), and what is in them. */
export const SCALE_OPTIONS = { keep: '', projects: '737000', files: '1', seed: '1' } as const;

/** The mirror that the options ask for, or one of another size beside it. */
export async function mirrorOf(context: BenchContext, projects?: number): Promise<ScaledMirror> {
  const { keep = '' } = context.options;
  const scale = {
    projects: projects ?? numberOption(context, 'projects'),
    filesMean: numberOption(context, 'files'),
    seed: numberOption(context, 'seed'),
  };
  const mirror = await scaledMirror(keep === '' ? context.directory : keep, scale);
  if (mirror.madeInSeconds !== null)
    context.say(
      `made a mirror of ${counted(scale.projects)} projects in ${mirror.madeInSeconds.toFixed(0)} s`,
    );
  return mirror;
}

/** "737,000" */
export function counted(number: number): string {
  return number.toLocaleString('en-US');
}

/** The mirror of that size below `keep`; made when it is not there, or was not finished. */
export async function scaledMirror(keep: string, scale: Scale): Promise<ScaledMirror> {
  const folder = folderOf(keep, scale);
  const directory = join(folder, 'mirror');
  const finished = join(folder, 'finished');
  if (existsSync(finished)) return { directory, madeInSeconds: null };
  const startedMs = performance.now();
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(directory, 'state'), { recursive: true });
  fillCatalogue(catalogueFile(directory), scale);
  await writeRoot(directory);
  writeFileSync(finished, '');
  return { directory, madeInSeconds: (performance.now() - startedMs) / 1000 };
}

/** The root index and the proof, by the engine's own hand. */
async function writeRoot(directory: string): Promise<void> {
  const settings = settingsFrom({ directory, upstream: { url: NO_UPSTREAM }, store: { flush: 'off' } });
  const { deps, close } = await openMirror(settings, {
    clock: systemClock,
    emit: silent,
    env: {},
    pid: process.pid,
    dryRun: false,
    acceptUpstream: false,
  });
  try {
    await rewriteRoot(deps);
  } finally {
    await close();
  }
}
