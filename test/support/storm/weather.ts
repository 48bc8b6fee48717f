/** Puts the weather of a run into the simulated network: everyday faults by chance, and storms. */

import { EARLIER_WITHOUT_SERIAL, listWithout } from '../sim/fault-makers.ts';
import type { Fault } from '../sim/faults.ts';
import { randomFaults } from '../sim/random-faults.ts';
import type { Sim } from '../sim/sim.ts';
import type { LostList, Storm, Weather } from './acts.ts';
import { groupOf } from './request-groups.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

const STORM_FAULTS: Readonly<Record<Storm['fault'], Fault>> = {
  missing: { kind: 'missing' },
  'html-503': { kind: 'html-503' },
  'rate-limited': { kind: 'rate-limited', waitS: 7 },
  disconnect: { kind: 'disconnect' },
  empty: { kind: 'short', bytes: 0 },
  earlier: { kind: 'earlier' },
  'earlier, no serial': EARLIER_WITHOUT_SERIAL,
};

/** Nothing goes wrong. */
export const CALM: Weather = { share: 0, storms: [], isOriginDown: false, lostList: null };

/** Replaces whatever weather there was. `isPublished`: what the mirror has, so that no list may be needed to tell of it. */
export function setWeather(
  sim: Sim,
  seed: number,
  { share, storms, isOriginDown, lostList }: Weather,
  isPublished: (name: string) => boolean = () => false,
): void {
  sim.faults.clear();
  sim.cdn.originDown = isOriginDown;
  if (lostList !== null) addLostList(sim, lostList, isPublished);
  for (const storm of storms) addStorm(sim, storm);
  if (share > 0) for (const rule of randomFaults(seed, share)) sim.faults.add(rule);
}

function addLostList(
  { faults, lists }: Sim,
  { lost, withPages }: LostList,
  isPublished: (name: string) => boolean,
): void {
  faults.add({
    ...listWithout(lost, isPublished),
    match: (request) =>
      groupOf(request) === 'list' && request.headers['accept']?.startsWith(JSON_TYPE) === true,
  });
  if (!withPages) return;
  faults.add({
    id: 'page-not-on-list',
    match: (request) => groupOf(request) === 'page' && lists.isFirstLook(request),
    fault: { kind: 'missing' },
  });
}

function addStorm({ faults }: Sim, { group, fault, after, requests }: Storm): void {
  let passed = 0;
  faults.add({
    match: (request) => {
      if (groupOf(request) !== group) return false;
      passed += 1;
      return passed > after;
    },
    ...(fault === 'earlier, no serial' ? { id: 'page-earlier-without-serial' } : {}),
    ...(fault === 'missing' && group === 'page' ? { id: 'page-missing' } : {}),
    times: requests,
    fault: STORM_FAULTS[fault],
  });
}
