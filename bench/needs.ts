/**
 * Measures how long it takes to follow the needs of a mirror: all of them for the first time, again after one change, and
 * when nothing has changed.
 *
 *     node --optimize-for-size bench/needs.ts [projects=5000] [releases=50]
 *
 * A catalogue in a file with so many published projects, a wheel and an sdist for each release, each release needing twelve others
 * (a third of them for an extra that nobody asks for);
 * what the wheels need is known already. Every tenth project is a root. Times are of the processor.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileNeeds, KnownFile, ProjectUpdate } from '../src/catalogue/contract.ts';
import { SqliteCatalogue } from '../src/catalogue/sqlite.ts';
import { systemClock } from '../src/clock.ts';
import type { MirrorDeps } from '../src/mirror/deps.ts';
import { followNeeds } from '../src/mirror/needs/needs.ts';
import { parseDetail } from '../src/pypi/detail.ts';
import { sha256Of } from '../src/pypi/digests.ts';
import { normalizeName } from '../src/pypi/names.ts';
import { filePath } from '../src/pypi/paths.ts';
import type { ProjectName } from '../src/pypi/types.ts';
import type { Selection } from '../src/selection/selection.ts';

const PROJECTS = Number(process.argv[2] ?? 5_000);
const RELEASES = Number(process.argv[3] ?? 50);
const NEEDS_OF_RELEASE = 12;
const WAVE = 100;

const directory = mkdtempSync(join(tmpdir(), 'jubjub-bench-'));
const catalogue = new SqliteCatalogue(join(directory, 'catalogue.db'));
const nameOf = (number: number) => normalizeName(`project-${number % PROJECTS}`);
const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024);

/** Later ones only, as most projects need what is more basic; now and then an earlier one, which makes circles. */
function neededBy(number: number, which: number): ProjectName {
  const further = 1 + ((number * 7 + which * which * 31) % Math.max(1, Math.floor(PROJECTS / 8)));
  return nameOf(
    number % 50 === 0 && which === 2 ? PROJECTS + number - further : Math.min(PROJECTS - 1, number + further),
  );
}

function filesOf(name: ProjectName) {
  return Array.from({ length: RELEASES }, (_, minor) => `1.${minor}`).flatMap((version) =>
    [`${name.replaceAll('-', '_')}-${version}-py3-none-any.whl`, `${name}-${version}.tar.gz`].map(
      (filename) => ({ version, filename, sha256: sha256Of(filename), metadata: sha256Of(`${filename} m`) }),
    ),
  );
}

function update(number: number): { readonly update: ProjectUpdate; readonly needs: FileNeeds[] } {
  const name = nameOf(number);
  const files = filesOf(name);
  const detail = parseDetail(
    {
      meta: { 'api-version': '1.4', '_last-serial': 1 },
      name,
      versions: [...new Set(files.map(({ version }) => version))],
      files: files.map(({ filename, sha256, metadata }) => ({
        filename,
        url: `https://files.example/packages/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256.slice(4)}/${filename}`,
        hashes: { sha256 },
        size: 1_000,
        'upload-time': '2026-01-01T00:00:00.000000Z',
        'requires-python': '>=3.9',
        yanked: false,
        'core-metadata': filename.endsWith('.whl') ? { sha256: metadata } : false,
      })),
    },
    { name, url: `https://example/simple/${name}/`, headerSerial: null },
  );
  const known = detail.files.flatMap((file): KnownFile[] => {
    const path = filePath(file);
    if (path === null || file.sha256 === null) return [];
    const metadataSha256 = file.coreMetadata?.sha256 ?? null;
    const { filename, sha256 } = file;
    return [
      { path, filename, sha256, sizeBytes: 1_000, state: 'published', metadataSha256, provenance: null },
    ];
  });
  const needs = files.flatMap(({ filename, sha256 }, index): FileNeeds[] => {
    if (!filename.endsWith('.whl')) return [];
    const requiresDist = Array.from({ length: NEEDS_OF_RELEASE }, (_, which) => {
      const marker =
        which % 3 === 0 ? '; python_version >= "3.8"' : which % 3 === 1 ? '; extra == "more"' : '';
      return `${neededBy(number, which)}>=1.${Math.floor(index / 20)}${marker}`;
    });
    return [{ sha256, source: 'metadata', requiresDist, requiresPython: '>=3.9', trouble: null }];
  });
  const rest = { displayName: null, serial: 1, status: 'active', validator: null, missing: 0, api: null };
  return {
    needs,
    update: {
      name,
      detail: catalogue.pack(detail),
      files: known,
      learned: [],
      pageSha256: null,
      quarantinedVersions: [],
      selectedMs: 0,
      reviewMs: null,
      ...rest,
    },
  };
}

async function commit(numbers: readonly number[]): Promise<void> {
  const made = numbers.map(update);
  catalogue.noteFileNeeds(made.flatMap(({ needs }) => needs));
  const none = { unchanged: [], withdrawn: [], leftOut: [], settled: [], failures: [] };
  const wave = { atMs: 1, advance: false, updates: made.map((one) => one.update), ...none };
  await catalogue.commit(wave, async () => {});
}

/** Every tenth is asked for; all releases of what is needed are kept but for the oldest. */
const selection: Selection = {
  judgeName: (name, needs) =>
    name.endsWith('0') || needs.length > 0 ? null : { rule: 'allow', value: '', why: '' },
  isReserved: () => false,
  asked: [],
  asksOf: () => [],
  judge: ({ detail }) => ({
    drop: null,
    files: new Map(
      detail.files.slice(0, 2).map(({ filename }) => [filename, { rule: '', value: '', why: '' }]),
    ),
    doubts: [],
    untilMs: null,
  }),
  judgesDetails: true,
  wantsInfo: false,
  followsDependencies: true,
  environments: [
    { python: '3.11', platform: 'linux_x86_64' },
    { python: '3.12', platform: 'macos_arm64' },
  ],
  fingerprint: 'bench',
  namesFingerprint: 'bench',
};

const deps = {
  catalogue,
  selection,
  clock: systemClock,
  emit: () => {},
  settings: { mirrorFiles: true },
} as unknown as MirrorDeps;

async function follow(what: string): Promise<void> {
  const before = process.cpuUsage();
  const { due } = await followNeeds(deps, Number.MAX_SAFE_INTEGER, new AbortController().signal);
  const { user, system } = process.cpuUsage(before);
  const ms = Math.round((user + system) / 1000);
  const needed = [...catalogue.neededNames()].length;
  process.stdout.write(`${what}: ${ms} ms of CPU, ${due} due, ${needed} needed, peak ${peakMb()} MB\n`);
}

for (let first = 0; first < PROJECTS; first += WAVE)
  await commit(Array.from({ length: Math.min(WAVE, PROJECTS - first) }, (_, index) => first + index));
process.stdout.write(`${PROJECTS} projects with ${RELEASES} releases, peak ${peakMb()} MB\n`);
await follow('the first time');
await follow('nothing changed');
await commit([17]);
await follow('one project changed');
catalogue.close();
rmSync(directory, { recursive: true });
