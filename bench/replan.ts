/**
 * Measures how long it takes to plan anew what the catalogue knows after the rules have changed: rules that change nothing, rules that
 * concern every project, and the first plan of all.
 *
 *     node --optimize-for-size bench/replan.ts [projects=100000] [releases=2]
 *
 * A catalogue in a file with so many published projects, a wheel for Linux, one for macOS and an sdist for each release.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KnownFile, ProjectUpdate } from '../src/catalogue/contract.ts';
import { SqliteCatalogue } from '../src/catalogue/sqlite.ts';
import { systemClock } from '../src/clock.ts';
import type { MirrorDeps } from '../src/mirror/deps.ts';
import { replan } from '../src/mirror/replan.ts';
import { Tally } from '../src/mirror/tally.ts';
import { parseDetail } from '../src/pypi/detail.ts';
import { sha256Of } from '../src/pypi/digests.ts';
import { normalizeName } from '../src/pypi/names.ts';
import { filePath } from '../src/pypi/paths.ts';
import { buildSelection } from '../src/selection/selection.ts';
import { EVERYTHING, type SelectionSettings } from '../src/selection/settings.ts';

const PROJECTS = Number(process.argv[2] ?? 100_000);
const RELEASES = Number(process.argv[3] ?? 2);
const WAVE = 500;

const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const file = join(directory, 'catalogue.db');
let catalogue = new SqliteCatalogue(file);
const rssMb = () => Math.round(process.memoryUsage().rss / 1024 ** 2);

function update(number: number): ProjectUpdate {
  const name = normalizeName(`project-${number}`);
  const stem = name.replaceAll('-', '_');
  const versions = Array.from({ length: RELEASES }, (_, minor) => `1.${minor}`);
  const filenames = versions.flatMap((version) => [
    `${stem}-${version}-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl`,
    `${stem}-${version}-cp312-cp312-macosx_11_0_arm64.whl`,
    `${stem}-${version}.tar.gz`,
  ]);
  const files = filenames.map((filename) => {
    const sha256 = sha256Of(filename);
    const path = `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256.slice(4)}/${filename}`;
    return {
      filename,
      url: `https://files.example/packages/${path}`,
      hashes: { sha256 },
      size: 1_000,
      'upload-time': '2026-01-01T00:00:00.000000Z',
      'requires-python': '>=3.9',
      yanked: false,
      'core-metadata': { sha256: sha256Of(`${filename} m`) },
    };
  });
  const document = { meta: { 'api-version': '1.4', '_last-serial': 1 }, name, versions, files };
  const detail = parseDetail(document, {
    name,
    url: `https://index.example/simple/${name}/`,
    headerSerial: null,
  });
  const rows = detail.files.flatMap((offered): KnownFile[] => {
    const path = filePath(offered);
    if (path === null || offered.sha256 === null) return [];
    const { filename, sha256 } = offered;
    const rest = { sizeBytes: 1_000, state: 'published', metadataSha256: null, provenance: null } as const;
    return [{ path, filename, sha256, ...rest }];
  });
  return {
    name,
    displayName: null,
    detail: catalogue.pack(detail),
    serial: 1,
    status: 'active',
    validator: null,
    files: rows,
    missing: 0,
    api: null,
    learned: [],
    pageSha256: sha256Of(name),
    quarantinedVersions: [],
    selectedMs: 1,
    reviewMs: null,
  };
}

async function fill(): Promise<void> {
  for (let at = 0; at < PROJECTS; at += WAVE) {
    const updates = Array.from({ length: Math.min(WAVE, PROJECTS - at) }, (_, number) => update(at + number));
    const nothing = { unchanged: [], withdrawn: [], leftOut: [], failures: [] };
    const settled = updates.map(({ name }) => name);
    await catalogue.commit({ atMs: 1, updates, ...nothing, advance: true, settled }, async () => {});
  }
}

async function measure(what: string, settings: SelectionSettings): Promise<void> {
  const deps = {
    catalogue,
    selection: buildSelection(settings),
    clock: systemClock,
    emit: () => {},
    settings: { mirrorFiles: true },
  } as unknown as MirrorDeps;
  const before = rssMb();
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  const replanned = await replan(deps, false, new Tally(), new AbortController().signal);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const { user, system } = process.cpuUsage(startedCpu);
  const cpu = ((user + system) / 1e6).toFixed(1);
  const { same, changing, leaving } = replanned;
  const counts = `${same} same, ${changing} changing, ${leaving} leaving`;
  process.stdout.write(
    `${what.padEnd(34)}${seconds.padStart(7)} s (${cpu} s of CPU)  ${counts}; ${before} MB before, ${rssMb()} MB after\n`,
  );
}

try {
  await fill();
  catalogue.close();
  catalogue = new SqliteCatalogue(file);
  process.stdout.write(`${PROJECTS} projects, ${RELEASES * 3} files each\n`);
  const { releases, files } = EVERYTHING;
  await measure('no rules', EVERYTHING);
  await measure('rules that keep everything', {
    ...EVERYTHING,
    releases: { ...releases, prereleases: false, latest: 5, minAgeMs: 3 * 86_400_000 },
    files: { ...files, python: ['3.12'], platforms: ['linux_x86_64', 'macos_arm64'] },
  });
  await measure('a rule that drops a file of each', {
    ...EVERYTHING,
    files: { ...files, platforms: ['linux_x86_64'] },
  });
  process.stdout.write(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
} finally {
  catalogue.close();
  rmSync(directory, { recursive: true, force: true });
}
