/**
 * Goal: what hangs on a page comes with it and stays true: attestations, the JSON API document, compressed twins.
 * Method: a mirror in memory with these settings on; the index changes what each document says.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { having } from '../support/having.ts';
import {
  asked,
  docrootChanges,
  LONG_MS,
  pathOf,
  runTo,
  startWorld,
  type World,
} from '../support/mirror-kit.ts';
import { makeWheel, type Wheel } from '../support/wheels.ts';

const BASE = 'https://mirror.example/pypi';
const ATTESTED = { version: 1, attestation_bundles: [] };

function uploadAttested(world: World, name: string, version = '1.0'): Wheel {
  const wheel = makeWheel({ name, version, modules: { 'm.py': `${name} ${version}` } });
  world.sim.state.uploadFile(wheel, ATTESTED);
  return wheel;
}

const text = (world: World, path: string): string | null => {
  const bytes = world.engine.store.tree().get(path);
  return bytes === undefined ? null : Buffer.from(bytes).toString('utf8');
};
const provenanceOf = (world: World, name: string) =>
  JSON.parse(text(world, `simple/${name}/index.v1_json`) ?? '').files[0].provenance;
const api = (world: World, name: string) => JSON.parse(text(world, `pypi/${name}/json`) ?? 'null');

test('attestations lie beside their file, and are linked there once the mirror knows its address', async (t) => {
  const world = await startWorld(t, { cdn: false });
  const wheel = uploadAttested(world, 'snark');
  await runTo(world, 0);
  const path = `${pathOf(world, wheel.filename)}.provenance`;
  assert.deepEqual(JSON.parse(text(world, path) ?? 'null'), ATTESTED);
  assert.match(provenanceOf(world, 'snark'), new RegExp(`^${world.sim.url}/integrity/`));
  world.engine.options.settings = { baseUrl: BASE };
  world.sim.requests.length = 0;
  await world.engine.run();
  assert.equal(provenanceOf(world, 'snark'), `${BASE}/${path}`);
  assert.match(text(world, 'simple/snark/index.html') ?? '', new RegExp(`data-provenance="${BASE}/`));
  assert.deepEqual(asked(world, /integrity/), [], 'our own settings are no reason to ask again');
});

test('attestations that change are found when their project is revalidated, others are not written again', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { reconcileShare: 1 } });
  const wheel = uploadAttested(world, 'snark');
  await runTo(world, 0);
  world.sim.advance(LONG_MS);
  uploadAttested(world, 'zebra');
  await runTo(world, 0);
  docrootChanges(world);
  await runTo(world, 0);
  assert.deepEqual(docrootChanges(world), []);
  const other = { ...ATTESTED, attestation_bundles: [{ publisher: { kind: 'GitHub' } }] };
  world.sim.state.setProvenance(wheel.filename, other as never);
  await runTo(world, 0);
  const path = `${pathOf(world, wheel.filename)}.provenance`;
  assert.deepEqual(JSON.parse(text(world, path) ?? 'null'), other);
});

test('attestations that upstream took back go with the link to them, after the page', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { baseUrl: BASE } });
  const wheel = uploadAttested(world, 'snark');
  await world.engine.run();
  const path = `${pathOf(world, wheel.filename)}.provenance`;
  assert.equal(provenanceOf(world, 'snark'), `${BASE}/${path}`);
  docrootChanges(world);
  // P7: the page still tells of them, so that a 404 takes nothing away.
  world.sim.faults.add({ match: /integrity/, fault: { kind: 'missing' } });
  assert.equal((await world.engine.run({ full: true })).exitStatus, 3);
  assert.ok(text(world, path) !== null);
  world.sim.faults.clear();
  world.sim.state.setProvenance(wheel.filename, null);
  assert.equal((await world.engine.run({ full: true })).exitStatus, 0);
  assert.equal(provenanceOf(world, 'snark'), null);
  assert.equal(text(world, path), null);
  const changes = docrootChanges(world);
  assert.ok(
    changes.indexOf('place simple/snark/index.v1_json') < changes.indexOf(`remove ${path}`),
    changes.join('\n'),
  );
  world.sim.state.setProvenance(wheel.filename, ATTESTED);
  assert.equal((await world.engine.run({ full: true })).exitStatus, 0);
  assert.deepEqual(JSON.parse(text(world, path) ?? 'null'), ATTESTED);
});

test('attestations beside a file that two projects have stay when one page tells of them no more', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { baseUrl: BASE } });
  const wheel = uploadAttested(world, 'snark');
  await world.engine.run();
  const path = `${pathOf(world, wheel.filename)}.provenance`;
  const withheld = (text: string) => text.replace(/"provenance":\s*"[^"]*"/, '"provenance":null');
  world.sim.faults.add({ match: /^GET \/simple\/snark\/$/, fault: { kind: 'rewrite', rewrite: withheld } });
  world.engine.options.wrap = (deps) => {
    const filesAt: typeof deps.catalogue.filesAt = (at) => [
      ...deps.catalogue.filesAt(at),
      ...deps.catalogue.filesAt(at),
    ];
    return { ...deps, catalogue: having(deps.catalogue, { filesAt }) };
  };
  await world.engine.run({ full: true });
  assert.equal(provenanceOf(world, 'snark'), null);
  assert.ok(text(world, path) !== null);
});

test('attestations that cannot be had keep no page back; the project is owed and healed', async (t) => {
  const world = await startWorld(t, { cdn: false });
  uploadAttested(world, 'snark');
  world.sim.faults.add({ match: /integrity/, fault: { kind: 'status', status: 500 }, times: 50 } as never);
  await runTo(world, 3);
  assert.match(provenanceOf(world, 'snark'), /\/integrity\//);
  world.sim.faults.clear();
  await runTo(world, 0);
});

test('the JSON API document has our links, and only files that are on the page', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { jsonApi: true, baseUrl: BASE } });
  const first = uploadAttested(world, 'snark');
  const second = uploadAttested(world, 'snark', '2.0');
  assert.equal((await world.engine.run()).exitStatus, 0);
  const document = api(world, 'snark');
  assert.equal(document.releases['1.0'][0].url, `${BASE}/${pathOf(world, first.filename)}`);
  assert.equal(document.urls[0].url, `${BASE}/${pathOf(world, second.filename)}`);
  world.sim.state.removeFile(second.filename);
  assert.equal((await world.engine.run()).exitStatus, 0);
  assert.doesNotMatch(JSON.stringify(api(world, 'snark')), /snark-2\.0/);
  world.sim.state.quarantineProject('snark');
  assert.equal((await world.engine.run()).exitStatus, 0);
  assert.equal(api(world, 'snark'), null);
});

test('a takedown leaves the JSON API document although upstream cannot be asked for a newer one', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { jsonApi: true } });
  uploadAttested(world, 'snark');
  const second = uploadAttested(world, 'snark', '2.0');
  await runTo(world, 0);
  world.sim.state.removeFile(second.filename);
  world.sim.faults.add({
    match: /^GET \/pypi\//,
    fault: { kind: 'status', status: 500 },
    times: 50,
  } as never);
  await runTo(world, 3);
  assert.doesNotMatch(JSON.stringify(api(world, 'snark')), /snark-2\.0/);
});

test('the document goes when the setting does, and comes without a new page when it comes', async (t) => {
  const world = await startWorld(t, { cdn: false });
  uploadAttested(world, 'snark');
  await runTo(world, 0);
  world.engine.options.settings = { jsonApi: true };
  await runTo(world, 0);
  assert.equal(api(world, 'snark').info.name, 'snark');
  world.engine.options.settings = {};
  await runTo(world, 0);
  assert.equal(api(world, 'snark'), null);
});

test('compressed twins say what their pages say, follow them, and go with the setting', async (t) => {
  const world = await startWorld(t, { cdn: false }, { settings: { precompress: true } });
  uploadAttested(world, 'snark');
  await runTo(world, 0);
  const pages = () =>
    [...world.engine.store.tree().keys()].filter((path) => /^simple\/.*(html|json)$/.test(path));
  const agree = () => {
    for (const path of pages()) {
      const twin = world.engine.store.tree().get(`${path}.gz`);
      assert.ok(twin, path);
      assert.equal(gunzipSync(twin).toString('utf8'), text(world, path));
    }
  };
  agree();
  uploadAttested(world, 'snark', '2.0');
  await runTo(world, 0);
  agree();
  docrootChanges(world);
  await runTo(world, 0);
  assert.deepEqual(docrootChanges(world), []);
  world.engine.options.settings = {};
  await runTo(world, 0);
  assert.deepEqual(
    [...world.engine.store.tree().keys()].filter((path) => path.endsWith('.gz')),
    [],
  );
});

test('core metadata is taken out of the wheel; only what the wheel does not have is asked for', async (t) => {
  const world = await startWorld(t, { cdn: false });
  uploadAttested(world, 'snark');
  await runTo(world, 0);
  assert.deepEqual(asked(world, /\.metadata/), []);
  const { filename, bytes, ...rest } = makeWheel({ name: 'tove', version: '1.0', modules: {} });
  world.sim.state.uploadFile({ ...rest, filename, bytes: Buffer.from(bytes).fill(0, 0, 40) });
  await runTo(world, 0);
  assert.equal(asked(world, /\.metadata/).length, 1, 'a zip that is broken');
});

test('when neither is wanted any more, a compressed twin leaves before the attestations that it leads to', async (t) => {
  const settings = { precompress: true, baseUrl: BASE };
  const world = await startWorld(t, { cdn: false }, { settings });
  uploadAttested(world, 'snark');
  await world.engine.run();
  docrootChanges(world);
  world.engine.options.settings = { baseUrl: BASE, mirrorProvenance: false };
  await world.engine.run();
  const gone = docrootChanges(world).filter((change) => change.startsWith('remove '));
  const lastTwin = gone.findLastIndex((change) => change.endsWith('/index.v1_json.gz'));
  const attestations = gone.findIndex((change) => change.endsWith('.provenance'));
  assert.ok(lastTwin >= 0 && attestations > lastTwin, gone.join('\n'));
});
