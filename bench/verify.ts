/**
 * Measures `jubjub verify` against `sha256sum` over the same files: seconds and bytes per second, medians, and their ratio.
 *
 *     node bench/verify.ts [projects=200] [files per project=10] [KiB per file=1024] [rounds=5]
 *
 * The mirror is made by this process, without an upstream; verify is the built program as a child. What is read lies in the
 * page cache, so that hashing and the work around it are measured, not the disk.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KnownFile, ProjectUpdate } from '../src/catalogue/contract.ts';
import { openMirror } from '../src/cli/open-mirror.ts';
import { systemClock } from '../src/clock.ts';
import { loadConfig } from '../src/config/load.ts';
import { silent } from '../src/events.ts';
import type { MirrorDeps } from '../src/mirror/deps.ts';
import { stagePages } from '../src/mirror/publish.ts';
import { rewriteRoot } from '../src/mirror/root-index.ts';
import { parseDetail } from '../src/pypi/detail.ts';
import { sha256Of } from '../src/pypi/digests.ts';
import { normalizeName } from '../src/pypi/names.ts';
import { digestFilePath } from '../src/pypi/paths.ts';

const PROGRAM = fileURLToPath(new URL('../bin/jubjub.js', import.meta.url));
const [projects = 200, filesEach = 10, kib = 1024, rounds = 5] = process.argv.slice(2).map(Number);

const NOISE = Buffer.concat(
  Array.from({ length: Math.ceil((kib * 1024) / 32) }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  ),
).subarray(0, kib * 1024);

/** Bytes that no other file has. */
function content(name: string): Buffer {
  const bytes = Buffer.from(NOISE);
  bytes.write(name);
  return bytes;
}

async function makeProject(deps: MirrorDeps, at: number): Promise<ProjectUpdate> {
  const name = normalizeName(`project-${String(at).padStart(6, '0')}`);
  const files: KnownFile[] = [];
  for (let version = 1; version <= filesEach; version++) {
    const filename = `${name.replaceAll('-', '_')}-${version}.0.tar.gz`;
    const bytes = content(filename);
    const sha256 = sha256Of(bytes);
    const path = digestFilePath(sha256, filename);
    await deps.store.stageBytes(path, bytes);
    files.push({
      path,
      filename,
      sha256,
      sizeBytes: bytes.length,
      state: 'published',
      metadataSha256: null,
      provenance: null,
    });
  }
  await deps.store.place(files.map(({ path }) => path));
  const url = `${deps.upstream.identity}/simple/${name}/`;
  const document = {
    name,
    meta: { 'api-version': '1.4', '_last-serial': at + 1 },
    versions: files.map((_, version) => `${version + 1}.0`),
    files: files.map(({ filename, sha256, sizeBytes }) => ({
      filename,
      url: `${deps.upstream.identity}/files/${filename}`,
      hashes: { sha256 },
      size: sizeBytes,
    })),
  };
  const detail = deps.catalogue.pack(parseDetail(document, { name, url, headerSerial: null }));
  const { staged, jsonSha256 } = await stagePages(deps, { name, detail, files, selectedMs: null });
  await deps.store.place(staged);
  return {
    name,
    displayName: null,
    detail,
    serial: at + 1,
    status: 'active',
    validator: null,
    files,
    missing: 0,
    api: null,
    learned: [],
    pageSha256: jsonSha256,
    quarantinedVersions: [],
    selectedMs: null,
    reviewMs: null,
  };
}

async function makeMirror(config: string): Promise<void> {
  const { settings } = loadConfig(config);
  const opening = {
    clock: systemClock,
    emit: silent,
    env: {},
    pid: process.pid,
    dryRun: false,
    acceptUpstream: false,
  };
  const { deps, close } = await openMirror(settings, opening);
  for (let at = 0; at < projects; at++) {
    const wave = {
      atMs: systemClock.now(),
      advance: false,
      unchanged: [],
      withdrawn: [],
      leftOut: [],
      settled: [],
      failures: [],
    };
    await deps.catalogue.commit({ ...wave, updates: [await makeProject(deps, at)] }, async () => {});
  }
  await rewriteRoot(deps);
  await close();
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function seconds(command: string, argv: readonly string[]): number {
  const startedMs = performance.now();
  const { status, stdout, stderr } = spawnSync(command, argv, { encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (status !== 0)
    throw new Error(`${command} ended with ${status}: ${stdout.slice(-2000)}${stderr.slice(-2000)}`);
  return (performance.now() - startedMs) / 1000;
}

const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
try {
  const config = join(directory, 'mirror.toml');
  writeFileSync(config, `directory = "./mirror"\n\n[upstream]\nurl = "http://127.0.0.1:9"\n`);
  await makeMirror(config);
  const packages = join(directory, 'mirror', 'web', 'packages');
  const bytes = projects * filesEach * kib * 1024;
  const measured = { verify: [] as number[], quick: [] as number[], sha256sum: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    measured.verify.push(seconds(process.execPath, [PROGRAM, 'verify', '-q', '-c', config]));
    measured.quick.push(seconds(process.execPath, [PROGRAM, 'verify', '-q', '--quick', '-c', config]));
    measured.sha256sum.push(
      seconds('/bin/sh', [
        '-c',
        `find "$1" -type f -print0 | xargs -0 sha256sum > /dev/null`,
        'sh',
        packages,
      ]),
    );
  }
  for (const [what, times] of Object.entries(measured)) {
    const rate = `${(bytes / median(times) / 1e6).toFixed(0)} MB/s`;
    process.stdout.write(`${what.padEnd(10)} ${median(times).toFixed(2)} s  ${rate}\n`);
  }
  const ratio = median(measured.verify) / median(measured.sha256sum);
  process.stdout.write(`verify takes ${ratio.toFixed(2)} times as long as sha256sum\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
