/**
 * Goal: our pages are PyPI's, with our links, in JSON and in HTML.
 * Method: whole pages against their expected text, then one rule at a time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDetail } from '../../src/pypi/detail.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { filePath, hrefFromDetail } from '../../src/pypi/paths.ts';
import type { Place } from '../../src/pypi/placement.ts';
import { renderDetailHtml } from '../../src/pypi/render-html.ts';
import { renderDetailJson } from '../../src/pypi/render-json.ts';
import type { ListEntry } from '../../src/pypi/render-list.ts';
import type { JsonObject, JsonValue, Sha256 } from '../../src/pypi/types.ts';
import {
  BLAKE2_PATH,
  CONTEXT,
  detailDocument,
  fileDocument,
  OTHER_SHA256,
  placeAll,
  SHA256,
} from '../support/details.ts';
import { renderListHtml, renderListJson } from '../support/project-list.ts';

const FILE = 'sample_project-1.0+x-py3-none-any.whl';
const HREF = `../../packages/${BLAKE2_PATH}/${FILE}`;

const mirrored: Place = (file) => {
  const path = filePath(file);
  return path === null ? null : { href: hrefFromDetail(path), coreMetadata: true, provenance: null };
};

const detailWith = (file: JsonObject, changes: JsonObject = {}) =>
  parseDetail(detailDocument([fileDocument(FILE, file)], changes), CONTEXT);

const jsonOf = (file: JsonObject, changes: JsonObject = {}, place: Place = mirrored) =>
  JSON.parse(renderDetailJson(detailWith(file, changes), place));

const linkOf = (file: JsonObject, place: Place = mirrored) =>
  renderDetailHtml(detailWith(file), place).match(/<a .*<br \/>/s)?.[0];

test('the JSON page of a project is PyPI’s, but for the link', () => {
  const metadata = `{"sha256":"${OTHER_SHA256}"}`;
  const entry = [
    `"core-metadata":${metadata}`,
    `"data-dist-info-metadata":${metadata}`,
    `"filename":"${FILE}"`,
    `"hashes":{"sha256":"${SHA256}"}`,
    '"provenance":null',
    '"requires-python":">=3.8"',
    '"size":1234',
    '"upload-time":"2024-05-06T07:08:09.000123Z"',
    `"url":"${HREF}"`,
    '"yanked":"nicht gut – 漢"',
  ].join(',');
  assert.equal(
    renderDetailJson(detailWith({ yanked: 'nicht gut – 漢' }), mirrored),
    `{"files":[{${entry}}],"meta":{"_last-serial":42,"api-version":"1.4"},"name":"sample-project","project-status":{"status":"active"},"versions":["1.0"]}\n`,
  );
});

test('the JSON page carries unknown keys, a display name’s normal form, the serial as an integer', () => {
  const page = jsonOf(
    { 'x-new': { b: [null], a: 1 } },
    {
      name: 'Sample_Project',
      meta: { '_last-serial': '42', 'api-version': '1.7', 'x-meta': true },
      tracks: [],
      'project-status': { status: 'archived', reason: 'done' },
      versions: ['2', '10', '1'],
    },
  );
  assert.equal(page.name, 'sample-project');
  assert.deepEqual(page.meta, { '_last-serial': 42, 'api-version': '1.7', 'x-meta': true });
  assert.deepEqual(page.tracks, []);
  assert.deepEqual(page['project-status'], { status: 'archived', reason: 'done' });
  assert.deepEqual(page.versions, ['1', '2', '10']);
  assert.deepEqual(page.files[0]['x-new'], { a: 1, b: [null] });
});

test('core metadata is advertised in JSON as upstream does, under the keys that it has, or not at all', () => {
  const keys = ['core-metadata', 'dist-info-metadata', 'data-dist-info-metadata'];
  const advertised = (file: JsonObject, place: Place = placeAll) => {
    const [entry] = jsonOf(file, {}, place).files;
    return keys.map((key) => entry[key]);
  };
  const nowhere: Place = (file) => ({ href: file.url, coreMetadata: false, provenance: null });
  const bare = { 'core-metadata': null, 'data-dist-info-metadata': null };
  const digest = { sha256: OTHER_SHA256 };
  // Never added: pip 22.3 to 23.0 fail on a page whose JSON has it.
  assert.deepEqual(advertised({}), [digest, undefined, digest]);
  assert.deepEqual(advertised({}, nowhere), [false, undefined, false]);
  assert.deepEqual(advertised({ 'core-metadata': true }), [true, undefined, true]);
  assert.deepEqual(advertised({ 'core-metadata': false }), [false, undefined, false]);
  assert.deepEqual(advertised({ 'core-metadata': true }, nowhere), [false, undefined, false]);
  // PEP 714: keys that advertise say the same; those that advertise nothing stay as they are.
  assert.deepEqual(advertised({ 'dist-info-metadata': true }), [digest, digest, digest]);
  assert.deepEqual(advertised({ ...bare, 'dist-info-metadata': digest }), [null, digest, null]);
  assert.deepEqual(advertised({ ...bare, 'dist-info-metadata': digest }, nowhere), [null, false, null]);
  assert.deepEqual(advertised({ 'core-metadata': false, 'dist-info-metadata': true }), [false, false, false]);
  assert.deepEqual(advertised(bare), [null, undefined, null]);
  assert.deepEqual(advertised(bare, nowhere), [null, undefined, null]);
  const { 'data-dist-info-metadata': _twin, 'core-metadata': _key, ...withoutKeys } = fileDocument(FILE);
  for (const place of [placeAll, nowhere]) {
    const detail = parseDetail(detailDocument([withoutKeys]), CONTEXT);
    const [entry] = JSON.parse(renderDetailJson(detail, place)).files;
    assert.ok(keys.every((key) => !(key in entry)));
  }
});

test('digests are lower case on the JSON page, whatever they came in, and other digests stay', () => {
  const [entry] = jsonOf({
    hashes: { sha256: SHA256.toUpperCase(), md5: 'ABC' },
    'core-metadata': { sha256: SHA256.toUpperCase() },
  }).files;
  assert.deepEqual(entry.hashes, { sha256: SHA256, md5: 'ABC' });
  assert.deepEqual(entry['core-metadata'], { sha256: SHA256 });
});

test('the HTML page of a project has PyPI’s shape', () => {
  const detail = detailWith({
    yanked: `don't <use> "this" & that`,
    provenance: 'https://pypi.example/integrity/x?a&b',
  });
  assert.equal(
    renderDetailHtml(detail, mirrored),
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="active">    <title>Links for sample-project</title>
  </head>
  <body>
    <h1>Links for sample-project</h1>
<a href="${HREF}#sha256=${SHA256}" data-requires-python="&gt;=3.8" data-yanked="don&#39;t &lt;use&gt; &#34;this&#34; &amp; that" data-dist-info-metadata="sha256=${OTHER_SHA256}" data-core-metadata="sha256=${OTHER_SHA256}" data-provenance="https://pypi.example/integrity/x?a&amp;b">${FILE}</a><br />
</body>
</html>
<!--SERIAL 42-->`,
  );
});

test('an HTML link has only the attributes that apply', () => {
  const plain = { 'core-metadata': false, 'requires-python': null };
  assert.equal(linkOf(plain), `<a href="${HREF}#sha256=${SHA256}">${FILE}</a><br />`);
  assert.equal(
    linkOf({ ...plain, yanked: true }),
    `<a href="${HREF}#sha256=${SHA256}" data-yanked="">${FILE}</a><br />`,
  );
  assert.equal(linkOf({ ...plain, yanked: '' }), linkOf(plain));
  assert.equal(linkOf({ ...plain, hashes: {} }), `<a href="${HREF}">${FILE}</a><br />`);
  assert.equal(
    linkOf({ ...plain, hashes: { md5: 'ab', sha512: 'cd', sha1: '"' } }),
    `<a href="${HREF}#sha512=cd">${FILE}</a><br />`,
  );
  assert.equal(linkOf({ ...plain, hashes: { md5: 'a&b', sha1: 7 } }), `<a href="${HREF}">${FILE}</a><br />`);
  for (const signed of [true, false])
    assert.equal(
      linkOf({ ...plain, 'gpg-sig': signed }),
      `<a href="${HREF}#sha256=${SHA256}" data-gpg-sig="${signed}">${FILE}</a><br />`,
    );
  assert.match(
    linkOf({ 'core-metadata': true }) ?? '',
    / data-dist-info-metadata="true" data-core-metadata="true">/,
  );
  assert.doesNotMatch(
    linkOf({}, (file) => ({ href: file.url, coreMetadata: false, provenance: null })) ?? '',
    /metadata/,
  );
});

test('markup in a file name, an address, a status and its reason is text', () => {
  const name = `a"><script>'&.whl`;
  const detail = parseDetail(
    detailDocument([fileDocument(name, { url: `https://files.example/${encodeURIComponent(name)}` })], {
      'project-status': { status: '"><b>', reason: '--><b>' },
    }),
    CONTEXT,
  );
  const html = renderDetailHtml(detail, (file) => ({
    href: `"><b>${file.filename}`,
    coreMetadata: true,
    provenance: `https://mirror.example/"><b>`,
  }));
  assert.doesNotMatch(html, /<script|<b>|'|-->(?!$)/);
  assert.match(html, /<meta name="pypi:project-status-reason" content="--&gt;&lt;b&gt;">/);
});

test('files without a place and files of quarantined projects are on neither page', () => {
  const hidden = detailWith({});
  assert.deepEqual(JSON.parse(renderDetailJson(hidden, () => null)).files, []);
  assert.doesNotMatch(
    renderDetailHtml(hidden, () => null),
    /<a /,
  );
  const quarantined = detailWith({}, { 'project-status': { status: 'quarantined' } });
  assert.deepEqual(JSON.parse(renderDetailJson(quarantined, placeAll)).files, []);
  assert.doesNotMatch(renderDetailHtml(quarantined, placeAll), /<a /);
  assert.match(renderDetailHtml(quarantined, placeAll), /pypi:project-status" content="quarantined"/);
});

test('our copy of the attestations takes the place of upstream’s, and is never added where upstream has none', () => {
  const ours: Place = (file) => ({
    href: file.url,
    coreMetadata: false,
    provenance: 'https://mirror.example/x.provenance',
  });
  const theirs = { provenance: 'https://pypi.example/integrity/x' };
  assert.equal(jsonOf(theirs).files[0].provenance, theirs.provenance);
  assert.equal(jsonOf(theirs, {}, ours).files[0].provenance, 'https://mirror.example/x.provenance');
  assert.equal(jsonOf({ provenance: null }, {}, ours).files[0].provenance, null);
  const { provenance: _none, ...without } = fileDocument(FILE);
  const bare = parseDetail(detailDocument([without]), CONTEXT);
  assert.ok(!('provenance' in JSON.parse(renderDetailJson(bare, ours)).files[0]));
  assert.match(linkOf(theirs, ours) ?? '', / data-provenance="https:\/\/mirror\.example\/x\.provenance">/);
  assert.doesNotMatch(renderDetailHtml(bare, ours), /provenance/);
});

test('a digest that we found where upstream gave none is on both pages', () => {
  const detail = detailWith({ hashes: { md5: 'ab' } });
  const files = detail.files.map((file) => ({ ...file, sha256: SHA256 as Sha256 }));
  const known = { ...detail, files };
  assert.deepEqual(JSON.parse(renderDetailJson(known, mirrored)).files[0].hashes, {
    md5: 'ab',
    sha256: SHA256,
  });
  assert.match(renderDetailHtml(known, mirrored), new RegExp(`#sha256=${SHA256}"`));
});

test('HTML says no more of a project’s status than upstream does', () => {
  const html = (status: JsonValue) =>
    renderDetailHtml(detailWith({}, { 'project-status': status }), mirrored);
  for (const nothing of [null, {}]) assert.doesNotMatch(html(nothing), /project-status/);
  assert.match(
    html({ status: 'deprecated', reason: 'use <x>' }),
    /<meta name="pypi:project-status" content="deprecated">\n<meta name="pypi:project-status-reason" content="use &lt;x&gt;"> {4}<title>/,
  );
});

test('pages of an upstream without serials do not pretend to have one', () => {
  const detail = detailWith({}, { meta: { 'api-version': '1.0' } });
  assert.deepEqual(JSON.parse(renderDetailJson(detail, placeAll)).meta, { 'api-version': '1.0' });
  assert.ok(renderDetailHtml(detail, placeAll).endsWith('</html>\n'));
});

const ENTRIES: readonly ListEntry[] = [
  { name: normalizeName('numpy'), displayName: 'NumPy', serial: 7 },
  { name: normalizeName('zope-interface'), displayName: 'zope.interface', serial: null },
];

test('the project list is PyPI’s in JSON', () => {
  assert.equal(
    [...renderListJson(9, ENTRIES)].join(''),
    '{"meta":{"_last-serial":9,"api-version":"1.4"},"projects":[{"_last-serial":7,"name":"NumPy"},{"name":"zope.interface"}]}\n',
  );
  assert.equal([...renderListJson(null, [])].join(''), '{"meta":{"api-version":"1.4"},"projects":[]}\n');
});

test('the project list has relative links in HTML, and markup in display names is text', () => {
  assert.equal(
    [...renderListHtml(9, [...ENTRIES, { name: normalizeName('x'), displayName: '<b>&', serial: 1 }])].join(
      '',
    ),
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
    <title>Simple index</title>
  </head>
  <body>
    <a href="numpy/">NumPy</a>
    <a href="zope-interface/">zope.interface</a>
    <a href="x/">&lt;b&gt;&amp;</a>
  </body>
</html>
<!--SERIAL 9-->`,
  );
  assert.ok([...renderListHtml(null, [])].join('').endsWith('</html>\n'));
});

test('a long list comes in chunks, while its entries are still coming', () => {
  const name = normalizeName('some-project-of-some-length');
  for (const render of [renderListJson, renderListHtml]) {
    let taken = 0;
    const endless = (function* (): Generator<ListEntry> {
      for (;;) {
        taken++;
        yield { name, displayName: name, serial: 1 };
      }
    })();
    const chunks = render(1, endless);
    for (let count = 0; count < 3; count++) {
      const { value } = chunks.next();
      assert.ok(typeof value === 'string' && value.length >= 64 * 1024 && value.length < 65 * 1024);
    }
    assert.ok(taken < 5000);
  }
});
