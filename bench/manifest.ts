/**
 * Measures what the completeness proof costs: the first one, then one changed project, a changed wave, and nothing at all.
 *
 *     node --optimize-for-size bench/manifest.ts [projects=737000]
 *
 * A catalogue with so many projects, each with a page digest and no files, and a store on the temporary directory's disk.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProjectUpdate } from '../src/catalogue/contract.ts';
import { SqliteCatalogue } from '../src/catalogue/sqlite.ts';
import { publishManifest, rewriteManifest } from '../src/mirror/manifest.ts';
import { sha256Of } from '../src/pypi/digests.ts';
import { normalizeName } from '../src/pypi/names.ts';
import { LocalStore, prepareFolders } from '../src/store/local.ts';

const PROJECTS = Number(process.argv[2] ?? 737_000);
const WAVE = 500;

const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const folders = await prepareFolders(directory);
const catalogue = new SqliteCatalogue(join(folders.state, 'catalogue.db'));
const store = new LocalStore(folders);
const deps = { catalogue, store, holdsLock: () => true };
const nameOf = (number: number) => normalizeName(`project-${number}`);
const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);

function update(number: number, text: string): ProjectUpdate {
  const name = nameOf(number);
  const detail = catalogue.pack({
    name,
    serial: 1,
    status: 'active',
    apiVersion: '1.4',
    files: [],
    raw: { name, files: [], meta: {} },
  });
  const rest = {
    displayName: null,
    serial: 1,
    status: 'active',
    validator: null,
    missing: 0,
    api: null,
    learned: [],
    selectedMs: null,
    reviewMs: null,
  };
  return {
    name,
    detail,
    files: [],
    pageSha256: sha256Of(`${text} ${name}`),
    quarantinedVersions: [],
    ...rest,
  };
}

/** A commit of these projects; resolves with the milliseconds that its proof took. */
async function commit(numbers: readonly number[], text: string, publish: boolean): Promise<number> {
  const updates = numbers.map((number) => update(number, text));
  let tookMs = 0;
  const settled = updates.map(({ name }) => name);
  const wave = {
    atMs: 1,
    updates,
    unchanged: [],
    withdrawn: [],
    leftOut: [],
    advance: true,
    settled,
    failures: [],
  };
  await catalogue.commit(wave, async ({ remaining }) => {
    const startedMs = performance.now();
    if (publish) await publishManifest(deps, { serial: 1, remaining, rootChanged: true }, settled);
    tookMs = performance.now() - startedMs;
  });
  return tookMs;
}

function say(what: string, ms: number): void {
  process.stdout.write(`${what.padEnd(44)}${ms.toFixed(0).padStart(8)} ms\n`);
}

try {
  for (let at = 0; at < PROJECTS; at += WAVE) {
    await commit(
      Array.from({ length: Math.min(WAVE, PROJECTS - at) }, (_, number) => at + number),
      'first',
      false,
    );
  }
  process.stdout.write(`peak memory before the first proof: ${peakMb()} MB\n`);
  const startedMs = performance.now();
  await rewriteManifest(deps, 1);
  say(`the first proof of ${PROJECTS} projects`, performance.now() - startedMs);
  say('one changed project', await commit([7], 'second', true));
  say('one changed project', await commit([8], 'second', true));
  const some = Array.from({ length: WAVE }, (_, number) => Math.floor((number * PROJECTS) / WAVE));
  say(`${WAVE} changed projects`, await commit(some, 'third', true));
  say('nothing changed', await commit([], '', true));
  const againMs = performance.now();
  await rewriteManifest(deps, 1);
  say('everything compared, nothing written', performance.now() - againMs);
  process.stdout.write(`peak memory ${peakMb()} MB\n`);
} finally {
  catalogue.close();
  rmSync(directory, { recursive: true, force: true });
}
