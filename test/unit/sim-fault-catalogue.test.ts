/**
 * Goal: the catalogue of faults tells the truth: everything in it that is done to requests is done by chance, under its
 * own name, all traps of the protocol have their place, and nothing is counted that is not in it.
 * Method: requests of every kind over the wire under random faults of many seeds; the catalogue is read as data.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askSim } from '../support/sim/ask-sim.ts';
import {
  EDGE_FAULTS,
  INDEX_TRAITS,
  REPLICA_FAULTS,
  REQUEST_FAULTS,
  type RequestGroup,
} from '../support/sim/fault-catalogue.ts';
import { FAULT_MAKERS, STORM_MAKERS } from '../support/sim/fault-makers.ts';
import { randomFaults } from '../support/sim/random-faults.ts';
import { startSim } from '../support/sim/sim.ts';
import { makeWheel } from '../support/wheels.ts';

const TRAPS = 35;
const WHEEL = makeWheel({ name: 'vorpal', version: '1.0', modules: { 'vorpal.py': 'X = 1\n' } });
const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

const groups = Object.keys(REQUEST_FAULTS) as RequestGroup[];

test('each fault of the catalogue that is done to requests is made, in its group, and no other is', () => {
  for (const group of groups) {
    const storms = STORM_MAKERS.filter((storm) => storm.group === group);
    const made = [...FAULT_MAKERS[group], ...storms].map(({ id }) => id);
    assert.deepEqual(made.sort(), Object.keys(REQUEST_FAULTS[group]).sort(), group);
  }
});

test('every trap of the protocol has its place in the catalogue', () => {
  const told = [...Object.values(REQUEST_FAULTS).flatMap((faults) => Object.values(faults))];
  const others = [EDGE_FAULTS, REPLICA_FAULTS, INDEX_TRAITS].flatMap((faults) => Object.values(faults));
  const places = [...told, ...others].map(([, where]) => where);
  const named = places.flatMap((where) => [...(/traps? ([\d, ]+)/.exec(where)?.[1] ?? '').matchAll(/\d+/g)]);
  const traps = new Set(named.map(([number]) => Number(number)));
  const all = Array.from({ length: TRAPS }, (_, at) => at + 1);
  assert.deepEqual(
    all.filter((trap) => !traps.has(trap)),
    [],
  );
});

test('by chance every one of them is done some time, and is counted under its own name', async (t) => {
  const sim = await startSim();
  t.after(() => sim.close());
  const { path } = sim.state.uploadFile(WHEEL, { version: 1 });
  const document = `/integrity/vorpal/1.0/${WHEEL.filename}/provenance`;
  const headers = { accept: JSON_TYPE, 'accept-encoding': 'gzip', 'if-none-match': '"known"' };
  for (let seed = 1; seed <= 400; seed++) {
    sim.faults.clear();
    for (const rule of randomFaults(seed, 0.9)) sim.faults.add(rule);
    const asks = ['/simple/', '/simple/vorpal/', path, document].map((one) => askSim(sim, one, headers));
    const call = askSim(
      sim,
      '/pypi',
      { 'content-type': 'text/xml' },
      '<methodCall><methodName>changelog_last_serial</methodName></methodCall>',
    );
    await Promise.allSettled([...asks, call]);
  }
  const ids = groups.flatMap((group) => Object.keys(REQUEST_FAULTS[group]));
  assert.deepEqual(
    ids.filter((id) => !sim.faultCounts.has(id)),
    [],
  );
  const known = new Set([...ids, ...Object.keys(EDGE_FAULTS)]);
  assert.deepEqual(
    [...sim.faultCounts.keys()].filter((id) => !known.has(id)),
    [],
  );
  const faulty = sim.requests.filter(({ fault }) => fault !== null);
  assert.ok(faulty.every(({ faultIds }) => faultIds.length > 0));
});

test('without a share there are no faults', () => {
  assert.deepEqual(randomFaults(1, 0), []);
});
