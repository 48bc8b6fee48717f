/**
 * Goal: pages list files and versions as PyPI does, whatever order upstream has; what PyPI itself sent stays as it is.
 * Method: pages shuffled and put in order again; file names that say their release, say it oddly, or lie about it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FILES_PER_PROJECT_MAX, parseDetail } from '../../src/pypi/detail.ts';
import { fileVersions } from '../../src/pypi/file-versions.ts';
import { inPypiOrder } from '../../src/pypi/pypi-order.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import type { Detail } from '../../src/pypi/types.ts';
import { versionKey } from '../../src/pypi/version-key.ts';
import { CONTEXT, detailDocument, fileDocument, NAME, placeAll } from '../support/details.ts';
import { seeded } from '../support/prng.ts';

/** In PyPI's order: by release, then by name. */
const ORDERED = [
  'sample-project-dev-r7.tar.gz',
  'sample-project-0.1-bulbasaur.zip',
  'sample_project-0.9.1rc1-py2.py3-none-any.whl',
  'sample_project-0.9.1-py3-none-any.whl',
  'sample-project-1.0.tar.gz',
  'sample_project-1.0-1.noarch.rpm',
  'sample_project-1.0-py2.7.egg',
  'sample_project-1.0-py3-none-any.whl',
  'sample_project-1.0.win32-py2.7.exe',
  'sample_project-1.0+cu118-py3-none-any.whl',
  'sample_project-1.0.post1-py3-none-any.whl',
  'Sample.Project-1.9.zip',
  'sample_project-1.10-2_build-cp39-cp39-manylinux_2_17_x86_64.whl',
  'sample_project-1.10.tar.gz',
  'sample_project-1!0.1.tar.gz',
];
const VERSIONS = [
  'dev-r7',
  '0.1-bulbasaur',
  '0.9.1rc1',
  '0.9.1',
  '1.0',
  '1.0+cu118',
  '1.0.post1',
  '1.9',
  '1.10',
  '1!0.1',
];

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const { float } = seeded(seed);
  return items
    .map((item) => ({ item, place: float() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

function detailOf(filenames: readonly string[], versions: readonly string[] | null): Detail {
  const files = filenames.map((filename) => fileDocument(filename));
  return parseDetail(detailDocument(files, { versions: versions === null ? null : [...versions] }), CONTEXT);
}

const orderOf = (filenames: readonly string[], versions: readonly string[] | null) =>
  inPypiOrder(detailOf(filenames, versions)).files.map(({ filename }) => filename);

test('a page that stands in PyPI’s order comes back as the same object', () => {
  for (const versions of [VERSIONS, null]) {
    const detail = detailOf(ORDERED, versions);
    assert.equal(inPypiOrder(detail), detail);
  }
});

test('files and versions in any other order are put in PyPI’s, on both pages, with and without a list of versions', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const files = shuffled(ORDERED, seed);
    const detail = detailOf(files, shuffled(VERSIONS, seed));
    const page = JSON.parse(renderDetailJson(detail, placeAll));
    assert.deepEqual(
      page.files.map(({ filename }: { filename: string }) => filename),
      ORDERED,
    );
    assert.deepEqual(page.versions, VERSIONS);
    const links = [...renderDetailHtml(detail, placeAll).matchAll(/>([^<]+)<\/a>/g)].map(([, text]) => text);
    assert.deepEqual(links, ORDERED);
    assert.deepEqual(orderOf(files, null), ORDERED);
  }
});

test('raw entries stay with their files', () => {
  const detail = inPypiOrder(detailOf([...ORDERED].reverse(), VERSIONS));
  assert.deepEqual(
    detail.raw['files'],
    detail.files.map(({ raw }) => raw),
  );
});

test('files whose release cannot be told come first, by name, and alone are no reason to change an order', () => {
  const unknown = ['readme.zip', 'another-1.0.tar.gz'];
  assert.deepEqual(orderOf(['sample_project-2.zip', ...unknown, 'sample_project-1.zip'], ['1', '2']), [
    'another-1.0.tar.gz',
    'readme.zip',
    'sample_project-1.zip',
    'sample_project-2.zip',
  ]);
  const kept = ['sample_project-1.zip', 'readme.zip', 'sample_project-2.zip', 'another-1.0.tar.gz'];
  assert.deepEqual(orderOf(kept, ['1', '2']), kept);
});

const tens = Array.from({ length: 10 }, (_, at) => `sample_project-0.${at + 1}.tar.gz`);
const tenVersions = tens.map((_, at) => `0.${at + 1}`);

test('one name in ten that lies about its release does not change the order of a page of PyPI’s', () => {
  const odd = [...tens.slice(0, 8), 'sample_project-0.2-py3-none-any.whl', ...tens.slice(8)];
  assert.deepEqual(orderOf(odd, tenVersions), odd);
  // More than that is another order.
  const mixed = [...odd.slice(0, 3), 'sample_project-0.1-py3-none-any.whl', ...odd.slice(3)];
  assert.notDeepEqual(orderOf(mixed, tenVersions), mixed);
  // Without PyPI's list of versions, or with one in another order, no page is PyPI's.
  assert.notDeepEqual(orderOf(odd, null), odd);
  assert.notDeepEqual(orderOf(odd, [...tenVersions].reverse()), odd);
});

test('files by their names alone, as static indexes list them, are put in order, however near they come', () => {
  const byName = [...tens].sort();
  assert.notDeepEqual(byName, tens);
  assert.deepEqual(orderOf(byName, tenVersions), tens);
  assert.deepEqual(orderOf(byName, null), tens);
});

test('the release of a file is told from its name, and from the list of versions where there is one', () => {
  const cases: readonly (readonly [
    filename: string,
    versions: readonly string[] | null,
    release: string | null,
  ])[] = [
    ['sample_project-1.0-1-py3-none-any.whl', ['1.0', '1.0-1'], '1.0'],
    ['sample_project-1.0-2.zip', ['1.0', '1.0-2'], '1.0-2'],
    ['sample_project-1.0-2.zip', ['1.0'], '1.0'],
    ['sample_project-1.0-2.zip', null, '1.0-2'],
    ['sample_project-1.0_1-py3-none-any.whl', null, '1.0.post1'],
    ['sample_project-1.0+Ubuntu_1-py3-none-any.whl', null, '1.0+ubuntu.1'],
    ['sample_project-v1-py3-none-any.whl', ['1.0.0'], '1'],
    ['sample-project-Nightly 3.tar.gz', ['nightly-3'], 'nightly-3'],
    ['sample_project.1.0.zip', ['1', '1.0'], '1.0'],
    ['sample-project-1.0.unknown-kind', ['1.0', '1.0.1'], '1.0'],
    ['sample-project-1.0.unknown-kind', null, null],
    ['sample-project-2.0.tar.gz', ['1.0'], null],
    ['sample-project-10.tar.gz', ['1'], null],
    ['other-1.0.tar.gz', ['1.0'], null],
    ['other-1.0.tar.gz', null, null],
    ['sample-project-', ['1.0'], null],
  ];
  for (const [filename, versions, release] of cases)
    assert.equal(
      fileVersions(NAME, versions)(filename),
      release === null ? null : versionKey(release),
      `${filename} with ${versions}`,
    );
});

test('the largest page that is read is put in order, without comparing all with all', () => {
  const files = Array.from({ length: FILES_PER_PROJECT_MAX }, (_, at) => `sample_project-1.${at}.zip`);
  const versions = files.map((_, at) => `1.${at}`);
  const ordered = orderOf([...files].reverse(), [...versions].reverse());
  // Compared by hand: a difference between two lists as long takes minutes to print.
  assert.equal(
    ordered.findIndex((filename, at) => filename !== files[at]),
    -1,
  );
});
