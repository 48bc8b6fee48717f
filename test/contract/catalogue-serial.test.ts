/**
 * Goal: the serial is not committed past a takedown that nobody has acted on, though its project is pending (P6).
 * Method: a real SQLite catalogue through its contract; a run ends before it comes to the project.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEMO, demand, NOTHING, newCatalogue, OTHER } from '../support/catalogue-kit.ts';
import { withTempDir } from '../support/temp.ts';

const WAVE = { ...NOTHING, advance: true };
const FAILURE = { name: DEMO, code: 'UPSTREAM_STATUS', message: 'no', nextTryMs: 0 } as const;

for (const later of [
  { takedowns: [{ serial: 20, effect: { kind: 'remove-file', filename: 'demo-1.0.tar.gz' } }] },
  { removed: 20 },
] as const) {
  test(`a pending project’s ${Object.keys(later)[0]} holds the serial until the run has come to it`, async (t) => {
    const { catalogue } = newCatalogue(t, withTempDir(t));
    catalogue.startRun(1000);
    catalogue.addDue([demand(DEMO, { first: 5, required: 5 })]);
    catalogue.setDiscovered(10);
    catalogue.startRound();
    await catalogue.commit({ ...WAVE, atMs: 1000, failures: [FAILURE] }, async () => {});
    assert.equal(catalogue.progress().serial, 10, 'what is pending holds nothing up');
    catalogue.startRun(2000);
    catalogue.addDue([demand(DEMO, { first: 20, ...later }), demand(OTHER, { first: 30, required: 30 })]);
    catalogue.setDiscovered(30);
    catalogue.startRound();
    await catalogue.commit({ ...WAVE, atMs: 2000, settled: [OTHER] }, async () => {});
    assert.equal(catalogue.progress().serial, 19);
    catalogue.startRound();
    await catalogue.commit({ ...WAVE, atMs: 2000, failures: [FAILURE] }, async () => {});
    assert.equal(catalogue.progress().serial, 30);
  });
}
