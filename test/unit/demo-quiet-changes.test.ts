/**
 * Goal: what PyPI changes without a journal row changes pages, blobs and the integrity API, and never a serial (trap 9).
 * Method: one kind of change a test, on a state; rows, commits and the rendered page before and after.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { OriginRequest } from '../../src/demo/http-message.ts';
import type { Commit } from '../../src/demo/index-model.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { answerOrigin } from '../../src/demo/origin.ts';
import { detailHtml } from '../../src/demo/render-html.ts';
import { detailJson } from '../../src/demo/render-json.ts';
import { JubjubError } from '../../src/errors.ts';
import { makeSdist, makeWheel } from '../support/wheels.ts';

const URLS = { site: 'https://pypi.example', files: 'https://files.example' };
const WHEEL = makeWheel({ name: 'vorpal', version: '1.0', modules: { 'vorpal.py': 'X = 1\n' } });
const PROVENANCE = `/integrity/vorpal/1.0/${WHEEL.filename}/provenance`;

/** A state with vorpal 1.0, and what happens to it from then on. */
function sample(upload: (state: IndexState) => void = (state) => state.uploadFile(WHEEL)) {
  const state = new IndexState({ now: () => 1_700_000_000_000, startSerial: 100 });
  upload(state);
  const commits: Commit[] = [];
  state.onCommit((commit) => commits.push(commit));
  const project = () => state.project('vorpal') ?? assert.fail('vorpal is gone');
  const page = () => JSON.parse(detailJson(project(), URLS));
  const get = (path: string, headers: OriginRequest['headers'] = {}) =>
    answerOrigin(
      state,
      { urls: URLS, changelogRowsMax: 10 },
      { method: 'GET', path, query: '', headers, body: '' },
    );
  return { state, commits, project, page, get };
}

/** Exactly one transaction without a row, purging or not, and no serial moved. */
function assertQuiet(made: ReturnType<typeof sample>, purges = true): void {
  assert.deepEqual(made.commits, [{ normalized: 'vorpal', purges, rows: [] }]);
  assert.equal(made.state.lastSerial, 104);
  assert.equal(made.state.project('vorpal')?.lastSerial ?? 104, 104);
}

test('archive and unarchive', () => {
  const made = sample();
  made.state.archiveProject('vorpal', { purges: false });
  assertQuiet(made, false);
  assert.deepEqual(made.page()['project-status'], { status: 'archived' });
  made.state.unarchiveProject('vorpal');
  assert.deepEqual(made.page()['project-status'], { status: 'active' });
});

test('a status of PEP 792 that PyPI does not use, with a reason, in both representations', () => {
  const made = sample();
  made.state.setProjectStatus('vorpal', 'deprecated', 'use <snark> & "boojum"');
  assertQuiet(made);
  const status = { reason: 'use <snark> & "boojum"', status: 'deprecated' };
  assert.deepEqual(made.page()['project-status'], status);
  const metas = [
    ...detailHtml(made.project(), URLS).matchAll(/<meta name="(pypi:project[^"]*)" content="([^"]*)">/g),
  ];
  assert.deepEqual(
    metas.map(([, name, content]) => [name, content]),
    [
      ['pypi:project-status', 'deprecated'],
      ['pypi:project-status-reason', 'use &lt;snark&gt; &amp; &#34;boojum&#34;'],
    ],
  );
});

test('a wheel gains core metadata: the page advertises it, and the file host has it', () => {
  const made = sample((state) => state.uploadFile(WHEEL, null, { advertiseMetadata: false }));
  const sidecar = () => made.state.blob(`${made.state.file(WHEEL.filename)?.file.path}.metadata`);
  assert.deepEqual([made.page().files[0]['core-metadata'], sidecar()], [false, undefined]);
  made.state.backfillMetadata(WHEEL.filename);
  assertQuiet(made);
  const sha256 = createHash('sha256').update(WHEEL.metadata).digest('hex');
  assert.deepEqual(made.page().files[0]['core-metadata'], { sha256 });
  assert.deepEqual(made.page().files[0]['data-dist-info-metadata'], { sha256 });
  assert.deepEqual(sidecar(), WHEEL.metadata);
});

test('what has nothing to back-fill is refused, unless the bytes are given', () => {
  const made = sample((state) => {
    state.uploadFile(WHEEL);
    state.uploadFile(makeSdist({ name: 'vorpal', version: '1.0', modules: {} }));
  });
  assert.throws(() => made.state.backfillMetadata('vorpal-1.0.tar.gz'), JubjubError);
  assert.throws(() => made.state.backfillMetadata(WHEEL.filename), JubjubError);
  made.state.backfillMetadata('vorpal-1.0.tar.gz', Buffer.from('Metadata-Version: 2.1\n'));
  const sdist = made
    .page()
    .files.find(({ filename }: { filename: string }) => filename === 'vorpal-1.0.tar.gz');
  assert.notEqual(sdist['core-metadata'], false);
});

test('provenance comes, changes and goes; its address stays', () => {
  const made = sample();
  const link = () => made.page().files[0].provenance;
  assert.equal(link(), null);
  assert.equal(made.get(PROVENANCE).status, 404);
  made.state.setProvenance(WHEEL.filename, { version: 1, attestation_bundles: [] });
  assertQuiet(made);
  assert.equal(link(), `${URLS.site}${PROVENANCE}`);
  const first = made.get(PROVENANCE);
  made.state.setProvenance(WHEEL.filename, { version: 1, attestation_bundles: [{ publisher: null }] });
  assert.equal(link(), `${URLS.site}${PROVENANCE}`);
  const second = made.get(PROVENANCE);
  assert.equal(second.body.toString(), '{"attestation_bundles":[{"publisher":null}],"version":1}');
  assert.notEqual(second.headers['etag'], first.headers['etag']);
  made.state.setProvenance(WHEEL.filename, null);
  assert.deepEqual([link(), made.get(PROVENANCE).status], [null, 404]);
});

test('a project vanishes without a row', () => {
  const made = sample();
  made.state.removeProject('vorpal', { journal: false, purges: false });
  assertQuiet(made, false);
  assert.equal(made.get('/simple/vorpal/').status, 404);
  made.state.createProject('vorpal');
  assert.equal(made.state.project('vorpal')?.lastSerial, 106);
});

test('the integrity API: types by Accept, 406 for others, a validator for each encoding', () => {
  const made = sample((state) => state.uploadFile(WHEEL, { version: 1 }));
  const own = 'application/vnd.pypi.integrity.v1+json';
  const cases: [accept: string | undefined, status: number, type: string][] = [
    [undefined, 200, own],
    ['*/*', 200, own],
    [own, 200, own],
    ['application/*', 200, own],
    ['application/json', 200, 'application/json'],
    [`application/json, ${own};q=0.5`, 200, 'application/json'],
    ['text/html', 406, 'application/json'],
    ['application/vnd.pypi.simple.v1+json', 406, 'application/json'],
  ];
  for (const [accept, status, type] of cases) {
    const reply = made.get(PROVENANCE, { accept });
    assert.deepEqual([reply.status, reply.headers['content-type']], [status, type], `Accept: ${accept}`);
    if (status === 406) assert.equal(reply.body.toString(), '{"message": "Request not acceptable"}');
  }
  const plain = made.get(PROVENANCE);
  assert.equal(plain.headers['cache-control'], 'max-age=600, public');
  const zipped = made.get(PROVENANCE, { 'accept-encoding': 'gzip' });
  const [plainTag, gzipTag] = [plain.headers['etag'], zipped.headers['etag']];
  assert.notEqual(plainTag, gzipTag);
  assert.equal(made.get(PROVENANCE, { 'if-none-match': plainTag }).status, 304);
  assert.equal(made.get(PROVENANCE, { 'if-none-match': gzipTag }).status, 200);
});

test('the integrity API knows neither strangers nor what is quarantined', () => {
  const made = sample((state) => state.uploadFile(WHEEL, { version: 1 }));
  for (const path of [PROVENANCE.replace('vorpal/', 'snark/'), PROVENANCE.replace('1.0/', '9.9/')]) {
    const reply = made.get(path);
    assert.deepEqual([reply.status, reply.headers['content-type']], [404, 'text/html; charset=UTF-8'], path);
  }
  made.state.quarantineProject('vorpal');
  assert.equal(made.get(PROVENANCE).status, 404);
});
