/** What `jubjub restore` does once its command line is understood. */

import { loadConfig } from '../config/load.ts';
import { nearest } from '../config/problems.ts';
import { JubjubError } from '../errors.ts';
import { audited } from '../mirror/audit.ts';
import type { MirrorDeps } from '../mirror/deps.ts';
import { flushAfterKill } from '../mirror/prune.ts';
import { isThere, release, restorable, restore } from '../mirror/restore.ts';
import { tryNormalizeName } from '../pypi/names.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { CliContext } from './context.ts';
import { renderReleased, renderRestored } from './display/restore.ts';
import { openMirror, refuseNoMirror } from './open-mirror.ts';
import { jsonText } from './text.ts';

export interface RestoreOptions {
  /** Absolute. */
  readonly configFile: string;
  /** As it was typed. */
  readonly project: string;
  /** Exact file names; empty: all. */
  readonly files: readonly string[];
  readonly undo: boolean;
}

/** Something was to be brought back and could not be. */
const EXIT_DAMAGED = 5;

/** Restores, or lets go, without the network; prints what came of it and answers the exit status. */
export async function runRestore(options: RestoreOptions, context: CliContext): Promise<number> {
  const name = nameOf(options.project);
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
  refuseNoMirror(settings);
  const { clock, emit, io } = context;
  const opening = { clock, emit, env: io.env, pid: io.pid, dryRun: false, acceptUpstream: false };
  const mirror = await openMirror(settings, opening);
  context.io.keepHeapSmall?.();
  try {
    await flushAfterKill(mirror.deps);
    return options.undo
      ? await letGo(mirror.deps, name, options, context)
      : await bringBack(mirror.deps, name, options, context);
  } finally {
    await mirror.close();
  }
}

function nameOf(raw: string): ProjectName {
  const name = tryNormalizeName(raw);
  if (name !== null) return name;
  throw new JubjubError('USAGE_INVALID', 'restore wants the name of a project', {
    received: raw,
    effect: 'nothing was touched',
    hint: 'letters, digits, and - _ . in between; file names come behind it',
  });
}

async function bringBack(
  deps: MirrorDeps,
  name: ProjectName,
  { files: wanted }: RestoreOptions,
  { output, print, signal, style }: CliContext,
): Promise<number> {
  const chosen = choose(name, restorable(deps, name), wanted, 'nothing of this project was withdrawn');
  const files = await audited(deps, () => restore(deps, name, chosen, signal));
  const exitStatus = files.every(isThere) ? 0 : EXIT_DAMAGED;
  if (output.json) print(`${jsonText({ type: 'restored', exitStatus, project: name, files })}\n`);
  else if (!output.quiet || exitStatus !== 0) print(renderRestored(name, files, exitStatus, style));
  return exitStatus;
}

async function letGo(
  deps: MirrorDeps,
  name: ProjectName,
  { files: wanted }: RestoreOptions,
  { output, print, style }: CliContext,
): Promise<number> {
  const chosen = choose(name, deps.catalogue.filesOf(name), wanted, 'the mirror has no file of this project');
  const released = await audited(deps, async () => release(deps, name, chosen));
  const files = released.map(({ file: { filename, path, sha256, sizeBytes: bytes } }) => {
    return { filename, path, sha256, bytes };
  });
  if (output.json) print(`${jsonText({ type: 'released', exitStatus: 0, project: name, files })}\n`);
  else if (!output.quiet) print(renderReleased(name, files, style));
  return 0;
}

/** Those with the wanted names; all of them when none is named. @throws USAGE_INVALID with nothing touched */
function choose<T extends { readonly filename: string }>(
  name: ProjectName,
  known: readonly T[],
  wanted: readonly string[],
  nothing: string,
): readonly T[] {
  const effect = 'nothing was touched';
  const names = [...new Set(known.map(({ filename }) => filename))];
  if (names.length === 0) {
    throw new JubjubError('USAGE_INVALID', `${nothing}: ${name}`, {
      expected: 'a project with files that were taken down and not deleted yet',
      received: name,
      effect,
      hint: 'what was deleted for good stands in state/audit.jsonl',
    });
  }
  const unknown = wanted.find((one) => !names.includes(one));
  if (unknown === undefined)
    return wanted.length === 0 ? known : known.filter(({ filename }) => wanted.includes(filename));
  const near = nearest(unknown, names);
  throw new JubjubError('USAGE_INVALID', `${name} has no such file here: ${unknown}`, {
    expected: near ?? `the exact name of a file: ${shorten(names)}`,
    received: unknown,
    effect,
    hint:
      near === null
        ? 'only files that were withdrawn and not deleted can be restored'
        : `did you mean ${near}?`,
  });
}

const NAMES_SHOWN = 5;

function shorten(names: readonly string[]): string {
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${names.length > NAMES_SHOWN ? ', …' : ''}`;
}
