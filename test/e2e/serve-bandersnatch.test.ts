/**
 * Goal: bandersnatch 8 can follow us: it gets every project that has changed, nothing stale, and every file.
 * Method: its requests in its order with its headers and checks (protocol §5.10), over two of our syncs. It does not use
 * XML-RPC: the project list, the JSON API and the files are all it asks for. It never deletes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type ServedMirror, servedMirror, sha256Of, upstreamSerials } from '../support/serve-mirror.ts';
import { smallWheel, uploadSmall } from '../support/world.ts';

const HEADERS = { 'user-agent': 'bandersnatch/8.0.0 (cpython 3.13)', 'accept-encoding': 'gzip, deflate' };
const V1_JSON = 'application/vnd.pypi.simple.v1+json';

interface ReleaseFile {
  readonly filename: string;
  readonly url: string;
  readonly digests: { readonly sha256: string };
  readonly 'core-metadata': false | { readonly sha256: string };
}

interface ProjectJson {
  readonly info: { readonly name: string };
  readonly last_serial: number;
  readonly releases: Readonly<Record<string, readonly ReleaseFile[]>>;
}

/** A bandersnatch that remembers its serial and the digests of its files, as its state and its tree do. */
class Bandersnatch {
  readonly files = new Map<string, string>();
  readonly fetched: string[] = [];
  serial = 0;
  readonly #master: ServedMirror;

  constructor(master: ServedMirror) {
    this.#master = master;
  }

  /** `determine_packages_to_sync`, then each package; the serial is kept when all went well. */
  async mirror(): Promise<void> {
    this.fetched.length = 0;
    const changed = await this.#packagesToSync();
    for (const [name, serial] of changed) await this.#syncPackage(name, serial);
    this.serial = Math.max(this.serial, ...changed.values());
  }

  async #packagesToSync(): Promise<Map<string, number>> {
    const accept = { ...HEADERS, accept: V1_JSON };
    const moved = await this.#master.get('/simple', accept);
    assert.equal(moved.status, 301, 'it asks without the slash, and follows');
    const list = await this.#master.get(String(moved.headers.location), accept);
    assert.equal(list.status, 200);
    const { projects } = JSON.parse(textOf(list.body, list.headers['content-encoding']));
    const entries = (projects as { name: string; '_last-serial'?: number }[]).map(({ name, ...entry }) => {
      assert.equal(typeof entry['_last-serial'], 'number', `${name} would be skipped as malformed`);
      return [name.toLowerCase().replace(/[-_.]+/g, '-'), entry['_last-serial'] ?? 0] as const;
    });
    return new Map(entries.filter(([, serial]) => serial > this.serial));
  }

  async #syncPackage(name: string, required: number): Promise<void> {
    const answer = await this.#master.get(`/pypi/${name}/json`, HEADERS);
    if (answer.status === 404) return; // It takes that for a project without releases.
    assert.equal(answer.status, 200);
    const got = Number(answer.headers['x-pypi-last-serial']);
    assert.ok(got >= required, `StalePage: expected ${required} for ${name} but got ${got}`);
    const meta: ProjectJson = JSON.parse(textOf(answer.body, answer.headers['content-encoding']));
    assert.equal(meta.last_serial, got);
    this.fetched.push(name);
    for (const file of Object.values(meta.releases).flat()) await this.#syncFile(file);
  }

  /** It keeps a file at the path of its URL, which therefore must be absolute and begin with /packages/. */
  async #syncFile(file: ReleaseFile): Promise<void> {
    const { pathname } = new URL(file.url);
    assert.match(pathname, /^\/packages\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{60}\/[^/]+$/);
    await this.#download(file.url, pathname, file.digests.sha256);
    if (file['core-metadata'])
      await this.#download(`${file.url}.metadata`, `${pathname}.metadata`, file['core-metadata'].sha256);
  }

  async #download(url: string, path: string, sha256: string): Promise<void> {
    if (this.files.get(path) === sha256) return;
    const answer = await this.#master.get(url, { ...HEADERS, accept: '*/*' });
    assert.equal(answer.status, 200, url);
    assert.equal(answer.headers['content-encoding'], undefined, url);
    assert.equal(sha256Of(answer.body), sha256, url);
    this.files.set(path, sha256);
  }
}

function textOf(body: Buffer, encoding: string | undefined): string {
  return (encoding === 'gzip' ? gunzipSync(body) : body).toString('utf8');
}

/** The filenames that a mirror has, sidecars left out. */
function wheelsOf(mirror: Bandersnatch): string[] {
  const names = [...mirror.files.keys()].map((path) => path.split('/').at(-1) ?? '');
  return names.filter((name) => name.endsWith('.whl')).sort();
}

test('bandersnatch 8 copies everything, and then what has changed', async (t) => {
  const master = await servedMirror(t);
  const { state } = master.sim;
  uploadSmall(master.sim, ['cheshire', 'Mad.Hatter', 'dormouse']);
  state.createProject('without-releases');
  uploadSmall(master.sim, ['bad-apple']);
  state.quarantineProject('bad-apple');
  await master.sync();

  const mirror = new Bandersnatch(master);
  await mirror.mirror();
  assert.deepEqual(mirror.fetched.sort(), ['cheshire', 'dormouse', 'mad-hatter']);
  assert.deepEqual(
    wheelsOf(mirror),
    ['cheshire', 'Mad.Hatter', 'dormouse'].map((name) => smallWheel(name).filename).sort(),
  );
  assert.equal([...mirror.files.keys()].filter((path) => path.endsWith('.metadata')).length, 3);
  const { 'bad-apple': _quarantined, ...listed } = upstreamSerials(master);
  assert.equal(mirror.serial, Math.max(...Object.values(listed)));

  await mirror.mirror();
  assert.deepEqual(mirror.fetched, [], 'nothing has changed');

  uploadSmall(master.sim, ['cheshire'], '2.0');
  uploadSmall(master.sim, ['jabberwock']);
  state.removeProject('dormouse');
  state.clearProjectQuarantine('bad-apple');
  await master.sync();
  await mirror.mirror();
  assert.deepEqual(mirror.fetched.sort(), ['bad-apple', 'cheshire', 'jabberwock']);
  assert.ok(wheelsOf(mirror).includes(smallWheel('cheshire', '2.0').filename));
  assert.equal(mirror.serial, Math.max(...Object.values(upstreamSerials(master))));
});
