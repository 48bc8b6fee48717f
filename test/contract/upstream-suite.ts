/**
 * What every kind of upstream promises (src/upstream/contract.ts), as tests over a small world that the kind serves.
 *
 * A kind's own test file opens a `Stage` (a server on loopback that speaks its protocol) and calls `upstreamSuite`.
 * What only one kind has is in sections of their own, below the promises of all.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Serial } from '../../src/pypi/types.ts';
import type { Dialect, ListState, Upstream, UpstreamKind } from '../../src/upstream/contract.ts';
import { collect, failure, never } from '../support/upstream-kit.ts';
import {
  apiOf,
  fileUrl,
  pageOf,
  promisesOfChangelogs,
  promisesOfDocuments,
  promisesOfFiles,
  promisesOfPages,
} from './upstream-promises.ts';

/** How the next request goes wrong. */
export type Mishap = 'status-503' | 'cut-body' | 'hang';

/** A served world that the suite can change. */
export interface Stage {
  readonly upstream: Upstream;
  /** The configured URL, without anything that the identity leaves out. */
  readonly url: string;
  /** What it is to be recognized as. */
  readonly dialect: Dialect;
  /** Whether it has to be asked for that. */
  readonly asks: boolean;
  provenanceUrl(filename: string): string;
  /** Adds a file to a project, which is made when it is not there; returns the serial. */
  publish(displayName: string, filename: string, content: string): Serial;
  remove(displayName: string): Serial;
  /** The next request, of whatever sort, goes wrong in this way. */
  mishap(how: Mishap): void;
}

type Prove = (stage: Stage, t: TestContext) => Promise<void>;
export type Register = (what: string, prove: Prove) => void;

/** Registers the suite for one kind. `open` makes a fresh stage that ends with the test. */
export function upstreamSuite(
  name: string,
  kind: UpstreamKind,
  open: (t: TestContext) => Promise<Stage>,
): void {
  const untouched: Register = (what, prove) => test(`${name}: ${what}`, async (t) => prove(await open(t), t));
  const promise: Register = (what, prove) =>
    untouched(what, async (stage, t) => {
      // Explicit settings leave nothing open, so that those kinds are used without it.
      if (stage.asks) await stage.upstream.recognize(null, never);
      await prove(stage, t);
    });
  promisesOfRecognition(untouched);
  promisesOfLists(promise);
  promisesOfPages(promise);
  promisesOfFiles(promise);
  promisesOfDocuments(promise);
  promisesOfSignals(promise, untouched, kind);
  if (kind === 'changelog') promisesOfChangelogs(promise);
  else
    promise('there is no changelog to ask', async ({ upstream }) => {
      await failure(upstream.head(never), 'INTERNAL');
      await failure(collect(upstream.changes(0, never)), 'INTERNAL');
    });
  if (kind === 'list')
    promise('every listed project has a serial, and the list has its own', async (stage) => {
      const first = stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
      const second = stage.publish('baz', 'baz-1.0.tar.gz', 'two');
      const { serial, batches } = await stage.upstream.projects(never);
      assert.equal(serial, second);
      const listed = await collect(batches);
      assert.deepEqual(Object.fromEntries(listed.map((project) => [project.name, project.serial])), {
        'foo-bar': first,
        baz: second,
      });
      const page = await stage.upstream.detail(pageOf('foo.bar'), never);
      assert.ok(page.kind === 'page' && page.detail.serial === first);
    });
}

function promisesOfRecognition(untouched: Register): void {
  untouched('the identity is the configured URL, and making an upstream asks nothing', async (stage) => {
    assert.equal(stage.upstream.identity, stage.url);
    assert.equal(stage.upstream.requestsMade, 0);
  });

  untouched(
    'it is recognized, also while it is empty, and answers a probe',
    async ({ upstream, dialect }) => {
      assert.deepEqual(await upstream.recognize(null, never), dialect);
      await upstream.probe(never);
    },
  );

  untouched('it is recognized when it has projects', async (stage) => {
    stage.publish('Foo.Bar', 'foo_bar-1.0.tar.gz', 'one');
    assert.deepEqual(await stage.upstream.recognize(null, never), stage.dialect);
    assert.equal(stage.upstream.requestsMade > 0, stage.asks);
  });

  untouched('what is remembered is believed without a request', async ({ upstream, dialect }) => {
    assert.deepEqual(await upstream.recognize(dialect, never), dialect);
    assert.equal(upstream.requestsMade, 0);
    assert.deepEqual(await collect((await upstream.projects(never)).batches), []);
  });

  untouched('a mishap while it is asked what it is makes it nothing else', async (stage) => {
    for (const how of ['status-503', 'cut-body'] as const) {
      stage.mishap(how);
      assert.deepEqual(await stage.upstream.recognize(null, never), stage.dialect, how);
      if (!stage.asks) return;
    }
  });
}

function promisesOfLists(promise: Register): void {
  promise('an empty index lists nothing', async ({ upstream }) => {
    const listing = await upstream.projects(never);
    assert.equal(listing.unchanged, false);
    assert.deepEqual(await collect(listing.batches), []);
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

  promise('a list is unchanged, where the server can say so, until it changes', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    const list = async (known: ListState | null) => {
      const listing = await stage.upstream.projects(never, known);
      const names = (await collect(listing.batches)).map(({ name }) => name);
      return { ...listing, names };
    };
    const first = await list(null);
    assert.deepEqual([first.unchanged, first.names], [false, ['foo']]);
    const again = await list(first.state);
    const canSay = first.state.validator !== null || first.state.counter !== null;
    assert.equal(again.unchanged, canSay);
    assert.deepEqual(again.names, canSay ? [] : ['foo']);
    assert.deepEqual(again.state, first.state);
    stage.publish('bar', 'bar-1.0.tar.gz', 'two');
    const changed = await list(again.state);
    assert.equal(changed.unchanged, false);
    assert.deepEqual(changed.names.sort(), ['bar', 'foo']);
  });

  promise('a list that breaks off is never taken for a whole one', async (stage) => {
    stage.publish('foo', 'foo-1.0.tar.gz', 'one');
    stage.mishap('cut-body');
    const listing = async () => collect((await stage.upstream.projects(never)).batches);
    const listed = await listing().catch(() => null);
    assert.ok(listed === null || listed.length === 1);
  });
}

function promisesOfSignals(promise: Register, untouched: Register, kind: UpstreamKind): void {
  const endsSoon = async (stage: Stage, method: (signal: AbortSignal) => Promise<unknown>) => {
    stage.mishap('hang');
    const abort = new AbortController();
    const running = failure(method(abort.signal), 'INTERRUPTED');
    setImmediate(() => abort.abort());
    await running;
    await failure(method(abort.signal), 'INTERRUPTED');
  };

  promise('every method ends with INTERRUPTED soon after its signal aborts', async (stage) => {
    const url = await fileUrl(stage);
    const { upstream } = stage;
    const methods: ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => upstream.probe(signal),
      (signal) => upstream.projects(signal),
      (signal) => upstream.detail(pageOf('foo'), signal),
      (signal) => upstream.file({ url, offsetBytes: 0, bodyBytesMax: 10 }, signal),
      (signal) => upstream.document(apiOf('foo'), signal),
    ];
    if (kind === 'changelog') {
      methods.push((signal) => upstream.head(signal));
      methods.push((signal) => collect(upstream.changes(0, signal)));
    }
    for (const method of methods) await endsSoon(stage, method);
  });

  untouched('being recognized ends with INTERRUPTED, too', async (stage) => {
    if (stage.asks) await endsSoon(stage, (signal) => stage.upstream.recognize(null, signal));
    else await failure(stage.upstream.recognize(null, AbortSignal.abort()), 'INTERRUPTED');
  });
}
