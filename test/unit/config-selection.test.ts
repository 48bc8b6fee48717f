/**
 * Goal: every key of the selection becomes the setting that it stands for, and each mistake in one is told with its place,
 * its line and what was meant; what is printed of them means the same again.
 * Method: tables of texts and what they lead to; a property over generated configurations for the way back.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/load.ts';
import { effectiveConfig } from '../../src/config/starter.ts';
import { isJubjubError, type JubjubError } from '../../src/errors.ts';
import { EVERYTHING } from '../../src/selection/settings.ts';
import fc from '../support/properties.ts';

const FILE = '/etc/jubjub/mirror.toml';
const HEAD = 'directory = "m"\n[upstream]\nurl = "https://pypi.example"\ncontact = "a@b"\n';
const HEAD_LINES = 4;

function selectionOf(text: string) {
  return readConfig(HEAD + text, FILE).settings.selection;
}

function problems(text: string): JubjubError[] {
  try {
    readConfig(HEAD + text, FILE);
  } catch (error) {
    assert.ok(isJubjubError(error, 'CONFIG_INVALID'), String(error));
    return error.cause instanceof AggregateError ? (error.cause.errors as JubjubError[]) : [error];
  }
  return [];
}

function problem(text: string): JubjubError {
  const found = problems(text);
  assert.ok(found[0] !== undefined && found.length === 1, `${text}: ${found.length} problems`);
  return found[0];
}

const notesOf = (text: string) => readConfig(HEAD + text, FILE).notes;

test('a note says what latest and min-age together come to', () => {
  assert.match(
    notesOf('[releases]\nlatest = 1\nmin-age = "3d"').join('\n'),
    /whose last 1 is young shows none/,
  );
  assert.deepEqual(notesOf('[releases]\nlatest = 1'), []);
});

test('every key of the selection comes out under its name and in its unit', () => {
  const text = `
[projects]
allow = ["acme-*", "/^sci/"]
block = ["*-nightly"]
reserved = ["own-*"]
dependencies = true
status = ["active", "deprecated"]
max-size = "50GB"
max-versions = 500
max-exempt = ["torch"]
min-versions = 2
min-versions-exempt = ["acme-*"]
[projects.metadata]
license = ["MIT*", "!GPL*"]
Requires-Python = ["*"]
[releases]
allow = ["django>=4,<6"]
block = ["requests==2.32.0"]
versions = ["!*.post*", "/^[0-9]/"]
prereleases = "if-needed"
latest = 3
latest-of = "all"
yanked = false
not-before = 2024-01-31
not-after = "2025-01-31T12:00:00+02:00"
min-age = "3d"
min-age-exempt = ["acme-*"]
[files]
types = ["wheel", "!egg"]
python = ["3.11", "3.12"]
requires-python = ["3.11", "3.12.4", "!"]
platforms = ["linux_x86_64", "any"]
abi = ["abi3", "none"]
names = ["!*-debug-*"]
max-size = "2GiB"
[[exception]]
projects = ["tensorflow*"]
latest = 0
not-before = 2024-01-01T00:00:00
max-size = ""
[[exception]]
projects = ["numpy"]
platforms = ["any"]
yanked = true
[[environment]]
python = "3.12"
platform = "linux_x86_64"
[[environment]]
python = "3.11.4"
platform = "win_amd64"
`;
  assert.deepEqual(selectionOf(text), {
    projects: {
      allow: ['acme-*', '/^sci/'],
      block: ['*-nightly'],
      reserved: ['own-*'],
      requirements: null,
      dependencies: true,
      status: ['active', 'deprecated'],
      maxBytes: 50_000_000_000,
      maxVersions: 500,
      maxExempt: ['torch'],
      minVersions: 2,
      minVersionsExempt: ['acme-*'],
      metadata: { license: ['MIT*', '!GPL*'], requires_python: ['*'] },
    },
    releases: {
      allow: ['django>=4,<6'],
      block: ['requests==2.32.0'],
      versions: ['!*.post*', '/^[0-9]/'],
      prereleases: 'if-needed',
      latest: 3,
      latestOf: 'all',
      yanked: false,
      notBeforeMs: Date.UTC(2024, 0, 31),
      notAfterMs: Date.UTC(2025, 0, 31, 10),
      minAgeMs: 259_200_000,
      minAgeExempt: ['acme-*'],
    },
    files: {
      types: ['wheel', '!egg'],
      python: ['3.11', '3.12'],
      requiresPython: ['3.11', '3.12.4', '!'],
      platforms: ['linux_x86_64', 'any'],
      abi: ['abi3', 'none'],
      names: ['!*-debug-*'],
      maxBytes: 2_147_483_648,
    },
    exceptions: [
      {
        projects: ['tensorflow*'],
        releases: { latest: null, notBeforeMs: Date.UTC(2024, 0, 1) },
        files: { maxBytes: null },
      },
      { projects: ['numpy'], releases: { yanked: true }, files: { platforms: ['any'] } },
    ],
    environments: [
      { python: '3.12', platform: 'linux_x86_64' },
      { python: '3.11.4', platform: 'win_amd64' },
    ],
  });
});

test('nothing said keeps everything', () => {
  assert.deepEqual(selectionOf(''), EVERYTHING);
});

test('the metadata may stand in an inline table', () => {
  assert.deepEqual(
    selectionOf('[projects]\nmetadata = { classifiers = ["*:: Python :: 3*"] }').projects.metadata,
    {
      classifiers: ['*:: Python :: 3*'],
    },
  );
});

test('each wrong value is told with its place, its line and what was expected', () => {
  const cases: [text: string, label: string, line: number, expected: RegExp, received: string][] = [
    ['[projects]\nstatus = ["actve"]', '[projects] status', 2, /states of projects/, '"actve" as item 1'],
    ['[projects]\nmax-size = 5', '[projects] max-size', 2, /a size with its unit/, '5'],
    ['[projects]\nmax-size = "0B"', '[projects] max-size', 2, /a size with its unit/, '"0B"'],
    ['[projects]\nmax-versions = -1', '[projects] max-versions', 2, /or 0 for no limit/, '-1'],
    ['[projects]\nmin-versions = "2"', '[projects] min-versions', 2, /or 0 for no limit/, '"2"'],
    [
      '[projects]\nmax-versions = 2\nmin-versions = 3',
      '[projects] min-versions',
      3,
      /^at most max-versions, which is 2$/,
      '3',
    ],
    ['[releases]\nversions = ["!"]', '[releases] versions', 2, /versions or globs/, '"!" as item 1'],
    ['[releases]\nversions = ["2.[0"]', '[releases] versions', 2, /versions or globs/, '"2.[0" as item 1'],
    [
      '[files]\nrequires-python = ["3.x"]',
      '[files] requires-python',
      2,
      /versions of Python/,
      '"3.x" as item 1',
    ],
    [
      '[[exception]]\nprojects = ["a"]\nrequires-python = ["3.12", "!3.12.4"]',
      '[[exception]] 1 requires-python',
      3,
      /versions of Python/,
      '"!3.12.4" as item 2',
    ],
    ['[projects]\ndependencies = "yes"', '[projects] dependencies', 2, /true or false/, '"yes"'],
    ['[projects]\nmetadata = "MIT"', '[projects] metadata', 2, /fields of the metadata/, '"MIT"'],
    ['[projects.metadata]\nlicense = "MIT"', '[projects] metadata', 2, /fields of/, '"MIT" as license'],
    [
      '[projects.metadata]\nkeywords = ["a"]\nclassifers = ["a"]',
      '[projects] metadata',
      3,
      /^classifiers, the nearest known$/,
      '["a"] as classifers',
    ],
    ['[releases]\nprereleases = "never"', '[releases] prereleases', 2, /"if-needed"/, '"never"'],
    ['[releases]\nlatest-of = "newest"', '[releases] latest-of', 2, /"final", "all"/, '"newest"'],
    ['[releases]\nlatest = 1.5', '[releases] latest', 2, /a whole number/, '1.5'],
    ['[releases]\nmin-age = 3', '[releases] min-age', 2, /a duration/, '3'],
    ['[releases]\nnot-before = "soon"', '[releases] not-before', 2, /a date such as/, '"soon"'],
    ['[releases]\nnot-before = 12:30:00', '[releases] not-before', 2, /a date such as/, '12:30:00.000'],
    ['[releases]\nnot-after = 2024', '[releases] not-after', 2, /a date such as/, '2024'],
    [
      '[releases]\nallow = ["django>>4"]',
      '[releases] allow',
      2,
      /projects with versions/,
      '"django>>4" as item 1',
    ],
    ['[files]\ntypes = ["wheels"]', '[files] types', 2, /types of files/, '"wheels" as item 1'],
    ['[files]\npython = ["3.x"]', '[files] python', 2, /versions of Python/, '"3.x" as item 1'],
    ['[files]\npython = [3.12]', '[files] python', 2, /versions of Python/, '3.12 as item 1'],
    ['[[exception]]\nlatest = 1', '[[exception]] 1 projects', 1, /at least one project/, 'nothing'],
    ['[[exception]]\nprojects = []\nlatest = 1', '[[exception]] 1 projects', 2, /at least one/, '[]'],
    [
      '[[exception]]\nprojects = ["a"]\nlatest = 1\n[[exception]]\nprojects = ["b"]\nplatforms = ["any", "win64_amd"]',
      '[[exception]] 2 platforms',
      6,
      /a list of platforms/,
      '"win64_amd" as item 2',
    ],
    ['[[exception]]\nprojects = ["a"]', '[[exception]] 1', 1, /besides projects, a key of/, 'a section'],
    ['[exception]\nprojects = ["a"]', 'exception', 1, /^tables: \[\[exception\]\]$/, 'a section'],
    ['[[environment]]\npython = "3.12"', '[[environment]] 1 platform', 1, /a platform as wheels/, 'nothing'],
    [
      '[[environment]]\npython = "4"\nplatform = "linux_x86_64"',
      '[[environment]] 1 python',
      2,
      /a version of Python/,
      '"4"',
    ],
    ['[[releases]]\nlatest = 1', 'releases', 1, /^a section: \[releases\]$/, '[{"latest":1}]'],
  ];
  for (const [text, label, line, expected, received] of cases) {
    const { message, facts } = problem(text);
    assert.match(message, /^(?:bad value|a needed key is missing): /, text);
    assert.ok(message.endsWith(`: ${label.replace(/^exception$/, '[[exception]]')}`), message);
    assert.ok(facts.path?.startsWith(`${FILE}:${HEAD_LINES + line} `), `${text}: ${facts.path}`);
    assert.match(facts.expected ?? '', expected, text);
    assert.equal(facts.received, received, text);
  }
});

test('the nearest known value is told, also inside of exceptions', () => {
  const cases: [string, string][] = [
    ['[projects]\nstatus = ["actve"]', 'active'],
    ['[files]\ntypes = ["wheels"]', 'wheel'],
    ['[files]\ntypes = ["!eggs"]', 'egg'],
    ['[files]\ntypes = ["bdist_wheel"]', 'wheel'],
    ['[files]\nabi = ["cpythn"]', 'cpython'],
    ['[files]\npython = ["3.13.1"]', '3.13'],
    ['[[exception]]\nprojects = ["a"]\npython = ["3.10.4"]', '3.10'],
    ['[files]\nplatforms = ["linux_x8664"]', 'linux_x86_64'],
    ['[files]\nplatforms = ["macos_arm46"]', 'macos_arm64'],
    ['[[exception]]\nprojects = ["a"]\nplatforms = ["manylinx"]', 'manylinux'],
    ['[[environment]]\npython = "3.12"\nplatform = "linux_x8664"', 'linux_x86_64'],
    ['[projects]\nrequirements = ["poetry.lok"]', 'poetry.lock'],
  ];
  for (const [text, near] of cases)
    assert.match(problem(text).facts.hint ?? '', new RegExp(`"${near}"`), text);
});

test('an unknown key of the selection is told with the nearest, and with the places that have one of its name', () => {
  const cases: [text: string, label: string, expected: string, hint: string | undefined][] = [
    ['[projects]\nalow = []', '[projects] alow', 'allow, the nearest known', undefined],
    ['[releases]\nminage = "3d"', '[releases] minage', 'min-age, the nearest known', undefined],
    [
      '[[exception]]\nprojects = ["a"]\nplatform = []',
      '[[exception]] 1 platform',
      'platforms, the nearest known',
      'platform stands in [[environment]]',
    ],
    [
      '[[exception]]\nprojects = ["a"]\nlatest = 1\nrequirements = []',
      '[[exception]] 1 requirements',
      'a key of [[exception]]: projects, allow, block, versions, prereleases, latest, latest-of, yanked, not-before, not-after, min-age, min-age-exempt, types, python, requires-python, platforms, abi, names, max-size',
      'requirements stands in [projects]',
    ],
    [
      '[pages]\nmax-size = ""',
      '[pages] max-size',
      'a key of [pages]: base-url, json-api, precompress',
      'max-size stands in [projects] and in [files] and in [[exception]]',
    ],
  ];
  for (const [text, label, expected, hint] of cases) {
    const { message, facts } = problem(text);
    assert.equal(message, `unknown key: ${label}`);
    assert.equal(facts.expected, expected);
    assert.equal(facts.hint, hint);
  }
  assert.equal(problem('[exceptions]\nx = 1').facts.expected, 'exception, the nearest known');
});

test('a date without a time begins with its first moment and ends with its last', () => {
  const rules = selectionOf('[releases]\nnot-before = 2024-02-01\nnot-after = 2024-02-01').releases;
  const day = Date.UTC(2024, 1, 1);
  assert.deepEqual([rules.notBeforeMs, rules.notAfterMs], [day, day + 86_400_000 - 1]);
});

test('dates between which there is nothing are refused, also with those of an exception', () => {
  const dates = (before: string, after: string) => `not-before = ${before}\nnot-after = ${after}\n`;
  assert.equal(
    problem(`[releases]\n${dates('2024-02-02', '2024-02-01')}`).message,
    'bad value: [releases] not-after',
  );
  assert.deepEqual(problems(`[releases]\n${dates('2024-02-01', '2024-02-01')}`), [], 'one day');
  assert.deepEqual(problems(`[releases]\n${dates('2024-02-01', '2024-02-01T00:00:01Z')}`), []);
  const exception = (text: string) =>
    `[releases]\n${dates('2024-01-01', '2024-12-31')}[[exception]]\nprojects = ["a"]\n${text}`;
  assert.deepEqual(problems(exception('not-before = 2024-06-01')), []);
  assert.equal(
    problem(exception('not-before = 2025-06-01')).message,
    'bad value: [[exception]] 1 not-before',
  );
  assert.equal(problem(exception('not-after = 2023-06-01')).message, 'bad value: [[exception]] 1 not-after');
  assert.deepEqual(problems(exception(dates('""', '2023-06-01'))), []);
  assert.deepEqual(problems(exception('latest = 1')), []);
});

test('a name that is reserved may not be allowed', () => {
  const projects = (allow: string, reserved: string) =>
    `[projects]\nallow = ${allow}\nreserved = ${reserved}\n`;
  const { message, facts } = problem(projects('["numpy", "Acme_Lib"]', '["acme-*"]'));
  assert.equal(message, 'bad value: [projects] allow');
  assert.equal(facts.received, '"Acme_Lib" as item 2');
  assert.match(facts.hint ?? '', /Acme_Lib is reserved/);
  assert.equal(problems(projects('["acme-*"]', '["Acme_*"]')).length, 1, 'the same pattern');
  assert.equal(problems(projects('["acme-lib"]', '["/^acme/"]')).length, 1, 'a regular expression');
  assert.deepEqual(problems(projects('["acme-*"]', '["acme-secret"]')), [], 'all but this one');
});

test('what changes nothing is told', () => {
  const environment = '[[environment]]\npython = "3.12"\nplatform = "linux_x86_64"\n';
  const dependencies = '[projects]\ndependencies = true\n';
  const cases: [string, RegExp | null][] = [
    ['', null],
    [dependencies, /everything is mirrored already, and nothing to follow/],
    [`${dependencies}allow = ["flask"]\n${environment}`, null],
    [`${dependencies}allow = ["flask"]\n`, /there is no \[\[environment\]\]/],
    [environment, /\[\[environment\]\] changes nothing/],
  ];
  for (const [text, expected] of cases) {
    const notes = notesOf(text);
    assert.equal(notes.length, expected === null ? 0 : 1, text);
    if (expected !== null) assert.match(notes[0] ?? '', expected);
  }
});

test('rules that are most likely not meant are told', () => {
  const environment = '[[environment]]\npython = "3.12.4"\nplatform = "linux_x86_64"\n';
  const followed = `[projects]\nallow = ["a"]\ndependencies = true\n${environment}`;
  const exception = (keys: string) => `[[exception]]\nprojects = ["tensorflow*", "torch"]\n${keys}\n`;
  const cases: [text: string, expected: RegExp | null][] = [
    ['[files]\nplatforms = ["linux_x86_64"]', /^\[files\] platforms leaves out every wheel of pure Python/],
    [
      exception('platforms = ["windows", "!any"]'),
      /^\[\[exception\]\] 1 platforms leaves out every wheel of pure/,
    ],
    ['[files]\nplatforms = ["linux_x86_64", "any"]', null],
    ['[files]\nplatforms = ["manylinux*", "a*"]', null],
    ['[files]\nplatforms = ["!windows"]', null],
    [
      '[projects]\nallow = ["Acme_Lib", "numpy"]\nblock = ["acme-*"]',
      /^\[projects\] allow and block both have Acme_Lib: block wins$/,
    ],
    ['[projects]\nallow = ["acme-*"]\nblock = ["Acme_*"]', /both have acme-\*: block wins$/],
    ['[projects]\nallow = ["acme-*"]\nblock = ["acme-lib"]', null],
    [
      '[releases]\nallow = ["django >= 4"]\nblock = ["Django>=4"]',
      /^\[releases\] allow and block both have django >= 4: block wins$/,
    ],
    [
      '[files]\nabi = ["abi3", "!ABI3", "none"]',
      /^\[files\] abi has abi3 with and without "!": it is blocked$/,
    ],
    ['[releases]\nversions = ["2.*", "!2.*"]', /^\[releases\] versions has 2\.\* with/],
    [exception('types = ["wheel", "!wheel"]'), /^\[\[exception\]\] 1 types has wheel with/],
    ['[projects.metadata]\nlicense = ["MIT", "!mit"]', /^\[projects\] metadata license has MIT with/],
    ['[releases]\nmin-age-exempt = ["a"]', /^\[releases\] min-age-exempt changes nothing without min-age$/],
    [`[releases]\nmin-age-exempt = ["a"]\n${exception('min-age = "3d"')}`, null],
    ['[projects]\nmax-exempt = ["a"]', /^\[projects\] max-exempt changes nothing without max-size or/],
    ['[projects]\nmax-exempt = ["a"]\nmax-versions = 9', null],
    ['[projects]\nmin-versions-exempt = ["a"]', /min-versions-exempt changes nothing without min-versions$/],
    [`${followed}[files]\npython = ["3.11"]`, /^\[files\] python wants none of the \[\[environment\]\]s/],
    [`${followed}[files]\npython = ["3"]`, null],
    [`${followed}[files]\nplatforms = ["!linux", "!any"]`, /^\[files\] platforms wants none of the/],
    [`${followed}[files]\nplatforms = ["musllinux", "any"]`, null],
    [`${followed}[[environment]]\npython = "3.11"\nplatform = "win_amd64"\n[files]\npython = ["3.11"]`, null],
    [
      exception('allow = ["tensorboard>=2", "numpy"]'),
      /^\[\[exception\]\] 1 allow changes nothing: tensorboard>=2, numpy names none of its projects$/,
    ],
    [exception('block = ["pytorch"]'), /^\[\[exception\]\] 1 block changes nothing/],
    [exception('allow = ["Torch>=2"]'), null],
    [exception('allow = ["tensorflow-cpu>=2"]'), null],
    [exception('block = ["tens*<2"]'), null],
    [
      '[releases]\nprereleases = "if-needed"\nmin-age = "3d"',
      /"if-needed" counts final releases that min-age/,
    ],
  ];
  for (const [text, expected] of cases) {
    const notes = notesOf(text);
    assert.equal(notes.length, expected === null ? 0 : 1, `${text}\n${notes.join('\n')}`);
    if (expected !== null) assert.match(notes[0] ?? '', expected);
  }
});

test('what is written in words is told as it is meant', () => {
  const cases: [text: string, hint: string | undefined][] = [
    ['[releases]\nmin-age = "3 days"', 'did you mean "3d"?'],
    ['[releases]\nmin-age = "2 Weeks"', 'did you mean "14d"?'],
    ['[releases]\nmin-age = "90 min"', 'did you mean "90m"?'],
    ['[releases]\nmin-age = "36 hrs"', 'did you mean "36h"?'],
    ['[releases]\nmin-age = "soon"', undefined],
    [
      '[files]\npython = ["3.12.1"]',
      'a Python is written as 3.12, or as 3 for any Python 3; did you mean "3.12"?',
    ],
  ];
  for (const [text, hint] of cases) assert.equal(problem(text).facts.hint, hint, text);
});

const PATTERNS = fc.array(fc.constantFrom('numpy', 'acme-*', '/^sci(?!py)\\b/', 'A.b_C', '*[0-9]'), {
  maxLength: 3,
});
const DATES = fc.constantFrom('2024-01-31', '"2024-01-31T10:00:00.5Z"', '2024-01-31T10:00:00-05:30', '""');
const list = (...items: string[]) =>
  fc.array(fc.constantFrom(...items), { maxLength: 3 }).map((some) => JSON.stringify(some));
const patternList = PATTERNS.map((some) => JSON.stringify(some));

/** Keys of `[releases]` and rules of `[files]`, as TOML. */
const RULES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  allow: list('django>=4,<6', 'acme-* ==1.*', 'numpy'),
  block: list('django==5.0'),
  versions: list('2.*', '!*rc*', '/^1/'),
  prereleases: fc.constantFrom('true', 'false', '"if-needed"'),
  latest: fc.nat({ max: 9 }).map(String),
  'latest-of': fc.constantFrom('"final"', '"all"', '"uploaded"'),
  yanked: fc.boolean().map(String),
  'not-before': DATES,
  'not-after': fc.constantFrom('2030-01-01', '""'),
  'min-age': fc.constantFrom('"0s"', '"3d"', '"1.5h"'),
  'min-age-exempt': patternList,
};
const FILE_RULES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  types: list('wheel', '!egg'),
  python: list('3.12', '!2.7'),
  'requires-python': list('3.12', '3.12.4', '!'),
  platforms: list('linux_x86_64', '!windows', 'any'),
  abi: list('abi3', '!none'),
  names: list('!*-debug-*', '*"quoted"*', '/\\.whl$/'),
  'max-size': fc.constantFrom('""', '"2GiB"'),
};
const METADATA = fc
  .dictionary(
    fc.constantFrom('license', 'classifiers', 'requires-python'),
    fc.array(fc.constantFrom('MIT*', '!*::*')),
  )
  .map((fields) => {
    const entries = Object.entries(fields).map(([field, some]) => `${field} = ${JSON.stringify(some)}`);
    return `{ ${entries.join(', ')} }`;
  });

/** Some of the keys, each on a line of its own. */
const linesOf = (keys: Readonly<Record<string, fc.Arbitrary<string>>>) =>
  fc
    .record(keys, { requiredKeys: [] })
    .map((values) => Object.entries(values).map(([name, value]) => `${name} = ${value}\n`));

const CONFIGS = fc
  .record({
    projects: linesOf({
      allow: patternList,
      block: patternList,
      dependencies: fc.boolean().map(String),
      status: list('active', 'archived'),
      'max-size': fc.constantFrom('""', '"1TB"'),
      'max-versions': fc.integer({ min: 1, max: 9 }).map(String),
      'max-exempt': patternList,
      'min-versions': fc.constantFrom('0', '1'),
      'min-versions-exempt': patternList,
      metadata: METADATA,
    }),
    releases: linesOf(RULES),
    files: linesOf(FILE_RULES),
    exceptions: fc.array(linesOf({ ...RULES, ...FILE_RULES }), { maxLength: 2 }),
    environments: fc.array(fc.constantFrom('3.9', '3.13.1'), { maxLength: 2 }),
  })
  .map(({ projects, releases, files, exceptions, environments }) =>
    [
      `${HEAD}[projects]\n${projects.join('')}[releases]\n${releases.join('')}[files]\n${files.join('')}`,
      ...exceptions
        .filter((lines) => lines.length > 0)
        .map((lines) => `[[exception]]\nprojects = ["tensor*"]\n${lines.join('')}`),
      ...environments.map((python) => `[[environment]]\npython = "${python}"\nplatform = "macos_arm64"\n`),
    ].join(''),
  );

test('the effective settings mean the same again, and are printed the same again', () => {
  fc.assert(
    fc.property(CONFIGS, (text) => {
      const loaded = readConfig(text, FILE);
      const printed = effectiveConfig(loaded);
      const again = readConfig(printed, FILE);
      assert.deepEqual(again.settings, loaded.settings);
      assert.equal(
        effectiveConfig(again).replaceAll(/ +# default/g, ''),
        printed.replaceAll(/ +# default/g, ''),
      );
    }),
  );
});
