/**
 * Goal: pages and XML are what PyPI sends, byte for byte (protocol §1.4, §2.4 to §2.6).
 * Method: expectations written by hand from the protocol; the XML against Python's own serializer as well.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexState } from '../../src/demo/index-state.ts';
import { detailHtml, indexHtml } from '../../src/demo/render-html.ts';
import { detailJson, indexJson } from '../../src/demo/render-json.ts';
import { changelogRow, renderFault, renderResponse } from '../../src/demo/render-xmlrpc.ts';
import { python } from '../support/python.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const URLS = { site: 'https://pypi.example', files: 'https://files.example' };

/** One project with a wheel (metadata, provenance), an sdist, and a release of its own that is yanked. */
function sample() {
  let nowMs = 1_700_000_000_000;
  const state = new IndexState({ now: () => nowMs, startSerial: 100 });
  const recipe = {
    name: 'Tulgey_Wood',
    version: '1.0',
    requiresPython: '>=3.8',
    modules: { 'tulgey_wood.py': '' },
  };
  const sdist = state.uploadFile(makeSdist(recipe));
  nowMs += 25;
  const wheel = state.uploadFile(makeWheel(recipe), { version: 1 });
  const old = state.uploadFile(makeSdist({ name: 'Tulgey_Wood', version: '0.9', modules: {} }));
  state.yankRelease('tulgey-wood', '0.9', 'a <b> & "c"\'s');
  const project = state.project('tulgey-wood');
  assert.ok(project !== undefined);
  return { state, project, sdist, wheel, old };
}

test('JSON detail: every key, sorted, compact, files in version order, one line feed', () => {
  const { project, sdist, wheel, old } = sample();
  const none = '"core-metadata":false,"data-dist-info-metadata":false';
  const digest = `{"sha256":"${wheel.metadataSha256}"}`;
  const integrity =
    'https://pypi.example/integrity/tulgey-wood/1.0/tulgey_wood-1.0-py3-none-any.whl/provenance';
  assert.equal(
    detailJson(project, URLS),
    `{"files":[{${none},"filename":"tulgey_wood-0.9.tar.gz","hashes":{"sha256":"${old.sha256}"},"provenance":null,` +
      `"requires-python":null,"size":${old.sizeBytes},"upload-time":"2023-11-14T22:13:20.025000Z",` +
      `"url":"https://files.example${old.path}","yanked":"a <b> & \\"c\\"'s"},` +
      `{"core-metadata":${digest},"data-dist-info-metadata":${digest},"filename":"tulgey_wood-1.0-py3-none-any.whl",` +
      `"hashes":{"sha256":"${wheel.sha256}"},"provenance":"${integrity}","requires-python":">=3.8",` +
      `"size":${wheel.sizeBytes},"upload-time":"2023-11-14T22:13:20.025000Z","url":"https://files.example${wheel.path}",` +
      `"yanked":false},` +
      `{${none},"filename":"tulgey_wood-1.0.tar.gz","hashes":{"sha256":"${sdist.sha256}"},"provenance":null,` +
      `"requires-python":">=3.8","size":${sdist.sizeBytes},"upload-time":"2023-11-14T22:13:20Z",` +
      `"url":"https://files.example${sdist.path}","yanked":false}],` +
      `"meta":{"_last-serial":108,"api-version":"1.4"},"name":"tulgey-wood","project-status":{"status":"active"},` +
      `"versions":["0.9","1.0"]}\n`,
  );
});

test('HTML detail: white space, attributes and entities of the template, serial comment last', () => {
  const { project, sdist, wheel, old } = sample();
  const digest = `sha256=${wheel.metadataSha256}`;
  assert.equal(
    detailHtml(project, URLS),
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
<meta name="pypi:project-status" content="active">    <title>Links for tulgey-wood</title>
  </head>
  <body>
    <h1>Links for tulgey-wood</h1>
<a href="https://files.example${old.path}#sha256=${old.sha256}" data-yanked="a &lt;b&gt; &amp; &#34;c&#34;&#39;s" >tulgey_wood-0.9.tar.gz</a><br />
<a href="https://files.example${wheel.path}#sha256=${wheel.sha256}" data-requires-python="&gt;=3.8" data-dist-info-metadata="${digest}" data-core-metadata="${digest}" data-provenance="https://pypi.example/integrity/tulgey-wood/1.0/tulgey_wood-1.0-py3-none-any.whl/provenance">tulgey_wood-1.0-py3-none-any.whl</a><br />
<a href="https://files.example${sdist.path}#sha256=${sdist.sha256}" data-requires-python="&gt;=3.8" >tulgey_wood-1.0.tar.gz</a><br />
</body>
</html>
<!--SERIAL 108-->`,
  );
});

test('a yank without a reason is true in JSON and an empty attribute in HTML', () => {
  const { state, project } = sample();
  state.yankRelease('tulgey-wood', '0.9');
  assert.match(detailJson(project, URLS), /"yanked":true/);
  assert.match(detailHtml(project, URLS), / data-yanked="" >/);
});

test('the index lists display names and serials, links normalized names, and leaves quarantined projects out', () => {
  const { state } = sample();
  state.createProject('boojum');
  state.createProject('Snark');
  state.quarantineProject('snark');
  assert.equal(
    indexJson(state),
    '{"meta":{"_last-serial":113,"api-version":"1.4"},"projects":[{"_last-serial":110,"name":"boojum"},' +
      '{"_last-serial":108,"name":"Tulgey_Wood"}]}\n',
  );
  assert.equal(
    indexHtml(state),
    `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="1.4">
    <title>Simple index</title>
  </head>
  <body>
<a href="/simple/boojum/">boojum</a>
<a href="/simple/tulgey-wood/">Tulgey_Wood</a>
</body>
</html>`,
  );
});

test('quarantine empties the page of a project, and hides a release; empty releases are not listed', () => {
  const { state, project } = sample();
  state.quarantineRelease('tulgey-wood', '1.0');
  state.removeFile('tulgey_wood-0.9.tar.gz');
  const empty = (status: string) =>
    `{"files":[],"meta":{"_last-serial":${project.lastSerial},"api-version":"1.4"},"name":"tulgey-wood",` +
    `"project-status":{"status":"${status}"},"versions":[]}\n`;
  assert.equal(detailJson(project, URLS), empty('active'));
  state.clearReleaseQuarantine('tulgey-wood', '1.0');
  assert.match(detailJson(project, URLS), /"versions":\["1\.0"\]/);
  state.quarantineProject('tulgey-wood');
  assert.equal(detailJson(project, URLS), empty('quarantined'));
});

test('a changelog: nil without a line feed, non-ASCII actions escaped twice, control characters dropped', () => {
  const row = (version: string | null, action: string | null, serial: number) =>
    changelogRow({ name: 'Foo_Bar', version, timestampS: 17, action, serial });
  assert.equal(
    renderResponse([row(null, 'add source file r\u0007é&.gz', 38_000_001), row('1.0', null, 38_000_005)]),
    `<?xml version='1.0'?>
<methodResponse>
<params>
<param>
<value><array><data>
<value><array><data>
<value><string>Foo_Bar</string></value>
<value><nil/></value><value><int>17</int></value>
<value><string>add source file r&amp;#233;&amp;.gz</string></value>
<value><int>38000001</int></value>
</data></array></value>
<value><array><data>
<value><string>Foo_Bar</string></value>
<value><string>1.0</string></value>
<value><int>17</int></value>
<value><nil/></value><value><int>38000005</int></value>
</data></array></value>
</data></array></value>
</param>
</params>
</methodResponse>
`,
  );
});

test("responses and faults are what Python's own serializer writes", async () => {
  const program = `import sys, xmlrpc.client as x
out = sys.stdout.write
def dump(value): out(x.dumps((value,), methodresponse=True, allow_none=True))
dump([])
dump(None)
dump(38000001)
dump([["Foo_Bar", None, 17, "a <b> & \\"c\\"", 2]])
dump({"a": 1, "b&c": 2})
out(x.dumps(x.Fault(-32500, "HTTPTooManyRequests: a & b"), methodresponse=True))`;
  const ours = [
    renderResponse([]),
    renderResponse(null),
    renderResponse(38_000_001),
    renderResponse([['Foo_Bar', null, 17, 'a <b> & "c"', 2]]),
    renderResponse(
      new Map([
        ['a', 1],
        ['b&c', 2],
      ]),
    ),
    renderFault({ code: -32500, message: 'HTTPTooManyRequests: a & b' }),
  ];
  assert.equal(ours.join(''), await python('-c', program));
});
