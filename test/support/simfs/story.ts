/** Small histories that never change, for trying everything that can happen to a mirror that lives through them. */
import { makeWheel } from '../../../src/demo/wheel.ts';
import type { MirrorSettings } from '../../../src/mirror/deps.ts';
import type { Sim } from '../sim/sim.ts';

const MINUTE_MS = 60_000;
/** Longer than the grace before files are hidden, and than the replay window. */
const LONG_MS = 40 * MINUTE_MS;
const DELETE_MS = 5 * LONG_MS;

export interface Phase {
  /** What the run after it has to do. */
  readonly name: string;
  /** Time that passes before it. */
  readonly afterMs: number;
  readonly change: (sim: Sim) => void;
}

export interface Story {
  readonly settings: Partial<MirrorSettings>;
  /** A run follows each. */
  readonly phases: readonly Phase[];
}

function upload(sim: Sim, name: string, version: string): void {
  sim.state.uploadFile(makeWheel({ name, version, modules: { 'module.py': `${name} ${version}` } }));
}

/** Every way in which files come, leave, come back and go for good. */
const SMALL: Story = {
  settings: { deleteAfterMs: DELETE_MS },
  phases: [
    {
      name: 'first sync',
      afterMs: 0,
      change: (sim) => {
        upload(sim, 'snark', '1.0');
        upload(sim, 'snark', '2.0');
        upload(sim, 'vorpal', '1.0');
      },
    },
    {
      name: 'upload, takedown, quarantine, removal',
      afterMs: MINUTE_MS,
      change: (sim) => {
        upload(sim, 'snark', '3.0');
        sim.state.removeFile('snark-1.0-py3-none-any.whl');
        sim.state.quarantineRelease('snark', '2.0');
        sim.state.removeProject('vorpal');
      },
    },
    {
      name: 'hiding',
      afterMs: LONG_MS,
      change: (sim) => upload(sim, 'boojum', '1.0'),
    },
    {
      name: 'return, deletion',
      afterMs: DELETE_MS,
      change: (sim) => {
        sim.state.clearReleaseQuarantine('snark', '2.0');
        upload(sim, 'vorpal', '2.0');
      },
    },
  ],
};

/** One file, then another in its place. */
const TINY: Story = {
  settings: { mirrorMetadata: false, hideAfterMs: 0, deleteAfterMs: 0 },
  phases: [
    { name: 'first sync', afterMs: 0, change: (sim) => upload(sim, 'snark', '1.0') },
    {
      name: 'replacement',
      afterMs: MINUTE_MS,
      change: (sim) => {
        upload(sim, 'snark', '2.0');
        sim.state.removeFile('snark-1.0-py3-none-any.whl');
      },
    },
  ],
};

export const STORIES = { small: SMALL, tiny: TINY } as const;

export type StoryName = keyof typeof STORIES;
