/** What is made to happen to the index where chance would seldom bring it about, in words for the story. */
import type { IndexProject } from '../../../src/demo/index-model.ts';
import type { IndexState } from '../../../src/demo/index-state.ts';
import { type Prng, seeded } from '../prng.ts';
import { randomRecipe } from '../sim/history.ts';
import { oddWheel } from '../sim/odd-wheels.ts';
import { provenanceNumber } from '../sim/quiet-history.ts';
import { makeWheel } from '../wheels.ts';
import type { Occasion } from './acts.ts';

const FILES = 3;
const REMOVALS = 2;
/** From none of them can METADATA be taken. */
const WITHOUT_METADATA = ['no-zip', 'cut-zip', 'no-metadata', 'other-metadata'] as const;

type Make = (state: IndexState, prng: Prng) => string[];

function projectsWith(state: IndexState, status: IndexProject['status']): IndexProject[] {
  return [...state.projects].filter((project) => project.status === status);
}

function uploads(prng: Prng, upload: (number: number) => string | null): string[] {
  return Array.from({ length: FILES }, () => upload(prng.int(1_000_000))).filter((told) => told !== null);
}

const MAKE: Readonly<Record<Occasion, Make>> = {
  quarantine(state, prng) {
    const withFiles = projectsWith(state, 'active').filter(({ releases }) =>
      [...releases.values()].some(({ files }) => files.size > 0),
    );
    if (withFiles.length === 0) return [];
    const { displayName } = prng.pick(withFiles);
    state.quarantineProject(displayName);
    return [`quarantine ${displayName}`];
  },
  clear: (state) =>
    projectsWith(state, 'quarantined').map(({ displayName }) => {
      state.clearProjectQuarantine(displayName);
      return `clear ${displayName}`;
    }),
  removals: (state, prng) =>
    Array.from({ length: REMOVALS }, () => [...state.projects]).flatMap((projects) => {
      if (projects.length < 2) return [];
      const { displayName } = prng.pick([...state.projects]);
      state.removeProject(displayName);
      return [`remove ${displayName}`];
    }),
  'odd wheels': (state, prng) =>
    uploads(prng, () => {
      const kind = prng.pick(WITHOUT_METADATA);
      const wheel = oddWheel(randomRecipe(state, prng), kind);
      if (state.filenameUsed(wheel.filename)) return null;
      state.uploadFile(wheel);
      return `odd wheel (${kind}) ${wheel.filename}`;
    }),
  attested: (state, prng) =>
    uploads(prng, (number) => {
      const wheel = makeWheel(randomRecipe(state, prng));
      if (state.filenameUsed(wheel.filename)) return null;
      state.uploadFile(wheel, provenanceNumber(number));
      return `upload ${wheel.filename} with attestations`;
    }),
};

/** Returns what has happened. */
export function makeHappen(what: Occasion, state: IndexState, seed: number): string {
  const told = MAKE[what](state, seeded(seed).fork(what));
  return told.length === 0 ? `nothing for: ${what}` : told.join('; ');
}
