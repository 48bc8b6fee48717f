/**
 * Goal: a devpi mirror index over us never sees a page that it would reject: the type is exact, the serial is there and
 * never lower than before, and what is unchanged is a 304.
 * Method: its requests with its headers and checks (protocol §6), while we sync an upload, a takedown and a full sync.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Answered } from '../support/http-ask.ts';
import { type ServedMirror, servedMirror, sha256Of } from '../support/serve-mirror.ts';
import { smallWheel, uploadSmall } from '../support/world.ts';

const V1_JSON = 'application/vnd.pypi.simple.v1+json';
const HEADERS = {
  'user-agent': 'devpi-server/6.19.1 (py3.13.1; linux)',
  'accept-encoding': 'gzip, deflate',
  accept: `application/vnd.pypi.simple.v1+html;q=0.2, ${V1_JSON}, text/html;q=0.01`,
};

interface Cached {
  readonly links: readonly string[];
  readonly serial: number;
  readonly etag: string | null;
}

/** devpi's mirror stage: what it remembers of the project list and of each project. */
class DevpiMirror {
  readonly #mirrorUrl: string;
  readonly #upstream: ServedMirror;
  readonly #cache = new Map<string, Cached>();
  #projects: { readonly names: readonly string[]; readonly etag: string | null } | null = null;

  constructor(upstream: ServedMirror) {
    this.#upstream = upstream;
    this.#mirrorUrl = `${upstream.url}/simple/`;
  }

  /** `_get_remote_projects`: asks again with the ETag that came last. */
  async projects(): Promise<readonly string[]> {
    const answer = await this.#get(this.#mirrorUrl, this.#projects?.etag ?? null);
    if (answer.status === 304) return this.#projects?.names ?? [];
    assert.equal(answer.headers['content-type'], V1_JSON, 'anything else is parsed as HTML');
    const { meta, projects } = jsonOf(answer);
    assert.match(meta['api-version'], /^1\./);
    this.#projects = {
      names: projects.map(({ name }: { name: string }) => name).sort(),
      etag: etagOf(answer),
    };
    return this.#projects.names;
  }

  /** `_async_fetch_releaselinks`; throws what devpi rejects, and would serve the old links for. */
  async links(project: string): Promise<{ readonly status: number; readonly cached: Cached | null }> {
    const known = this.#cache.get(project) ?? null;
    const url = `${this.#mirrorUrl}${project}/`;
    const answer = await this.#get(url, known?.etag ?? null);
    if (answer.status === 304 || answer.status === 404) return { status: answer.status, cached: known };
    const serial = Number.parseInt(String(answer.headers['x-pypi-last-serial'] ?? '-1'), 10);
    assert.ok(serial >= (known?.serial ?? -1), `serial mismatch: ${known?.serial} is newer than ${serial}`);
    assert.equal(answer.headers['content-type'], V1_JSON, 'anything else is parsed as HTML');
    const links = jsonOf(answer).files.map(
      (file: { url: string; hashes: { sha256: string } }) =>
        `${new URL(file.url, url)}#sha256=${file.hashes.sha256}`,
    );
    const cached = { links, serial, etag: etagOf(answer) };
    this.#cache.set(project, cached);
    return { status: answer.status, cached };
  }

  /** `iter_remote_file_replica`'s counterpart for mirrors: the bytes are hashed while they are passed on. */
  async file(link: string): Promise<void> {
    const [url = '', fragment] = link.split('#');
    const { status, body } = await this.#upstream.get(url, { 'user-agent': HEADERS['user-agent'] });
    assert.deepEqual([status, `sha256=${sha256Of(body)}`], [200, fragment]);
  }

  #get(url: string, etag: string | null): Promise<Answered> {
    return this.#upstream.get(url, etag === null ? HEADERS : { ...HEADERS, 'if-none-match': etag });
  }
}

function jsonOf({ headers, body }: Answered) {
  assert.equal(headers['content-encoding'], 'gzip', 'the twin');
  return JSON.parse(gunzipSync(body).toString('utf8'));
}

function etagOf({ headers }: Answered): string | null {
  return headers.etag ?? null;
}

test('devpi caches pages, asks again by their ETags, and accepts each change', async (t) => {
  const upstream = await servedMirror(t);
  const { state } = upstream.sim;
  uploadSmall(upstream.sim, ['cheshire', 'Mad.Hatter', 'dormouse']);
  await upstream.sync();

  const devpi = new DevpiMirror(upstream);
  assert.deepEqual(await devpi.projects(), ['Mad.Hatter', 'cheshire', 'dormouse']);
  const first = await devpi.links('cheshire');
  assert.equal(first.cached?.serial, state.project('cheshire')?.lastSerial);
  assert.equal(first.cached?.links.length, 1);
  for (const link of first.cached?.links ?? []) await devpi.file(link);
  await devpi.links('dormouse');

  // Another project changes: the page asked for does not, nor does a full sync of all pages change it.
  uploadSmall(upstream.sim, ['jabberwock']);
  await upstream.sync();
  assert.equal((await devpi.links('cheshire')).status, 304);
  await upstream.place.sync(t, 0, '--full');
  assert.equal((await devpi.links('cheshire')).status, 304);
  assert.deepEqual(await devpi.projects(), ['Mad.Hatter', 'cheshire', 'dormouse', 'jabberwock']);

  uploadSmall(upstream.sim, ['cheshire'], '2.0');
  await upstream.sync();
  const second = await devpi.links('cheshire');
  assert.deepEqual([second.status, second.cached?.links.length], [200, 2]);
  for (const link of second.cached?.links ?? []) await devpi.file(link);

  // What is taken down is a newer page, too.
  state.removeFile(smallWheel('cheshire').filename);
  state.removeProject('dormouse');
  await upstream.sync();
  const third = await devpi.links('cheshire');
  assert.equal(third.cached?.links.length, 1);
  assert.ok((third.cached?.serial ?? 0) > (second.cached?.serial ?? 0));
  assert.equal((await devpi.links('dormouse')).status, 404);
  assert.deepEqual(await devpi.projects(), ['Mad.Hatter', 'cheshire', 'jabberwock']);
  assert.deepEqual(await devpi.projects(), ['Mad.Hatter', 'cheshire', 'jabberwock'], 'also when it is a 304');
});
