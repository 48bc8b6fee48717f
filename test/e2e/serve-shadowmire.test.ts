/**
 * Goal: shadowmire can follow us: it sees every project that differs and every one that is gone, and rests when there is
 * nothing to do.
 * Method: its requests in its order with its headers and checks (protocol §5.10), over three of our syncs. XML-RPC is
 * spoken by the library that it uses, Python's own.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Answered } from '../support/http-ask.ts';
import { python } from '../support/python.ts';
import { type ServedMirror, servedMirror, sha256Of, upstreamSerials } from '../support/serve-mirror.ts';
import { smallWheel, uploadSmall } from '../support/world.ts';

const HEADERS = {
  'user-agent': 'Shadowmire (https://mirror.example)',
  'accept-encoding': 'gzip, deflate',
  accept: '*/*',
};
const V1_JSON = 'application/vnd.pypi.simple.v1+json';

/** `fetch_remote_versions`. */
const FETCH = `
import json, sys, xmlrpc.client
client = xmlrpc.client.ServerProxy(sys.argv[1] + "/pypi")
print(json.dumps([client.changelog_last_serial(), client.list_packages_with_serial()]))
`;

type CoreMetadata = false | { readonly sha256: string };

/** What it reads of a file on the page. */
interface PageFile {
  readonly filename: string;
  readonly 'core-metadata': CoreMetadata;
}

interface ReleaseFile {
  readonly filename: string;
  readonly url: string;
  readonly size: number;
  readonly digests: { readonly sha256: string };
}

class Shadowmire {
  readonly serials = new Map<string, number>();
  readonly wheels = new Map<string, string[]>();
  head = 0;
  readonly #upstream: ServedMirror;

  constructor(upstream: ServedMirror) {
    this.#upstream = upstream;
  }

  /** `determine_sync_plan` and what it leads to; answers the plan. */
  async sync(): Promise<{ readonly remove: string[]; readonly update: string[] }> {
    const [head, listed] = JSON.parse(await python('-c', FETCH, this.#upstream.url));
    const remote = new Map(
      Object.entries(listed as Record<string, number>).map(([key, serial]) => [normalize(key), serial]),
    );
    const remove = [...this.serials.keys()].filter((name) => !remote.has(name)).sort();
    // Anything else than the same serial counts as changed.
    const update = [...remote.keys()].filter((name) => this.serials.get(name) !== remote.get(name)).sort();
    for (const name of remove) {
      this.serials.delete(name);
      this.wheels.delete(name);
    }
    for (const name of update) await this.#update(name);
    this.head = head;
    return { remove, update };
  }

  async #update(name: string): Promise<void> {
    const answer = await this.#upstream.get(`/pypi/${name}/json`, HEADERS);
    if (answer.status === 404) {
      this.serials.set(name, -1); // It asks no more for this one, whatever comes.
      return;
    }
    const meta = jsonOf(answer);
    const page = await this.#upstream.get(`/simple/${name}/`, { ...HEADERS, accept: V1_JSON });
    assert.equal(page.headers['content-type'], V1_JSON, 'anything else counts as no page');
    const onPage: readonly PageFile[] = jsonOf(page).files;
    const advertised = new Map(onPage.map((file) => [file.filename, file['core-metadata']]));
    const files: ReleaseFile[] = Object.values<ReleaseFile[]>(meta.releases).flat();
    for (const file of files) await this.#download(file, advertised.get(file.filename));
    this.wheels.set(name, files.map(({ filename }) => filename).sort());
    this.serials.set(name, meta.last_serial);
  }

  async #download({ url, size, digests }: ReleaseFile, metadata?: CoreMetadata): Promise<void> {
    // `file_url_to_local_path` insists on it, so that a base-url with a path does not do.
    assert.ok(new URL(url).pathname.startsWith('/packages'), url);
    const { status, body } = await this.#upstream.get(url, HEADERS);
    assert.deepEqual([status, body.length, sha256Of(body)], [200, size, digests.sha256]);
    if (!metadata) return;
    const sidecar = await this.#upstream.get(`${url}.metadata`, HEADERS);
    assert.deepEqual([sidecar.status, sha256Of(sidecar.body)], [200, metadata.sha256]);
  }
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function jsonOf({ status, headers, body }: Answered) {
  assert.equal(status, 200);
  return JSON.parse((headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString('utf8'));
}

test('shadowmire copies everything, and then what differs or is gone', async (t) => {
  const upstream = await servedMirror(t);
  const { state } = upstream.sim;
  const same = (mirror: Shadowmire) =>
    assert.deepEqual(Object.fromEntries(mirror.serials), upstreamSerials(upstream));
  uploadSmall(upstream.sim, ['cheshire', 'Mad.Hatter', 'dormouse', 'hatter']);
  await upstream.sync();

  const mirror = new Shadowmire(upstream);
  const all = ['cheshire', 'dormouse', 'hatter', 'mad-hatter'];
  assert.deepEqual(await mirror.sync(), { remove: [], update: all });
  same(mirror);
  assert.equal(mirror.head, state.lastSerial);
  assert.deepEqual(await mirror.sync(), { remove: [], update: [] }, 'equal serials mean rest');

  uploadSmall(upstream.sim, ['cheshire'], '2.0');
  uploadSmall(upstream.sim, ['jabberwock']);
  state.removeProject('dormouse');
  state.removeFile(smallWheel('hatter').filename);
  await upstream.sync();
  const changed = ['cheshire', 'hatter', 'jabberwock'];
  assert.deepEqual(await mirror.sync(), { remove: ['dormouse'], update: changed });
  same(mirror);
  assert.deepEqual(mirror.wheels.get('hatter'), []);
  assert.equal(mirror.wheels.get('cheshire')?.length, 2);

  // A quarantined project stays listed, as on PyPI, and its document is gone: that is what shadowmire gives up on.
  state.quarantineProject('cheshire');
  await upstream.sync();
  assert.deepEqual(await mirror.sync(), { remove: [], update: ['cheshire'] });
  assert.equal(mirror.serials.get('cheshire'), -1);
  assert.equal(mirror.head, state.lastSerial);
});

test('shadowmire is told in XML-RPC that there is nothing to copy yet', async (t) => {
  const upstream = await servedMirror(t);
  await assert.rejects(
    python('-c', FETCH, upstream.url),
    /xmlrpc\.client\.Fault: <Fault -32500: 'RuntimeError: this mirror is empty/,
  );
});
