/**
 * Goal: an HTML page of an index is understood whoever wrote it, and what is no such page is never a project without files.
 * Method: pages as the known servers write them; one link at a time; pages that are cut, strange, or made to exhaust us.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JubjubError } from '../../src/errors.ts';
import { FILES_PER_PROJECT_MAX } from '../../src/pypi/detail.ts';
import { parseDetailHtml } from '../../src/pypi/detail-html.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import { CONTEXT, OTHER_SHA256, PAGE_URL, SHA256 } from '../support/details.ts';

const parse = (text: string) => parseDetailHtml(text, CONTEXT);
const TITLE = '<title>Links for sample-project</title>';
const page = (body: string, head = TITLE) =>
  `<!DOCTYPE html><html><head>${head}</head><body>${body}</body></html>`;
const entriesOf = (detail: Detail) => detail.raw['files'] as JsonObject[];
const namesOf = (body: string) => parse(page(body)).files.map(({ filename }) => filename);

/** What one link says, without its name. */
function linkSays(attributes: string): JsonObject {
  const [entry] = entriesOf(parse(page(`<a ${attributes}>x.whl</a>`)));
  assert.ok(entry, attributes);
  const { filename: _name, ...rest } = entry;
  return rest;
}

function refusal(text: string): JubjubError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof JubjubError) return error;
    throw error;
  }
  return assert.fail(`was accepted: ${text.slice(0, 200)}`);
}

test('PyPI’s page is the JSON document that it stands for', () => {
  const detail = parse(`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="archived"><meta name="pypi:project-status-reason" content="moved &amp; gone">    <title>Links for sample-project</title>
  </head>
  <body>
    <h1>Links for sample-project</h1>
<a href="https://files.example/packages/sample_project-1.0+x.tar.gz#sha256=${SHA256}" data-requires-python="&gt;=3.8" data-yanked="don&#39;t" data-dist-info-metadata="sha256=${OTHER_SHA256}" data-core-metadata="sha256=${OTHER_SHA256}" data-provenance="https://pypi.example/integrity/x?a&amp;b">sample_project-1.0+x.tar.gz</a><br />
</body>
</html>
<!--SERIAL 4242-->`);
  assert.deepEqual(detail.raw, {
    files: [
      {
        'core-metadata': { sha256: OTHER_SHA256 },
        filename: 'sample_project-1.0+x.tar.gz',
        hashes: { sha256: SHA256 },
        provenance: 'https://pypi.example/integrity/x?a&b',
        'requires-python': '>=3.8',
        url: 'https://files.example/packages/sample_project-1.0+x.tar.gz',
        yanked: "don't",
      },
    ],
    meta: { '_last-serial': 4242, 'api-version': '1.4' },
    name: 'sample-project',
    'project-status': { reason: 'moved & gone', status: 'archived' },
  });
  assert.deepEqual([detail.serial, detail.status, detail.apiVersion], [4242, 'archived', '1.4']);
});

test('what other servers write is read: devpi, a directory listing, an index of the time before PEP 438', () => {
  const devpi = `<!DOCTYPE html><html lang="en"><head><title>user/dev: links for sample-project</title></head>
    <body><h1>…</h1><form action="x"></form>user/dev <a href="../../+f/012/3/sample_project-1.0.zip#md5=ab">sample_project-1.0.zip</a><br/></body></html>`;
  assert.deepEqual(entriesOf(parse(devpi)), [
    {
      filename: 'sample_project-1.0.zip',
      hashes: { md5: 'ab' },
      url: 'https://pypi.example/+f/012/3/sample_project-1.0.zip',
    },
  ]);
  const listing = `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><HTML><BODY><PRE><A HREF="?C=N;O=D">Name</A>
    <A HREF="/simple/">Parent Directory</A> <A HREF='../'>..</A> <A HREF=old/>old/</A>
    <A HREF=sample%20project-1.0.tar.gz>sample project-1...&gt;</A>  01-Jan-2020</PRE></BODY></HTML>`;
  assert.deepEqual(
    parse(listing).files.map(({ filename, url }) => [filename, url]),
    [['sample project-1.0.tar.gz', `${PAGE_URL}sample%20project-1.0.tar.gz`]],
  );
  const old = `<html><head><title>Links for x</title><meta name="api-version" value="2" /></head><body>
    <a rel="internal" href="../../p/sample-project-1.0.zip#md5=AB">sample-project-1.0.zip</a>
    <a rel="homepage" href="http://home.example/sample-project-1.1.zip">1.0 home_page</a>
    <a href="http://home.example/sample-project-1.2.zip" rel="nofollow download">1.0 download_url</a>
    <a href="http://home.example/">home</a></body></html>`;
  assert.deepEqual(
    parse(old).files.map(({ filename }) => filename),
    ['sample-project-1.0.zip'],
  );
});

test('links that lead to no file are passed over', () => {
  for (const href of [
    '../',
    '#',
    '#sha256=ab',
    '?x.whl',
    '',
    'mailto:x.whl',
    'javascript:x.whl',
    'ftp://files.example/x.whl',
    'data:x.whl',
    'https://[/x.whl',
    'x.whl/',
    'x.egg/',
    'about.html',
    'x.whl.asc',
    'x.whl.metadata',
    'x.whl.provenance#sha256=ab',
    'https://vcs.example/master.zip#egg=sample-project-dev',
  ])
    assert.deepEqual(namesOf(`<a href="${href}">x.whl</a>`), [], href);
  assert.deepEqual(
    namesOf('<a name="x.whl">x.whl</a><a href>x.whl</a><link href="x.whl"><img src="x.whl">'),
    [],
  );
  assert.deepEqual(namesOf('<!-- <a href="x.whl"> --><script><a href="x.whl"></script><a href=y.whl>'), [
    'y.whl',
  ]);
});

test('every kind of file counts, and kinds to come when the link says that it is a file', () => {
  const names =
    'a.whl b.egg c.exe d.msi e.rpm f.deb g.dmg h.zip i.tgz j.tar k.tar.gz l.tar.bz2 m.tar.Z n.ZIP'.split(' ');
  assert.deepEqual(namesOf(names.map((name) => `<a href="${name}">`).join('')), names);
  assert.deepEqual(namesOf('<a href="a-variants.json">'), []);
  assert.deepEqual(namesOf(`<a href="a-variants.json#sha256=${SHA256}">`), ['a-variants.json']);
  assert.deepEqual(namesOf('<a href="b-variants.json" data-requires-python=">=3">'), ['b-variants.json']);
});

test('a file is named by its URL, whatever the text of its link', () => {
  for (const text of ['other-2.0.whl', '', '\n  x y.whl\t', '<b>x</b> y.whl', '&lt;'])
    assert.deepEqual(namesOf(`<a href="a/x%20y.whl?token=1#sha256=${SHA256}">${text}</a>`), ['x y.whl']);
});

test('a link says what its attributes and its fragment say, and nothing else', () => {
  const url = `${PAGE_URL}x.whl`;
  const bare = { url, hashes: {} };
  const cases: readonly (readonly [attributes: string, said: JsonObject])[] = [
    ['href=x.whl', bare],
    ["HREF='x.whl' class=y", bare],
    [
      `href=" x.whl#SHA256=${SHA256}&amp;md5=ab&amp;md5=cd&amp;subdirectory=y "`,
      { url, hashes: { sha256: SHA256, md5: 'ab' } },
    ],
    ['href="x.whl#sha256=&amp;crc=1"', bare],
    ['href="x.whl" href="y.whl"', bare],
    ['href=x.whl data-yanked', { ...bare, yanked: true }],
    ['href=x.whl data-yanked=""', { ...bare, yanked: true }],
    [
      'href=x.whl data-yanked="&quot;&#x1F40D;&quot; &amp;amp; &nope;"',
      { ...bare, yanked: '"🐍" &amp; &nope;' },
    ],
    ['href=x.whl data-requires-python="&lt;4,&gt;=3"', { ...bare, 'requires-python': '<4,>=3' }],
    ['href=x.whl data-gpg-sig=true', { ...bare, 'gpg-sig': true }],
    ['href=x.whl data-gpg-sig=false', { ...bare, 'gpg-sig': false }],
    ['href=x.whl data-gpg-sig=__proto__', bare],
    ['href=x.whl data-core-metadata=true', { ...bare, 'core-metadata': true }],
    ['href=x.whl data-dist-info-metadata=true', { ...bare, 'core-metadata': true }],
    [
      `href=x.whl data-core-metadata="sha256=${SHA256}" data-dist-info-metadata=true`,
      { ...bare, 'core-metadata': { sha256: SHA256 } },
    ],
    ['href=x.whl data-core-metadata="sha256=None"', { ...bare, 'core-metadata': true }],
    ['href=x.whl data-core-metadata="sha512=ab"', { ...bare, 'core-metadata': { sha512: 'ab' } }],
    ['href=x.whl data-core-metadata=""', { ...bare, 'core-metadata': false }],
    [
      'href=x.whl data-provenance="/integrity/x"',
      { ...bare, provenance: 'https://pypi.example/integrity/x' },
    ],
    ['href=x.whl data-provenance', bare],
  ];
  for (const [attributes, said] of cases) assert.deepEqual(linkSays(attributes), said, attributes);
});

test('links are relative to the first base that makes sense', () => {
  const urlOf = (head: string) => parse(page('<a href="x.whl">', head)).files[0]?.url;
  assert.equal(urlOf('<base href="https://files.example/a/">'), 'https://files.example/a/x.whl');
  assert.equal(urlOf('<base href="../b/"><base href="/c/">'), 'https://pypi.example/simple/b/x.whl');
  assert.equal(urlOf('<base target=_top><base href="https://[">'), `${PAGE_URL}x.whl`);
});

test('of a file that is listed twice the first counts, unless only the other has a sha256', () => {
  const of = (...hrefs: string[]) =>
    parse(page(hrefs.map((href) => `<a href="${href}">`).join(''))).files.map(({ url, sha256 }) => [
      url,
      sha256,
    ]);
  const good = `b/x.whl#sha256=${SHA256}`;
  assert.deepEqual(of('a/x.whl', 'a/x.whl', 'b/x.whl'), [[`${PAGE_URL}a/x.whl`, null]]);
  assert.deepEqual(of('a/x.whl#md5=ab', good, 'y.whl'), [
    [`${PAGE_URL}b/x.whl`, SHA256],
    [`${PAGE_URL}y.whl`, null],
  ]);
  assert.deepEqual(of(good, `c/x.whl#sha256=${OTHER_SHA256}`), [[`${PAGE_URL}b/x.whl`, SHA256]]);
});

test('the serial is the comment’s, else the header’s', () => {
  const serialOf = (text: string, headerSerial: number | null = null) =>
    parseDetailHtml(text, { ...CONTEXT, headerSerial }).serial;
  assert.equal(serialOf(`${page('')}<!--SERIAL 7-->`), 7);
  assert.equal(serialOf(`${page('')}<!-- SERIAL 7 -->\n`, 9), 7);
  assert.equal(serialOf(page('<!--SERIAL x--><!--serial 1--><!--SERIAL 6 or so-->'), 9), 9);
  assert.equal(serialOf(page('')), null);
  assert.match(refusal(`${page('')}<!--SERIAL 9999999999-->`).message, /meta: _last-serial/);
});

test('the rules of the JSON document hold: versions of the API, addresses, digests, file names', () => {
  const meta = (version: string) => `<meta name="pypi:repository-version" content="${version}">`;
  assert.equal(refusal(page('', meta('2.0'))).code, 'UPSTREAM_API_VERSION');
  assert.match(refusal(page('', meta('2.0'))).message, /sample-project/);
  assert.equal(parse(page('', TITLE + meta('1.9') + meta('2.0'))).apiVersion, '1.9');
  assert.equal(parse(page('')).apiVersion, '1.0');
  for (const [link, where] of [
    ['href="x.whl#sha256=ab"', 'hashes.sha256'],
    ['href="https://u:p@files.example/x.whl"', 'url'],
    ['href="a%2Fx.whl"', 'filename'],
    ['href=".x.whl"', 'filename'],
    ['href="%ffx.whl"', 'url'],
    ['href="x.whl" data-provenance="data:x"', 'provenance'],
  ] as const) {
    const error = refusal(page(`<a ${link}>`));
    assert.ok(error.message.endsWith(where), `${link}: ${error.message}`);
    assert.equal(error.facts.url, PAGE_URL);
    assert.doesNotMatch(JSON.stringify(error.facts), /u:p/);
  }
});

test('a page without files is a project without files, whoever’s page it is, if it is one of an index', () => {
  const refresh = page('<form method="post"><input name="refresh" type="submit"></form>'); // devpi
  const version = '<meta name="pypi:repository-version" content="1.0">';
  for (const text of [
    page(''),
    refresh,
    page('', version),
    '<!doctype html><title>Sample_Project</title>',
    '<html><h1>Index of /simple/sample-project/</h1><a href="../">../</a></html>',
    '<html><title>root/dev: links for <b>sample&#45;project</title></html>',
  ])
    assert.deepEqual(parse(text).files, [], text);
  for (const text of [
    '',
    '<html></html>',
    '<body></body>',
    page('', ''),
    page('<h1>We will be back soon</h1>', '<title>Maintenance</title>'),
    page('<p>sample-project</p><a href="sample-project/">sample-project</a>', '<title>Simple index</title>'),
    page('', '<title>Links for sample-project-2</title>'),
    '502 Bad Gateway',
    '{"files":[]}',
    '<p>Not today</p>',
    page('<form action="/login"><input name="user"><input type="Password"></form>'),
    page('', `${TITLE}<script>challenge()</script>`),
  ]) {
    const error = refusal(text);
    assert.equal(error.code, 'UPSTREAM_MALFORMED');
    assert.match(error.message, /the detail of sample-project is malformed: the page/);
    assert.match(error.facts.effect ?? '', /sample-project stays as it was/);
  }
  const redirected = { ...CONTEXT, url: 'https://pypi.example/simple/' };
  assert.throws(() => parseDetailHtml(page('', version), redirected), /malformed: the page/);
});

test('a page that was cut anywhere is refused, and is worth asking for again', () => {
  const whole = page('<a href="x.whl">x.whl</a><a href="y.whl">y.whl</a>');
  assert.equal(parse(whole).files.length, 2);
  for (let end = whole.indexOf('<html>') + '<html>'.length; end < whole.length; end++) {
    const error = refusal(whole.slice(0, end));
    assert.equal(error.facts.retryable, true, whole.slice(0, end));
  }
  assert.equal(refusal('<a href="x.whl">x.whl</a><a href="y').facts.retryable, true);
  assert.equal(refusal('<html><!-- </html>').facts.retryable, true);
});

test('hostile pages take no longer than their length', () => {
  const many = 200_000;
  for (const text of [
    '<'.repeat(1024 * 1024),
    '<b>'.repeat(many) + '</i>'.repeat(many),
    '<svg><form>'.repeat(many),
    `<a ${'x=y '.repeat(many)}>`,
    `<a href="${'&#x41;'.repeat(many)}">`,
    `<a href="${'../'.repeat(many)}x.whl" data-yanked="${'&amp;'.repeat(many)}">`,
    '<!--'.repeat(many),
    '<title>'.repeat(many),
    '&'.repeat(1024 * 1024),
    `${'<html>'.repeat(many)}</html>`,
  ]) {
    const before = process.cpuUsage().user;
    try {
      parse(text);
    } catch (error) {
      assert.ok(error instanceof JubjubError, String(error));
    }
    const secondsOfCpu = (process.cpuUsage().user - before) / 1e6;
    assert.ok(secondsOfCpu < 5, `${secondsOfCpu} s for ${text.slice(0, 20)}…`);
  }
});

test('the number of files has a limit', () => {
  const links = (count: number) => Array.from({ length: count }, (_, at) => `<a href="${at}.whl">`).join('');
  assert.equal(parse(page(links(FILES_PER_PROJECT_MAX) + links(5))).files.length, FILES_PER_PROJECT_MAX);
  assert.match(refusal(page(links(FILES_PER_PROJECT_MAX + 9))).facts.expected ?? '', /at most 40000 files/);
});
