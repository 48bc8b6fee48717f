/** Puts the weather of a run into the simulated network: everyday faults by chance, and storms. */

import type { Fault } from '../sim/faults.ts';
import { randomFaults } from '../sim/random-faults.ts';
import type { Sim } from '../sim/sim.ts';
import type { Storm, Weather } from './acts.ts';
import { groupOf } from './request-groups.ts';

const STORM_FAULTS: Readonly<Record<Storm['fault'], Fault>> = {
  missing: { kind: 'missing' },
  'html-503': { kind: 'html-503' },
  'rate-limited': { kind: 'rate-limited', waitS: 7 },
  disconnect: { kind: 'disconnect' },
  empty: { kind: 'short', bytes: 0 },
};

/** Nothing goes wrong. */
export const CALM: Weather = { share: 0, storms: [], isOriginDown: false };

/** Replaces whatever weather there was. */
export function setWeather(sim: Sim, seed: number, { share, storms, isOriginDown }: Weather): void {
  sim.faults.clear();
  sim.cdn.originDown = isOriginDown;
  for (const storm of storms) addStorm(sim, storm);
  if (share > 0) for (const rule of randomFaults(seed, share)) sim.faults.add(rule);
}

function addStorm({ faults }: Sim, { group, fault, after, requests }: Storm): void {
  let passed = 0;
  faults.add({
    match: (request) => {
      if (groupOf(request) !== group) return false;
      passed += 1;
      return passed > after;
    },
    times: requests,
    fault: STORM_FAULTS[fault],
  });
}
