/**
 * Goal: file names and docroot paths: what is safe, where a file is kept, and how a page links to it.
 * Method: tables of cases, hostile ones among them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { checkFilename, FILENAME_BYTES_MAX, releaseOf } from '../../src/pypi/filenames.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import {
  detailPaths,
  digestFilePath,
  filePath,
  hrefFromDetail,
  metadataPath,
  parseDocrootPath,
  provenancePath,
  ROOT_PATHS,
} from '../../src/pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../../src/pypi/types.ts';
import { BLAKE2_PATH, SHA256 } from '../support/details.ts';

const sha256 = SHA256 as Sha256;
const DIGEST_PATH = `packages/01/23/${SHA256.slice(4)}`;

test('file names that are one plain path component are kept as they are', () => {
  for (const name of [
    'a',
    'foo-1.0.tar.gz',
    'foo-1!2.0+local.1-py3-none-any.whl',
    'foo 1.0.exe',
    '漢字-1.0.zip',
    'a..b',
    'x.metadata.whl',
    '%2e%2e%2f.whl',
    'ä'.repeat(FILENAME_BYTES_MAX / 2),
  ])
    assert.equal(checkFilename(name), name);
});

test('file names that could leave their directory, hide, collide or not be written are refused', () => {
  for (const name of [
    '',
    '.',
    '..',
    '.hidden',
    '../a',
    'a/b',
    '/a',
    'a\\b',
    'a\0b',
    'a\nb',
    'a\u007fb',
    'a\u0085b',
    '\ud800.whl',
    'a\udc00',
    'x.whl.metadata',
    'x.whl.METADATA',
    'x.whl.provenance',
    'x.tar.gz.asc',
    'a'.repeat(FILENAME_BYTES_MAX + 1),
    '漢'.repeat(100),
    null,
    1,
    ['a'],
  ])
    assert.equal(checkFilename(name), null, JSON.stringify(name));
});

test('the release stands in the names of wheels, sdists, eggs and old installers', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.whl', 'numpy', '2.1.0'],
    ['numpy-2.1.0-1-cp312-cp312-win32.whl', 'numpy', '2.1.0'],
    ['zope_interface-5.0-py3-none-any.whl', 'zope-interface', '5.0'],
    ['Foo-1!2.0+a.b-py3-none-any.whl', 'foo', '1!2.0+a.b'],
    ['zope.interface-5.0.tar.gz', 'zope-interface', '5.0'],
    ['foo-bar-1.0.zip', 'foo-bar', '1.0'],
    ['foo-bar-1.0-1.tar.bz2', 'foo-bar', '1.0-1'],
    ['foo-2-1.0.tar.gz', 'foo-2', '1.0'],
    ['foo-1.0-py2.7.egg', 'foo', '1.0'],
    ['foo_bar-1.0-py2.7-win32.egg', 'foo-bar', '1.0'],
    ['other-1.0.tar.gz', 'foo', null],
    ['foo-.tar.gz', 'foo', null],
    ['foo.tar.gz', 'foo', null],
    ['foo-1.0-py3-none.whl', 'foo', null],
    ['foo-1.0.win32-py2.7.exe', 'foo', '1.0'],
    ['foo-1.0.win-amd64.msi', 'foo', '1.0'],
    ['foo-1.0-1.noarch.rpm', 'foo', '1.0'],
    ['foo-1.0.linux-x86_64.tar.gz', 'foo', '1.0'],
    ['foo-1.0.macosx-10.6-intel.tar.gz', 'foo', '1.0'],
    ['foo-setup.exe', 'foo', null],
    ['', 'foo', null],
  ];
  for (const [filename, name, release] of cases)
    assert.equal(releaseOf(filename, normalizeName(name)), release, filename);
});

test('a file is kept at PyPI’s own path when its URL ends in one, else by its sha256', () => {
  const url = (tail: string) => `https://files.example${tail}`;
  const own = `/packages/${BLAKE2_PATH}`;
  const cases: readonly (readonly [string, string, string])[] = [
    [url(`${own}/a-1.0.whl`), 'a-1.0.whl', `packages/${BLAKE2_PATH}/a-1.0.whl`],
    [url(`/prefix${own}/a-1.0.whl`), 'a-1.0.whl', `packages/${BLAKE2_PATH}/a-1.0.whl`],
    [url(`${own}/a-1.0%2Bx.whl?token=1`), 'a-1.0+x.whl', `packages/${BLAKE2_PATH}/a-1.0+x.whl`],
    [url(`${own.toUpperCase()}/a-1.0.whl`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url(`/packages/AB${BLAKE2_PATH.slice(2)}/a-1.0.whl`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url(`${own}0/a-1.0.whl`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url(`${own}/other.whl`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url(`${own}/%ff`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url(`/x?${own}/a-1.0.whl`), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    [url('/packages/source/a/a/a-1.0.whl'), 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
    ['no url', 'a-1.0.whl', `${DIGEST_PATH}/a-1.0.whl`],
  ];
  for (const [address, filename, path] of cases)
    assert.equal(filePath({ url: address, filename, sha256 }), path, address);
  assert.equal(
    filePath({ url: url(`${own}/a.whl`), filename: 'a.whl', sha256: null }),
    `packages/${BLAKE2_PATH}/a.whl`,
  );
  assert.equal(filePath({ url: url('/a.whl'), filename: 'a.whl', sha256: null }), null);
  assert.equal(filePath({ url: url(`${own}/..`), filename: '..', sha256 }), null);
  assert.throws(
    () => digestFilePath(sha256, '../../x'),
    (error) => isJubjubError(error, 'UPSTREAM_MALFORMED'),
  );
});

test('pages and sidecars have the paths of the contract', () => {
  assert.deepEqual(detailPaths(normalizeName('Foo.Bar')), {
    html: 'simple/foo-bar/index.html',
    json: 'simple/foo-bar/index.v1_json',
    directory: 'simple/foo-bar',
  });
  assert.deepEqual({ ...ROOT_PATHS }, { html: 'simple/index.html', json: 'simple/index.v1_json' });
  const path = digestFilePath(sha256, 'a.whl');
  assert.equal(metadataPath(path), `${DIGEST_PATH}/a.whl.metadata`);
  assert.equal(provenancePath(path), `${DIGEST_PATH}/a.whl.provenance`);
});

test('links from a page are relative and keep + and ! readable', () => {
  const href = (name: string) =>
    hrefFromDetail(`packages/aa/${name}` as DocrootPath).slice('../../packages/aa/'.length);
  assert.equal(hrefFromDetail('packages/aa/a.whl' as DocrootPath), '../../packages/aa/a.whl');
  assert.equal(href('a-1!2+b.whl'), 'a-1!2+b.whl');
  assert.equal(href('a b#c?d%e:f&g"h\'i<j>.whl'), 'a%20b%23c%3Fd%25e%3Af%26g%22h%27i%3Cj%3E.whl');
  assert.equal(href('漢.whl'), '%E6%BC%A2.whl');
});

test('only paths that stay inside the docroot are docroot paths', () => {
  for (const path of ['a', 'simple/foo/index.html', 'packages/a b/c+d', '...', '.well-known/x'])
    assert.equal(parseDocrootPath(path), path);
  for (const path of [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/./b',
    'a/../b',
    '../a',
    'a\\b',
    'a\0',
    'a\nb',
    'C:\\a',
    '\ud800',
  ])
    assert.equal(parseDocrootPath(path), null, JSON.stringify(path));
});
