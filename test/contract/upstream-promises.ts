/** What every kind of upstream promises of one thing at a time: pages, files, documents and the changelog. */
import assert from 'node:assert/strict';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail } from '../../src/pypi/types.ts';
import type { DetailRequest, DocumentRequest, Validator } from '../../src/upstream/contract.ts';
import { bytesOf, collect, failure, never } from '../support/upstream-kit.ts';
import type { Register, Stage } from './upstream-suite.ts';

export function promisesOfPages(promise: Register): void {
  promise(
    'a page is a validated detail; with its validator it is unchanged until it changes',
    async (stage) => {
      const ask = (more: Partial<DetailRequest>) =>
        stage.upstream.detail({ ...pageOf('Foo.Bar'), ...more }, never);
      const serial = stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
      const [first, second] = [await ask({ encoding: 'gzip' }), await ask({ encoding: 'identity' })];
      assert.ok(first.kind === 'page' && second.kind === 'page');
      assert.equal(first.detail.name, 'foo-bar');
      assert.ok(first.detail.serial === null || first.detail.serial === serial);
      assert.deepEqual(filenames(first.detail), ['foo_bar-1.0.tar.gz']);
      assert.match(first.detail.files[0]?.sha256 ?? '', /^[0-9a-f]{64}$/);
      assert.ok(stage.upstream.mayLinkTo(first.detail.files[0]?.url ?? ''));
      assert.deepEqual(second.detail.files, first.detail.files);
      for (const { validator } of [first, second]) {
        if (validator === null) continue; // Some servers give none; then every request is answered in full.
        assert.equal((await ask({ validator, encoding: validator.encoding })).kind, 'unchanged');
        const other = validator.encoding === 'gzip' ? 'identity' : 'gzip';
        assert.equal(
          (await ask({ validator, encoding: other })).kind,
          'page',
          'of another encoding: not sent',
        );
      }
      stage.publish('Foo.Bar', 'foo_bar-2.0.tar.gz', 'two');
      const changed = await ask({ validator: first.validator });
      assert.ok(changed.kind === 'page');
      assert.deepEqual(filenames(changed.detail), ['foo_bar-1.0.tar.gz', 'foo_bar-2.0.tar.gz']);
    },
  );

  promise('what is not there is absent', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    stage.remove('foo');
    for (const name of ['foo', 'never-was'])
      assert.deepEqual(await stage.upstream.detail(pageOf(name), never), { kind: 'absent' });
  });

  promise('a request that fails in a way that may pass is tried again', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    for (const how of ['status-503', 'cut-body'] as const) {
      stage.mishap(how);
      assert.equal((await stage.upstream.detail(pageOf('foo'), never)).kind, 'page', how);
      stage.mishap(how);
      assert.equal((await stage.upstream.document(apiOf('foo'), never)).kind, 'document', how);
    }
    stage.mishap('status-503');
    assert.equal((await stage.upstream.projects(never)).unchanged, false);
    stage.mishap('status-503');
    await stage.upstream.probe(never);
  });
}

export function promisesOfFiles(promise: Register): void {
  promise('a file is streamed whole, or from an offset', async (stage) => {
    const url = await fileUrl(stage);
    const whole = await stage.upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10 }, never);
    assert.equal(whole.unchanged, false);
    assert.equal(whole.offsetBytes, 0);
    assert.equal(String(await bytesOf(whole.chunks)), '0123456789');
    const rest = await stage.upstream.file({ url, offsetBytes: 6, bodyBytesMax: 10 }, never);
    assert.equal(String(await bytesOf(rest.chunks)), '0123456789'.slice(rest.offsetBytes));
    assert.ok(rest.offsetBytes === 6 || rest.offsetBytes === 0);
  });

  promise('a file with its validator is unchanged, where the server can say so', async (stage) => {
    const url = await fileUrl(stage);
    const ask = (validator: Validator | null) =>
      stage.upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10, validator }, never);
    const whole = await ask(null);
    await bytesOf(whole.chunks);
    const again = await ask(whole.validator);
    const bytes = await bytesOf(again.chunks);
    assert.equal(again.unchanged, bytes.length === 0);
    assert.ok(!again.unchanged || whole.validator !== null);
    const foreign: Validator = { etag: '"of another encoding"', encoding: 'gzip' };
    assert.equal(String(await bytesOf((await ask(foreign)).chunks)), '0123456789');
  });

  promise('an offset at or behind the end brings the whole file', async (stage) => {
    const url = await fileUrl(stage);
    for (const offsetBytes of [10, 11]) {
      const again = await stage.upstream.file({ url, offsetBytes, bodyBytesMax: 10 }, never);
      assert.equal(again.offsetBytes, 0);
      assert.equal(String(await bytesOf(again.chunks)), '0123456789');
    }
  });

  promise('a file has one try, and its errors say whether another is worth it', async (stage) => {
    const url = await fileUrl(stage);
    const read = async (bodyBytesMax: number, address = url) =>
      bytesOf((await stage.upstream.file({ url: address, offsetBytes: 0, bodyBytesMax }, never)).chunks);
    stage.mishap('status-503');
    const before = stage.upstream.requestsMade;
    assert.equal((await failure(read(10), 'UPSTREAM_STATUS')).facts.retryable, true);
    assert.equal(stage.upstream.requestsMade, before + 1);
    stage.mishap('cut-body');
    assert.equal((await failure(read(10), 'UPSTREAM_UNREACHABLE')).facts.retryable, true);
    await failure(read(9), 'UPSTREAM_TOO_LARGE');
    assert.notEqual((await failure(read(10, `${url}.missing`), 'UPSTREAM_ABSENT')).facts.retryable, true);
    await failure(read(10, 'http://elsewhere.example/f'), 'UPSTREAM_HOST_NOT_ALLOWED');
  });
}

export function promisesOfDocuments(promise: Register): void {
  promise('a document is whole JSON; with its validator it is unchanged until it changes', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    const requests: DocumentRequest[] = [
      apiOf('foo'),
      { what: 'provenance', url: stage.provenanceUrl('foo-1.0.tar.gz'), validator: null, encoding: 'gzip' },
    ];
    for (const request of requests)
      for (const encoding of ['gzip', 'identity'] as const) {
        const first = await stage.upstream.document({ ...request, encoding }, never);
        assert.ok(first.kind === 'document');
        assert.equal(typeof JSON.parse(String(Buffer.from(first.bytes))), 'object');
        const again = { ...request, encoding, validator: first.validator };
        assert.equal((await stage.upstream.document(again, never)).kind, 'unchanged');
      }
    const before = await stage.upstream.document(apiOf('foo'), never);
    stage.publish('foo', 'foo-2.0.tar.gz', 'two');
    const validator = before.kind === 'document' ? before.validator : null;
    assert.equal((await stage.upstream.document({ ...apiOf('foo'), validator }, never)).kind, 'document');
  });

  promise('a document that is not there is absent; of a foreign host none is asked for', async (stage) => {
    const provenance = (url: string) =>
      stage.upstream.document({ what: 'provenance', url, validator: null, encoding: 'gzip' }, never);
    assert.equal((await stage.upstream.document(apiOf('never-was'), never)).kind, 'absent');
    assert.equal((await provenance(stage.provenanceUrl('never-was.whl'))).kind, 'absent');
    const before = stage.upstream.requestsMade;
    await failure(provenance('https://elsewhere.example/x/provenance'), 'UPSTREAM_HOST_NOT_ALLOWED');
    assert.equal(stage.upstream.requestsMade, before);
  });
}

export function promisesOfChangelogs(promise: Register): void {
  promise('the head of an empty journal is 0, and there are no changes', async ({ upstream }) => {
    assert.equal(await upstream.head(never), 0);
    assert.deepEqual(await collect(upstream.changes(0, never)), []);
  });

  promise('changes are every row above the cursor, ascending, up to the head', async (stage) => {
    const { upstream } = stage;
    const first = stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
    const second = stage.publish('baz', 'baz-1.0.tar.gz', 'two');
    assert.equal(await upstream.head(never), second);
    const rows = await collect(upstream.changes(0, never));
    const serials = rows.map(({ serial }) => serial);
    assert.deepEqual(
      serials,
      [...new Set(serials)].sort((a, b) => a - b),
    );
    assert.equal(serials.at(-1), second);
    const later = await collect(upstream.changes(first, never));
    assert.deepEqual(
      later,
      rows.filter(({ serial }) => serial > first),
    );
    assert.deepEqual(await collect(upstream.changes(second, never)), []);
  });

  promise('a mishap in the middle of the changes loses no row and repeats none', async (stage) => {
    for (let number = 0; number < 30; number++) stage.publish('foo', `foo-${number}.tar.gz`, 'x');
    const rows = await collect(stage.upstream.changes(0, never));
    for (const how of ['status-503', 'cut-body'] as const) {
      stage.mishap(how);
      assert.deepEqual(await collect(stage.upstream.changes(0, never)), rows, how);
    }
    stage.mishap('status-503');
    assert.ok((await stage.upstream.head(never)) > 0);
  });
}

export const pageOf = (name: string): DetailRequest => ({
  name: normalizeName(name),
  validator: null,
  encoding: 'gzip',
});

export const apiOf = (name: string): DocumentRequest => ({ what: 'json-api', ...pageOf(name) });

function filenames(detail: Detail): string[] {
  return detail.files.map(({ filename }) => filename);
}

/** Publishes a file of ten bytes and finds its address on the page. */
export async function fileUrl(stage: Stage): Promise<string> {
  stage.publish('foo', 'foo-1.0.tar.gz', '0123456789');
  const got = await stage.upstream.detail(pageOf('foo'), never);
  assert.equal(got.kind, 'page');
  return got.kind === 'page' ? (got.detail.files[0]?.url ?? '') : '';
}
