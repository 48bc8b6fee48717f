/**
 * Goal: what makes the storm fast takes nothing from it: a catalogue in memory forgets what was not committed and keeps what was, the
 * next mirror finds an empty one, and a gzip that is only stored is one.
 * Method: catalogues and bodies by hand, compared with a new file's and with zlib.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { SqliteCatalogue } from '../../src/catalogue/sqlite.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { memoryPlace } from '../support/memory-catalogue.ts';
import { storedGzip, unzipped } from '../support/sim/stored-gzip.ts';
import { drawScenario } from '../support/storm/scenario.ts';

const SNARK = normalizeName('snark');

test('a process that ends takes along what it had not committed, and works no more', (t) => {
  const place = memoryPlace(t);
  const first = place.open();
  first.bind('before');
  first.pretend();
  first.bind('never committed');
  first.close();
  const second = place.open();
  assert.equal(second.identity(), 'before');
  assert.throws(() => first.identity(), TypeError);
});

test('the next mirror finds the catalogue of a new file', () => {
  const undo: (() => void)[] = [];
  const cleanup = { after: (action: () => void) => void undo.push(action) };
  const used = memoryPlace(cleanup).open();
  used.bind('of the mirror before');
  used.setDiscovered(7);
  used.replaceNeeds([{ name: SNARK, of: SNARK, by: SNARK, specifier: '', extras: [], sha256s: [] }]);
  for (const action of undo.splice(0)) action();
  const next = memoryPlace(cleanup).open();
  const fresh = new SqliteCatalogue(':memory:');
  const state = (one: SqliteCatalogue) => [
    one.identity(),
    one.progress(),
    one.dialect(),
    one.counts(),
    one.needsOf(SNARK),
    [...one.publishedNames()],
  ];
  assert.deepEqual(state(next), state(fresh));
  for (const action of undo) action();
  fresh.close();
});

test('a stored gzip is a gzip, and what a fault has spoilt is refused', () => {
  for (const sizeBytes of [0, 1, 65_535, 65_536, 200_000]) {
    const bytes = Buffer.alloc(sizeBytes, 'snark');
    const zipped = storedGzip(bytes);
    assert.ok(gunzipSync(zipped).equals(bytes), `${sizeBytes} bytes`);
    assert.equal(unzipped(zipped), bytes);
  }
  const spoilt = Buffer.from(storedGzip(Buffer.from('boojum')));
  spoilt[17] = (spoilt[17] ?? 0) ^ 1;
  assert.throws(() => unzipped(spoilt));
});

test('what is aimed at and which episode follows is decided by the seed, too', () => {
  const seeds = Array.from({ length: 50 }, (_, at) => at + 1);
  for (const seed of seeds) assert.deepEqual(drawScenario(seed), drawScenario(seed));
  const occasions = seeds.flatMap((seed) =>
    drawScenario(seed).acts.filter(({ act }) => act.kind === 'occasion'),
  );
  assert.ok(occasions.length > 10);
});
