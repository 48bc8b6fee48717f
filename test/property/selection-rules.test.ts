/**
 * Goal: rules only ever drop, whatever others there are; neither order nor spelling counts; no detail, however strange, is too much for
 *   them; the fingerprint tells apart what says different things; and time only ever shows more, when it was said.
 * Method: fast-check over small random projects, hostile names included, and random settings of every key.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, DistFile, JsonObject, ProjectName, Sha256 } from '../../src/pypi/types.ts';
import type { Ask } from '../../src/selection/asks.ts';
import { buildSelection, type ProjectFacts } from '../../src/selection/selection.ts';
import { EVERYTHING, type ExceptionRules, type SelectionSettings } from '../../src/selection/settings.ts';
import { nastyText, SHA256 } from '../support/details.ts';
import fc from '../support/properties.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 0, 10);
const RUNS = { numRuns: 200 };

const VERSIONS = ['0.9', '1.0', '1.0.0', '1.1', '2.0rc1', '2.0', '2.1.dev3', '3!1.0', 'odd_one'];
const ENDS = [
  '.tar.gz',
  '-py3-none-any.whl',
  '-py2-none-any.whl',
  '-cp312-cp312-manylinux2014_x86_64.whl',
  '-cp311-abi3-win_amd64.macosx_11_0_arm64.whl',
  '-what.whl',
  '-py2.7.egg',
  '.win32.exe',
];

const filename = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...VERSIONS), fc.constantFrom(...ENDS)) },
  { weight: 1, arbitrary: fc.tuple(nastyText, fc.constantFrom(...ENDS)) },
);

const distFile: fc.Arbitrary<DistFile> = fc
  .record({
    parts: filename,
    sizeBytes: fc.constantFrom(null, 0, 10, 1000),
    requiresPython: fc.constantFrom(null, null, '>=3.12', '<3', 'nonsense'),
    yanked: fc.constantFrom<boolean | string>(false, false, true, 'broken'),
    hoursAgo: fc.constantFrom(null, 0, 1, 2, 3, 5, 8),
    sha256: fc.constantFrom(null, SHA256 as Sha256),
  })
  .map(({ parts: [version, end], hoursAgo, ...rest }) => ({
    filename: `pkg-${version}${end}`,
    url: 'https://files.example/x',
    coreMetadata: null,
    provenance: null,
    raw: { 'upload-time': hoursAgo === null ? 'never' : isoOf(NOW_MS - hoursAgo * HOUR_MS) } as JsonObject,
    ...rest,
  }));

const facts: fc.Arbitrary<ProjectFacts> = fc
  .record({
    name: fc.constantFrom('pkg', 'pkg', 'other'),
    files: fc.uniqueArray(distFile, { maxLength: 8, selector: (file) => file.filename }),
    lists: fc.constantFrom('all', 'all', 'none', 'some'),
    status: fc.constantFrom('active', 'archived'),
    license: fc.constantFrom(undefined, null, '', 'MIT', ['MIT', 'BSD'], { a: 'MIT' }, 3),
    hasInfo: fc.boolean(),
  })
  .map(({ name, files, lists, status, license, hasInfo }) => {
    const versions = lists === 'none' ? {} : { versions: lists === 'all' ? VERSIONS : VERSIONS.slice(3) };
    const info = (license === undefined ? {} : { license }) as JsonObject;
    const detail: Detail = {
      name: normalizeName(name),
      serial: 1,
      status,
      apiVersion: '1.4',
      files,
      raw: versions as JsonObject,
    };
    return { detail, info: hasInfo ? info : null, needs: [] };
  });

const list = (...entries: string[]) => fc.subarray(entries, { minLength: 1 });
const ask = fc
  .tuple(fc.constantFrom('pkg', 'other'), fc.constantFrom('', '>=1.0', '<1', 'no'), fc.boolean())
  .map(
    ([name, specifier, isExact]): Ask => ({
      name: name as ProjectName,
      specifier,
      extras: [],
      sha256s: isExact ? [SHA256 as Sha256] : [],
      by: 'x',
    }),
  );

/** A value for every key that drops something, of each table; keys that only say how are always set. */
const PROJECT_KEYS = {
  allow: list('pkg', 'p*', '/^o/'),
  block: list('pkg', '/other/'),
  reserved: list('pkg-*', '*k?'),
  requirements: fc.array(ask, { maxLength: 3 }),
  status: list('active', 'Archived'),
  maxBytes: fc.constantFrom(5, 100, 1500),
  maxVersions: fc.constantFrom(1, 5, 9),
  minVersions: fc.constantFrom(1, 5, 10),
  metadata: fc.record({ license: list('MIT', 'bsd*', '!/B/', '!') }),
};
const RELEASE_KEYS = {
  allow: list('pkg>=1', 'p*<1', '/o/ ==1.*', 'other'),
  block: list('pkg<1', 'pkg===odd_one', '* ==1.0'),
  versions: list('1.*', '!*rc*', '/^2|odd/', '!2.1*'),
  prereleases: fc.constantFrom<false | 'if-needed'>(false, 'if-needed'),
  latest: fc.integer({ min: 1, max: 4 }),
  yanked: fc.constant(false),
  notBeforeMs: fc.constant(NOW_MS - 3 * HOUR_MS),
  notAfterMs: fc.constant(NOW_MS - 2 * HOUR_MS),
  minAgeMs: fc.constantFrom(2 * HOUR_MS, 4 * HOUR_MS),
};
const FILE_KEYS = {
  types: list('wheel', 'sdist', '!egg', '!wheel'),
  python: list('3.12', '3', '!2.7', '!3.11'),
  requiresPython: list('3.12', '3.12.4', '3', '!2.7', '!3.12', '!'),
  platforms: list('any', 'linux_x86_64', '!windows', 'macos'),
  abi: list('none', 'cp312', '!abi3'),
  names: list('*.whl', '!*2.0*', '/^pkg-1/'),
  maxBytes: fc.constantFrom(5, 100),
};

const some = (keys: Record<string, fc.Arbitrary<unknown>>) => fc.record(keys, { requiredKeys: [] });
const exceptions: fc.Arbitrary<ExceptionRules[]> = fc.array(
  fc.record({
    projects: list('pkg', 'o*', '/x/'),
    releases: some({ ...RELEASE_KEYS, latestOf: fc.constantFrom('final', 'all') }),
    files: some(FILE_KEYS),
  }),
  { maxLength: 2 },
) as fc.Arbitrary<ExceptionRules[]>;

const settings: fc.Arbitrary<SelectionSettings> = fc
  .record({
    projects: some(PROJECT_KEYS),
    releases: some({ ...RELEASE_KEYS, latestOf: fc.constantFrom('final', 'all', 'uploaded') }),
    files: some(FILE_KEYS),
    exceptions: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, exceptions),
  })
  .map(({ projects, releases, files, exceptions: overlays }) => ({
    projects: { ...EVERYTHING.projects, ...projects },
    releases: { ...EVERYTHING.releases, ...releases },
    files: { ...EVERYTHING.files, ...files },
    exceptions: overlays,
    environments: [],
  }));

/** What is kept of a project; null when nothing of it is, not even its name. */
function kept(rules: SelectionSettings, project: ProjectFacts, nowMs = NOW_MS): readonly string[] | null {
  const selection = buildSelection(rules);
  if (selection.judgeName(project.detail.name, project.needs) !== null) return null;
  const { drop, files } = selection.judge(project, nowMs);
  if (drop !== null) return null;
  return project.detail.files.map((file) => file.filename).filter((name) => !files.has(name));
}

const addition = fc.oneof(
  ...Object.entries({ projects: PROJECT_KEYS, releases: RELEASE_KEYS, files: FILE_KEYS }).flatMap(
    ([table, keys]) =>
      Object.entries(keys).map(([key, value]) =>
        fc.record({ table: fc.constant(table as 'projects'), key: fc.constant(key), value }),
      ),
  ),
);

test('a rule that is added adds no file', () => {
  fc.assert(
    fc.property(settings, addition, facts, (written, { table, key, value }, project) => {
      // What is allowed and what is required come on top of each other, both being what the mirror is asked for.
      const others = { allow: 'requirements', requirements: 'allow' }[key];
      const isAsk = table === 'projects' && others !== undefined;
      const rules = isAsk
        ? { ...written, projects: { ...written.projects, allow: [], requirements: null } }
        : written;
      const before = { ...rules, [table]: { ...rules[table], [key]: (EVERYTHING[table] as never)[key] } };
      const after = { ...rules, [table]: { ...rules[table], [key]: value } };
      const left = kept(after, project) ?? [];
      const had = kept(before, project) ?? [];
      assert.deepEqual(
        left.filter((name) => !had.includes(name)),
        [],
        `${table} ${key} ${JSON.stringify(value)}`,
      );
    }),
    { numRuns: 300 },
  );
});

/** The same rules, written by somebody else: every list turned round and with one entry twice, keys in another order. */
function rewritten(rules: SelectionSettings): SelectionSettings {
  const again = <T>(value: T): T => {
    if (Array.isArray(value)) return [...value].reverse().concat(value.slice(0, 1)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, again(inner)]),
    ) as T;
  };
  return {
    ...again({ ...rules, exceptions: undefined, environments: undefined }),
    environments: rules.environments,
    exceptions: rules.exceptions.map((exception) => again(exception)),
  } as SelectionSettings;
}

test('neither the order of keys and entries nor repetition counts', () => {
  fc.assert(
    fc.property(settings, facts, (rules, project) => {
      const other = rewritten(rules);
      assert.deepEqual(kept(other, project), kept(rules, project));
      assert.equal(buildSelection(other).fingerprint, buildSelection(rules).fingerprint);
    }),
    RUNS,
  );
});

test('rules with one fingerprint say the same; rules that look at no details keep every file', () => {
  fc.assert(
    fc.property(settings, addition, facts, (rules, { table, key, value }, project) => {
      const other = { ...rules, [table]: { ...rules[table], [key]: value } };
      const [one, two] = [buildSelection(rules), buildSelection(other)];
      if (one.fingerprint === two.fingerprint) assert.deepEqual(kept(rules, project), kept(other, project));
      for (const selection of [one, two])
        if (!selection.judgesDetails) assert.equal(selection.judge(project, NOW_MS).files.size, 0);
    }),
    RUNS,
  );
});

test('no detail is too strange to be judged, and what is told is one line', () => {
  const strange = fc.record({
    project: facts,
    versions: fc.array(nastyText, { maxLength: 4 }),
    time: nastyText,
    requires: nastyText,
  });
  fc.assert(
    fc.property(settings, strange, (rules, { project, versions, time, requires }) => {
      const files = project.detail.files.map((file) => ({
        ...file,
        requiresPython: requires,
        raw: { 'upload-time': time },
      }));
      const detail = { ...project.detail, files, raw: { versions } };
      const { drop, files: dropped, doubts } = buildSelection(rules).judge({ ...project, detail }, NOW_MS);
      const whys = [...(drop === null ? [] : [drop]), ...dropped.values(), ...doubts].map(({ why }) => why);
      for (const why of whys) assert.doesNotMatch(why, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    }),
    RUNS,
  );
});

test('time shows more and hides nothing, at the moment that was told and not before', () => {
  fc.assert(
    fc.property(facts, fc.constantFrom(2 * HOUR_MS, 4 * HOUR_MS), (project, minAgeMs) => {
      const rules = { ...EVERYTHING, releases: { ...EVERYTHING.releases, minAgeMs } };
      const selection = buildSelection(rules);
      let nowMs = NOW_MS - 9 * HOUR_MS;
      for (let steps = 0; ; steps++) {
        const { untilMs } = selection.judge(project, nowMs);
        const now = kept(rules, project, nowMs) ?? [];
        if (untilMs === null) {
          assert.deepEqual(kept(rules, project, nowMs + 99 * HOUR_MS), now);
          break;
        }
        assert.ok(untilMs > nowMs && steps < 20);
        assert.deepEqual(kept(rules, project, untilMs - 1), now);
        const then = kept(rules, project, untilMs) ?? [];
        assert.ok(then.length > now.length && now.every((name) => then.includes(name)));
        nowMs = untilMs;
      }
    }),
    RUNS,
  );
});

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
