/**
 * Goal: `verify --http` tells what a client would get wrong from a web server, nothing else, and does not stop at it.
 * Method: a mirror made by the engine, served by `jubjub serve` or by a plain server, each answer of which a test may twist:
 * a table of faults with the kind of finding that each must lead to.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CatalogueProof } from '../../src/cli/own-proof.ts';
import { isJubjubError } from '../../src/errors.ts';
import type { OwnMirror } from '../../src/inspect/check-site.ts';
import { SEVERITY_BY_KIND, type SiteKind } from '../../src/inspect/findings.ts';
import { sampleProjects, seededChance } from '../../src/inspect/sample.ts';
import type { LocalStore } from '../../src/store/local.ts';
import { type Engine, type EngineOptions, localEngine, treeOnDisk } from '../support/engine.ts';
import { type Looked, look, proofOf, RUNNING } from '../support/inspect-kit.ts';
import { upload } from '../support/mirror-kit.ts';
import { type Sim, startSim } from '../support/sim/sim.ts';
import {
  type SiteReply,
  type SiteRequest,
  startPlainSite,
  startServedSite,
  type TestSite,
} from '../support/sites.ts';
import { makeWheel } from '../support/wheels.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const NAMES = ['snark-hunt', 'vorpal', 'boojum'];

interface Served {
  readonly sim: Sim;
  readonly engine: Engine<LocalStore>;
  readonly web: string;
  readonly site: TestSite;
  readonly own: OwnMirror;
}

async function served(
  t: Parameters<typeof localEngine>[0],
  options: Partial<EngineOptions> = {},
  kind: 'serve' | 'plain' = 'serve',
): Promise<Served> {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  for (const name of NAMES) upload({ sim }, name);
  const { engine, web } = await localEngine(t, sim, options);
  assert.equal((await engine.run()).exitStatus, 0);
  const bytes = () => new Map([...treeOnDisk(web)].map(([path, { bytes: all }]) => [path, all]));
  const site = kind === 'serve' ? await startServedSite(t, web) : await startPlainSite(t, bytes);
  const proof = new CatalogueProof(engine.catalogue);
  return { sim, engine, web, site, own: { proof, list: () => proof.list() } };
}

function told({ findings }: Looked): string {
  return JSON.stringify(findings, null, 1);
}

for (const whose of ['ours', 'a foreign one'] as const) {
  test(`what jubjub serve gives out is all as it must be: ${whose}`, async (t) => {
    const { site, own } = await served(t);
    const looked = await look(t, site.url, whose === 'ours' ? own : null);
    assert.deepEqual(looked.kinds, [], told(looked));
    const { projects, files, sidecars, damage, warnings } = looked.summary.tally;
    assert.deepEqual(
      { projects, files, sidecars, damage, warnings },
      {
        projects: 3,
        files: 3,
        sidecars: 3,
        damage: 0,
        warnings: 0,
      },
    );
    assert.equal(looked.summary.negotiates, true);
  });
}

test('a plain web server is no damage: it is told what it cannot do', async (t) => {
  const { site, own } = await served(t, {}, 'plain');
  const looked = await look(t, site.url, own);
  assert.deepEqual(looked.kinds, ['no-negotiation', 'no-redirect', 'plain-type'], told(looked));
  assert.equal(looked.summary.tally.damage, 0);
  assert.equal(looked.summary.tally.files, 3);
  assert.equal(looked.summary.negotiates, false);
});

test('with files upstream, links elsewhere are counted and not followed', async (t) => {
  const { site, own } = await served(t, { settings: { mirrorFiles: false } });
  const looked = await look(t, site.url, own);
  assert.deepEqual(looked.kinds, [], told(looked));
  assert.deepEqual([looked.summary.tally.files, looked.summary.tally.external], [0, 3]);
});

test('attestations with an address of ours are looked at, too', async (t) => {
  const { sim, engine, site, own } = await served(t);
  const wheel = makeWheel({ name: 'tove', version: '1.0', modules: { 'tove.py': '' } });
  sim.state.uploadFile(wheel, { version: 1, attestation_bundles: [] });
  engine.options.settings = { ...engine.options.settings, baseUrl: site.url };
  assert.equal((await engine.run()).exitStatus, 0);
  const looked = await look(t, site.url, own);
  assert.deepEqual(looked.kinds, [], told(looked));
  assert.equal(site.asked.filter((path) => path.endsWith('.provenance')).length, 1);
});

type Twist = (
  request: SiteRequest,
  honest: () => Promise<Required<SiteReply>>,
) => Promise<SiteReply | undefined>;

const on =
  (pattern: RegExp, change: (honest: Required<SiteReply>, request: SiteRequest) => SiteReply): Twist =>
  async (request, honest) =>
    pattern.test(request.path) ? { ...(await honest()), ...change(await honest(), request) } : undefined;

const retyped = (type: string) => (honest: Required<SiteReply>) => ({
  headers: { ...honest.headers, 'content-type': type },
});

const isOf = (type: string, { headers }: Required<SiteReply>) => headers['content-type'] === type;

const flipped = ({ body }: Required<SiteReply>): SiteReply => {
  const bytes = Buffer.from(body);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  return { body: bytes };
};

/** What the server does, and the kinds of findings that must come of it. */
const FAULTS: readonly (readonly [what: string, twist: Twist, kinds: readonly SiteKind[]])[] = [
  ['a flipped byte in a file', on(/snark_hunt.*\.whl$/, flipped), ['file-digest']],
  [
    'a cut file',
    on(/snark_hunt.*\.whl$/, ({ body }) => ({ headers: {}, body: body.slice(1) })),
    ['file-size'],
  ],
  [
    'a file that grew',
    on(/snark_hunt.*\.whl$/, ({ body }) => ({
      headers: {},
      body: Buffer.concat([Buffer.from(body), Buffer.alloc(9)]),
    })),
    ['file-size'],
  ],
  ['a missing file', on(/snark_hunt.*\.whl$/, () => ({ status: 404 })), ['status']],
  [
    'a file behind a redirect',
    on(/snark_hunt.*\.whl$/, () => ({ status: 302, headers: { location: 'http://elsewhere.example/' } })),
    ['status'],
  ],
  [
    'a file with a content coding',
    on(/\.whl$/, ({ headers }) => ({ headers: { ...headers, 'content-encoding': 'gzip' } })),
    ['encoding'],
  ],
  [
    'a server error for a file',
    on(/snark_hunt.*\.whl$/, () => ({ status: 500, headers: {}, body: '' })),
    ['no-answer'],
  ],
  ['a missing sidecar', on(/snark_hunt.*\.metadata$/, () => ({ status: 404 })), ['status']],
  ['other metadata', on(/snark_hunt.*\.metadata$/, flipped), ['sidecar-digest']],
  [
    'an old JSON page',
    on(/^\/simple\/vorpal\/$/, (honest) =>
      isOf(JSON_TYPE, honest)
        ? { headers: { 'content-type': JSON_TYPE }, body: `${Buffer.from(honest.body)} ` }
        : {},
    ),
    ['page'],
  ],
  [
    'another HTML page',
    on(/^\/simple\/vorpal\/$/, (honest) =>
      isOf('text/html', honest)
        ? {
            headers: { 'content-type': 'text/html' },
            body: '<!DOCTYPE html><html><head><title>Links for vorpal</title></head><body></body></html>',
          }
        : {},
    ),
    ['html-differs'],
  ],
  [
    'an HTML page that is none',
    on(/^\/simple\/vorpal\/$/, (honest) =>
      isOf('text/html', honest) ? { headers: { 'content-type': 'text/html' }, body: 'oops' } : {},
    ),
    ['page'],
  ],
  ['a page that is gone', on(/^\/simple\/vorpal\/$/, () => ({ status: 404 })), ['status']],
  [
    'JSON under another name',
    on(/^\/simple\/[a-z-]+\/$/, (honest) =>
      isOf(JSON_TYPE, honest) ? retyped('application/json')(honest) : {},
    ),
    ['preference', 'type', 'unacceptable'],
  ],
  [
    'JSON with a charset',
    on(/^\/simple\/[a-z-]+\/$/, (honest) =>
      isOf(JSON_TYPE, honest) ? retyped(`${JSON_TYPE}; charset=utf-8`)(honest) : {},
    ),
    ['preference', 'type', 'unacceptable'],
  ],
  [
    'JSON for those who take HTML only',
    on(/^\/simple\/[a-z-]+\/$/, (honest, { accept }) =>
      accept === 'text/html' ? retyped(JSON_TYPE)(honest) : {},
    ),
    ['type', 'unacceptable'],
  ],
  ['another manifest', on(/^\/manifest\.json$/, () => ({ headers: {}, body: '{}' })), ['manifest']],
  ['no manifest', on(/^\/manifest\.json$/, () => ({ status: 404 })), ['manifest']],
  ['another list', on(/^\/simple\/$/, flipped), ['list-differs']],
  ['a list without JSON', on(/^\/simple\/$/, retyped('text/html')), ['type']],
  [
    'an answer for everything',
    async (_request, honest) => ((await honest()).status === 404 ? { body: 'welcome' } : undefined),
    ['not-404'],
  ],
  [
    'no redirects',
    async (_request, honest) => ((await honest()).status === 301 ? { status: 404 } : undefined),
    ['no-redirect'],
  ],
  [
    'a listing of files',
    on(/^\/packages\/$/, () => ({ status: 200, headers: {}, body: '<a href="00/">' })),
    ['listing'],
  ],
  [
    'the catalogue in the open',
    on(/^\/state\/catalogue\.db$/, () => ({ status: 200, headers: {}, body: Buffer.alloc(100_000) })),
    ['exposed'],
  ],
  [
    'a way out of the docroot',
    on(/^\/\.\.%2fstate/, () => ({ status: 200, headers: {}, body: 'SQLite format 3' })),
    ['exposed'],
  ],
  [
    '403 for what is not there',
    async (_request, honest) => ((await honest()).status === 404 ? { status: 403 } : undefined),
    ['odd-refusal'],
  ],
];

for (const [what, twist, kinds] of FAULTS) {
  test(`it is found: ${what}`, async (t) => {
    const { site, own } = await served(t);
    site.twist = twist;
    const looked = await look(t, site.url, own);
    assert.deepEqual(looked.kinds, [...kinds].sort(), told(looked));
    const damage = looked.findings.filter(({ severity }) => severity === 'damage').length;
    assert.equal(looked.summary.tally.damage, damage);
    assert.equal(
      damage > 0,
      kinds.some((kind) => SEVERITY_BY_KIND[kind] === 'damage'),
    );
    assert.equal(looked.summary.tally.projects, NAMES.length, 'nothing found stops the rest');
    for (const { url, expected, received } of looked.findings) assert.ok(url && expected && received);
  });
}

test('every kind of finding is reached by some test', () => {
  const reached = new Set<string>([
    ...FAULTS.flatMap(([, , kinds]) => kinds),
    'no-negotiation',
    'plain-type',
  ]);
  assert.deepEqual(
    Object.keys(SEVERITY_BY_KIND).filter((kind) => !reached.has(kind)),
    [],
  );
});

test('the state of before is found by its manifest and its pages', async (t) => {
  const { sim, engine, web, site, own } = await served(t);
  const before = treeOnDisk(web);
  upload({ sim }, 'vorpal', '2.0');
  assert.equal((await engine.run()).exitStatus, 0);
  // As a cache does that keeps what it must not keep.
  for (const path of ['manifest.json', 'simple/vorpal/index.html', 'simple/vorpal/index.v1_json'])
    writeFileSync(join(web, path), before.get(path)?.bytes ?? '');
  const looked = await look(t, site.url, own);
  assert.deepEqual(looked.kinds, ['manifest', 'page'], told(looked));
});

test('a sync between two looks is no damage', async (t) => {
  const { sim, engine, site, own } = await served(t);
  let synced = false;
  site.twist = async ({ path }) => {
    // The seed tries its manners on another project, so this is the look at the project itself.
    if (!synced && path === '/simple/boojum/') {
      synced = true;
      upload({ sim }, 'vorpal', '2.0');
      sim.state.removeProject('boojum');
      await engine.run();
    }
    return undefined;
  };
  const looked = await look(t, site.url, own);
  assert.ok(synced);
  assert.deepEqual(looked.kinds, [], told(looked));
});

test('a server that is gone ends it', async (t) => {
  const { own, site } = await served(t);
  await assert.rejects(look(t, 'http://127.0.0.1:1', own), { code: 'UPSTREAM_UNREACHABLE' });
  // The connection breaks off.
  site.twist = async ({ path }) => {
    if (path !== '/manifest.json') throw new Error('gone');
    return undefined;
  };
  await assert.rejects(look(t, site.url, own), { code: 'UPSTREAM_UNREACHABLE' });
});

test('a site without a proof, and none of our own, is refused', async (t) => {
  const { site } = await served(t);
  site.twist = async ({ path }) => (path === '/manifest.json' ? { status: 404 } : undefined);
  await assert.rejects(
    look(t, site.url),
    (error) => isJubjubError(error, 'UPSTREAM_ABSENT') && error.exitStatus === 4,
  );
});

test('an interruption ends it', async (t) => {
  const { own, site } = await served(t);
  const abort = new AbortController();
  site.twist = async () => {
    abort.abort();
    return undefined;
  };
  await assert.rejects(look(t, site.url, own, null, abort.signal), { code: 'INTERRUPTED' });
});

test('a sample is the same for the same seed, has as many projects as asked for, and each once', async (t) => {
  const sim = await startSim({ cdn: false });
  t.after(() => sim.close());
  for (let number = 0; number < 40; number++) upload({ sim }, `p${number}`);
  const { engine, web } = await localEngine(t, sim);
  assert.equal((await engine.run()).exitStatus, 0);
  const site = await startServedSite(t, web);
  const chosen = async (seed: number, count: number) => {
    const names: string[] = [];
    for await (const { name } of sampleProjects(proofOf(t, site.url), count, seededChance(seed), RUNNING))
      names.push(name);
    return names;
  };
  const first = await chosen(7, 10);
  assert.equal(new Set(first).size, 10);
  assert.deepEqual(await chosen(7, 10), first);
  assert.notDeepEqual(await chosen(8, 10), first);
  assert.equal(new Set(await chosen(1, 39)).size, 39);
  assert.equal(new Set(await chosen(1, 1000)).size, 40);
  const looked = await look(t, site.url, null, 5);
  assert.equal(looked.summary.tally.projects, 5);
});
