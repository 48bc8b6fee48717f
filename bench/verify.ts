/**
 * Goal 9: `jubjub verify` is limited by reading: as many bytes a second as 0.8 of what `sha256sum` reads on all cores.
 *
 * The mirrors are made by this process, without an upstream; verify is the built program as a child, and looks at everything: the
 * catalogue, pages, files, leftovers, the root index. sha256sum gets the same files, on as many processes as there are cores. What
 * is read lies in the page cache, so that hashing and the work around it are measured, not the disk. Small files alone are told and
 * not judged: there the work around them is all that there is, three directories and two pages for each few of them included.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
import { type Prng, seeded } from '../test/support/prng.ts';
import { type Bench, type BenchContext, numberOption, type Row } from './support/bench.ts';
import {
  alternate,
  cpuOf,
  measureChild,
  peakMbOf,
  ratios,
  secondsOf,
  shownSeconds,
  shownSpread,
} from './support/measure.ts';
import { jubjub, jubjubProfiled } from './support/program.ts';

const SHARE_MIN = 0.8;
const FILES_PER_PROJECT = 10;
const FILE_BYTES_MAX = 32 * 1024 * 1024;

interface Shape {
  readonly what: string;
  /** Of the projects that are asked for: large files are many bytes already. */
  readonly share: number;
  readonly sizeBytes: (prng: Prng) => number;
  readonly isJudged: boolean;
}

/** Half of PyPI's files are below 30 KB, and few of them make most of its bytes: a log-normal distribution is near enough. */
const MEDIAN_BYTES = 30_000;
const MEAN_BYTES = 500_000;
const SIGMA = Math.sqrt(2 * Math.log(MEAN_BYTES / MEDIAN_BYTES));

const SHAPES: readonly Shape[] = [
  { what: 'files of 1 MiB', share: 0.25, sizeBytes: () => 1024 * 1024, isJudged: true },
  {
    what: 'files of a median of 30 KB and a mean of 500 KB',
    share: 1,
    sizeBytes: (prng) => Math.min(Math.round(MEDIAN_BYTES * Math.exp(SIGMA * normal(prng))), FILE_BYTES_MAX),
    isJudged: true,
  },
  { what: 'files of 30 KB', share: 1, sizeBytes: () => MEDIAN_BYTES, isJudged: false },
];

/** Box and Muller's. */
function normal(prng: Prng): number {
  return Math.sqrt(-2 * Math.log(1 - prng.float())) * Math.cos(2 * Math.PI * prng.float());
}

export const bench: Bench = {
  name: 'verify',
  goal: `verify reads at least ${SHARE_MIN} of what sha256sum reads on all cores`,
  rounds: 5,
  options: { projects: '800' },
  run: measureVerify,
};

async function measureVerify(context: BenchContext): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const shape of SHAPES) rows.push(await measureShape(context, shape));
  return rows;
}

async function measureShape(context: BenchContext, shape: Shape): Promise<Row> {
  const directory = join(context.directory, 'verify');
  mkdirSync(directory);
  const config = join(directory, 'mirror.toml');
  writeFileSync(
    config,
    `directory = "./mirror"\n\n[upstream]\nurl = "http://127.0.0.1:9"\n\n[store]\nflush = "off"\n`,
  );
  const projects = Math.ceil(numberOption(context, 'projects') * shape.share);
  const bytes = await makeMirror(config, projects, shape);
  const args = ['verify', '-q', '-c', config];
  const all = `find "$1" -type f -print0 | xargs -0 -P ${availableParallelism()} -n 250 sha256sum > /dev/null`;
  const packages = join(directory, 'mirror', 'web', 'packages');
  const series = await alternate(
    { verify: () => jubjub(args), sha256sum: () => measureChild('/bin/sh', ['-c', all, 'sh', packages]) },
    context.rounds,
  );
  for (const { status } of [...series.verify, ...series.sha256sum])
    if (status !== 0) throw new Error(`verify or sha256sum ended with ${status}`);
  if (context.profile) await jubjubProfiled(context, args);
  rmSync(directory, { recursive: true });
  // Of rates, so that more is better: the seconds the other way round.
  const ratio = ratios(series.sha256sum, series.verify);
  const cpu = ratios(series.sha256sum, series.verify, 'cpuSeconds');
  const rate = (bytes / 1e6 / secondsOf(series.verify).median).toFixed(0);
  const count = (projects * FILES_PER_PROJECT).toLocaleString('en');
  return {
    what: `verify, ${count} ${shape.what} (${(bytes / 1e6).toFixed(0)} MB)`,
    measured: `${shownSeconds(secondsOf(series.verify))}, ${rate} MB/s, CPU ${cpuOf(series.verify).median.toFixed(2)} s`,
    against: `sha256sum: ${shownSeconds(secondsOf(series.sha256sum))}, CPU ${cpuOf(series.sha256sum).median.toFixed(2)} s`,
    ratio: `${shownSpread(ratio)}; of CPU ${shownSpread(cpu)}`,
    peakMb: peakMbOf(series.verify),
    goal: shape.isJudged ? `≥ ${SHARE_MIN}` : '',
    holds: shape.isJudged ? ratio.median >= SHARE_MIN : null,
  };
}

/** Bytes that no other file has. */
const NOISE = Buffer.concat(
  Array.from({ length: FILE_BYTES_MAX / 32 / 64 }, (_, at) =>
    createHash('sha256').update(String(at)).digest(),
  ),
);

function content(name: string, sizeBytes: number): Buffer {
  const bytes = Buffer.alloc(sizeBytes, NOISE);
  bytes.write(name);
  return bytes;
}

async function makeProject(deps: MirrorDeps, at: number, sizeBytes: () => number): Promise<ProjectUpdate> {
  const name = normalizeName(`project-${String(at).padStart(6, '0')}`);
  const files: KnownFile[] = [];
  for (let version = 1; version <= FILES_PER_PROJECT; version++) {
    const filename = `${name.replaceAll('-', '_')}-${version}.0.tar.gz`;
    const bytes = content(filename, sizeBytes());
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

/** Answers how many bytes its files have. */
async function makeMirror(config: string, projects: number, shape: Shape): Promise<number> {
  const prng = seeded(1);
  let bytes = 0;
  const nextSize = () => {
    const sizeBytes = shape.sizeBytes(prng);
    bytes += sizeBytes;
    return sizeBytes;
  };
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
    await deps.catalogue.commit(
      { ...wave, updates: [await makeProject(deps, at, nextSize)] },
      async () => {},
    );
  }
  await rewriteRoot(deps);
  await close();
  return bytes;
}
