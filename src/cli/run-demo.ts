/** What `jubjub demo` does: a small upstream on loopback, two syncs with changes in between, and a look at every link. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsFrom } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import { checkLinks } from '../demo/check-links.ts';
import { secondAct, seedDemoIndex } from '../demo/demo-content.ts';
import { startOrigin } from '../demo/http-origin.ts';
import { IndexState } from '../demo/index-state.ts';
import { runSync } from '../mirror/sync.ts';
import { startServer } from '../serve/server.ts';
import { mirrorFolders } from '../store/local.ts';
import type { CliContext } from './context.ts';
import { openMirror } from './open-mirror.ts';
import { serveUntilStopped } from './run-serve.ts';
import { jsonText } from './text.ts';

export interface DemoOptions {
  /** Go on serving, and keep what was made. */
  readonly keep: boolean;
  /** Where the result is served; 0 picks a free port. */
  readonly port: number;
}

const HOST = '127.0.0.1';
const TO_INSTALL = 'beamish tumtum-tree';

/** Shows the whole program on this machine, and answers the exit status. */
export async function runDemo(options: DemoOptions, context: CliContext): Promise<number> {
  context.io.keepHeapSmall?.();
  const directory = mkdtempSync(join(tmpdir(), 'jubjub-demo-'));
  let kept = false;
  try {
    const status = await play(directory, context);
    if (status !== 0 || !options.keep) return status;
    const { web } = mirrorFolders(directory);
    title(context, '5. serving it, until Ctrl-C');
    await serveUntilStopped(web, { host: HOST, port: options.port }, context, (url) => {
      // From here on somebody may be using it.
      kept = true;
      say(context, `  pip install --index-url ${url}/simple/ ${TO_INSTALL}\n`);
      say(context, `  the mirror stays in ${directory} until you remove it`);
    });
    return 0;
  } finally {
    if (!kept) rmSync(directory, { recursive: true, force: true });
  }
}

async function play(directory: string, context: CliContext): Promise<number> {
  const state = new IndexState({ now: () => context.clock.now() });
  seedDemoIndex(state);
  const origin = await startOrigin(state);
  try {
    const settings = settingsFrom({ directory, upstream: { url: origin.url, contact: 'demo@example.org' } });
    title(context, '1. first sync, from a small upstream on this machine');
    const first = await syncOnce(settings, context);
    if (first !== 0) return first;
    title(context, '2. meanwhile, upstream');
    for (const sentence of secondAct(state)) say(context, `  - ${sentence}`);
    title(context, '3. second sync: only what changed');
    const second = await syncOnce(settings, context);
    if (second !== 0) return second;
  } finally {
    await origin.close();
  }
  title(context, '4. every link of the mirror, with the upstream gone');
  return followLinks(directory, context);
}

async function syncOnce(settings: Settings, context: CliContext): Promise<number> {
  const { clock, emit, io, signal } = context;
  const mirror = await openMirror(settings, {
    clock,
    emit,
    env: {},
    pid: io.pid,
    dryRun: false,
    acceptUpstream: false,
  });
  try {
    const options = { dryRun: false, full: false, projects: [], allowRemovals: null, acceptUpstream: false };
    return (await runSync(mirror.deps, options, signal)).exitStatus;
  } finally {
    await mirror.close();
  }
}

async function followLinks(directory: string, context: CliContext): Promise<number> {
  const server = await startServer({ docroot: mirrorFolders(directory).web, host: HOST, port: 0 });
  try {
    const { projects, files, sidecars } = await checkLinks(server.url);
    const links = { type: 'links', projects, files, sidecars };
    if (context.output.json) context.print(`${jsonText(links)}\n`);
    say(
      context,
      `  ${projects} projects, ${files} files and ${sidecars} metadata files: all there, all with the advertised sha256`,
    );
    return 0;
  } finally {
    await server.close();
  }
}

function title(context: CliContext, text: string): void {
  say(context, `\n${context.style.bold(text)}\n`);
}

/** Words for people; with `--json` stdout belongs to the JSON lines. */
function say(context: CliContext, text: string): void {
  if (!context.output.json && !context.output.quiet) context.print(`${text}\n`);
}
