/**
 * Goal: a jubjub can follow another by its changelog: it ends with the same pages and files and the same serial, and
 * changes and takedowns reach it in the next run.
 * Method: simulator → jubjub → `serve` → jubjub, real processes, over several runs of both.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import { type ServedMirror, servedMirror } from '../support/serve-mirror.ts';
import { withTempDir } from '../support/temp.ts';
import { smallWheel, uploadSmall } from '../support/world.ts';

/** A mirror of a mirror, which has not run yet. */
function follower(t: TestContext, upstream: ServedMirror, changes: string): MirrorPlace {
  // Without the sweep, which would compare the lists: what arrives has come by the changelog.
  const more = '[sync]\nremoval-limit = 10\nreconcile = "off"\n';
  return new MirrorPlace(withTempDir(t)).configure(upstream.url, {
    upstream: `changes = "${changes}"`,
    more,
  });
}

/** What a mirror shows: for each project the files and the serial of its page. */
function shownBy(place: MirrorPlace): Record<string, unknown> {
  const pages = [...place.tree()].filter(([path]) => /^simple\/[^/]+\/index\.v1_json$/.test(path));
  return Object.fromEntries(
    pages.map(([path, bytes]) => {
      const { files, meta } = JSON.parse(bytes.toString());
      return [
        path.split('/')[1],
        [meta['_last-serial'], files.map(({ filename }: { filename: string }) => filename)],
      ];
    }),
  );
}

/** The project list with its serials, as it lies in the docroot. */
function listOf(place: MirrorPlace): string {
  return place.tree().get('simple/index.v1_json')?.toString() ?? '';
}

for (const changes of ['changelog', 'auto'])
  test(`a jubjub follows another one, with changes = "${changes}"`, async (t) => {
    const upstream = await servedMirror(t);
    const { state } = upstream.sim;
    uploadSmall(upstream.sim, ['cheshire', 'Mad.Hatter', 'dormouse', 'hatter']);
    await upstream.sync();
    const place = follower(t, upstream, changes);
    const same = async () => {
      await upstream.sync();
      assert.equal((await place.sync(t)).serial, state.lastSerial);
      assert.deepEqual(shownBy(place), shownBy(upstream.place));
      assert.equal(listOf(place), listOf(upstream.place));
    };
    await same();

    uploadSmall(upstream.sim, ['cheshire'], '2.0');
    uploadSmall(upstream.sim, ['jabberwock']);
    await same();
    state.removeProject('dormouse');
    state.removeFile(smallWheel('hatter').filename);
    await same();
    assert.equal('dormouse' in shownBy(place), false);

    // A change without a page: the follower learns how far it is all the same.
    state.journal({ name: 'never-here', action: 'invite Maintainer alice' });
    await same();
    assert.match(JSON.stringify(await place.status(t)), new RegExp(`"serial":${state.lastSerial}\\b`));

    uploadSmall(upstream.sim, ['dormouse'], '3.0');
    state.quarantineProject('jabberwock');
    await same();
    assert.deepEqual((shownBy(place)['jabberwock'] as unknown[])[1], []);
  });
