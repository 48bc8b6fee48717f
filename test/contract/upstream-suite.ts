/**
 * What every kind of upstream promises (src/upstream/contract.ts), as tests over a small world that the kind serves.
 *
 * A kind's own test file writes a `Stage` (a server on loopback that speaks its protocol) and calls `upstreamSuite`.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, Serial } from '../../src/pypi/types.ts';
import type { DetailRequest, Upstream } from '../../src/upstream/contract.ts';
import { bytesOf, collect, failure, never } from '../support/upstream-kit.ts';

/** How the next request goes wrong. */
export type Mishap = 'status-503' | 'cut-body' | 'hang';

/** A served world that the suite can change. */
export interface Stage {
  readonly upstream: Upstream;
  /** The configured URL, without anything that the identity leaves out. */
  readonly url: string;
  /** Adds a file to a project, which is made when it is not there; returns the serial. */
  publish(displayName: string, filename: string, content: string): Serial;
  remove(displayName: string): Serial;
  /** The next request, of whatever sort, goes wrong in this way. */
  mishap(how: Mishap): void;
}

/** Registers the suite for one kind. `open` makes a fresh stage that ends with the test. */
export function upstreamSuite(kind: string, open: (t: TestContext) => Promise<Stage>): void {
  const promise = (what: string, prove: (stage: Stage, t: TestContext) => Promise<void>) =>
    test(`${kind}: ${what}`, async (t) => prove(await open(t), t));

  promise('the identity is the configured URL', async ({ upstream, url }) => {
    assert.equal(upstream.identity, url);
    assert.equal(upstream.requestsMade, 0);
  });

  promise(
    'the head of an empty journal is 0, and there is nothing to list or to change',
    async ({ upstream }) => {
      assert.equal(await upstream.head(never), 0);
      assert.deepEqual(await collect(upstream.changes(0, never)), []);
      assert.deepEqual(await collect((await upstream.projects(never)).batches), []);
    },
  );

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
  });

  promise('projects are listed under their normalized names, what is removed is not', async (stage) => {
    stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
    stage.publish('baz', 'baz-1.0.tar.gz', 'two');
    const head = stage.remove('baz');
    const { serial, batches } = await stage.upstream.projects(never);
    assert.ok(serial === null || serial <= head);
    const [project, ...others] = await collect(batches);
    assert.deepEqual(others, []);
    assert.equal(project?.name, 'foo-bar');
  });

  promise('a list that breaks off is never taken for a whole one', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    stage.mishap('cut-body');
    const listing = async () => collect((await stage.upstream.projects(never)).batches);
    const listed = await listing().catch(() => null);
    assert.ok(listed === null || listed.length === 1);
  });

  promise(
    'a page is a validated detail; with its validator it is unchanged until it changes',
    async (stage) => {
      const name = normalizeName('Foo.Bar');
      const ask = (more: Partial<DetailRequest>) =>
        stage.upstream.detail({ name, validator: null, encoding: 'gzip', ...more }, never);
      const serial = stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
      const [first, second] = [await ask({ encoding: 'gzip' }), await ask({ encoding: 'identity' })];
      assert.ok(first.kind === 'page' && second.kind === 'page');
      assert.equal(first.detail.name, name);
      assert.ok(first.detail.serial === null || first.detail.serial === serial);
      assert.deepEqual(filenames(first.detail), ['foo_bar-1.0.tar.gz']);
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
    for (const name of ['foo', 'never-was'].map(normalizeName))
      assert.deepEqual(await stage.upstream.detail({ name, validator: null, encoding: 'gzip' }, never), {
        kind: 'absent',
      });
  });

  promise('a request that fails in a way that may pass is tried again', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    for (const how of ['status-503', 'cut-body'] as const) {
      stage.mishap(how);
      const request: DetailRequest = { name: normalizeName('foo'), validator: null, encoding: 'gzip' };
      assert.equal((await stage.upstream.detail(request, never)).kind, 'page', how);
    }
    stage.mishap('status-503');
    assert.ok((await stage.upstream.head(never)) > 0);
  });

  promise('a file is streamed whole, or from an offset', async (stage) => {
    const url = await fileUrl(stage);
    const whole = await stage.upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10 }, never);
    assert.equal(whole.offsetBytes, 0);
    assert.equal(String(await bytesOf(whole.chunks)), '0123456789');
    const rest = await stage.upstream.file({ url, offsetBytes: 6, bodyBytesMax: 10 }, never);
    assert.equal(String(await bytesOf(rest.chunks)), '0123456789'.slice(rest.offsetBytes));
    assert.ok(rest.offsetBytes === 6 || rest.offsetBytes === 0);
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

  promise('every method ends with INTERRUPTED soon after its signal aborts', async (stage) => {
    const url = await fileUrl(stage);
    const { upstream } = stage;
    const name = normalizeName('foo');
    const methods: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => upstream.head(signal),
      (signal) => collect(upstream.changes(0, signal)),
      (signal) => upstream.projects(signal),
      (signal) => upstream.detail({ name, validator: null, encoding: 'gzip' }, signal),
      (signal) => upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10 }, signal),
    ];
    for (const method of methods) {
      stage.mishap('hang');
      const abort = new AbortController();
      const running = failure(method(abort.signal), 'INTERRUPTED');
      setImmediate(() => abort.abort());
      await running;
      await failure(method(abort.signal), 'INTERRUPTED');
    }
  });
}

function filenames(detail: Detail): string[] {
  return detail.files.map(({ filename }) => filename);
}

/** Publishes a file of ten bytes and finds its address on the page. */
async function fileUrl(stage: Stage): Promise<string> {
  stage.publish('foo', 'foo-1.0.tar.gz', '0123456789');
  const request: DetailRequest = { name: normalizeName('foo'), validator: null, encoding: 'gzip' };
  const got = await stage.upstream.detail(request, never);
  assert.equal(got.kind, 'page');
  return got.kind === 'page' ? (got.detail.files[0]?.url ?? '') : '';
}
