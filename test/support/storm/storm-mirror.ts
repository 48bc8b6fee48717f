/** The mirror under storm: an engine on a disk that can be watched, made to fail, killed and cut off from power. */
import type { Store } from '../../../src/store/contract.ts';
import type { Shelves } from '../check-trash.ts';
import { type Engine, type EngineOptions, memoryEngine } from '../engine.ts';
import { memoryPlace } from '../memory-catalogue.ts';
import type { Prng } from '../prng.ts';
import type { Sim } from '../sim/sim.ts';
import { simEngine } from '../simfs/engine.ts';
import type { Scenario } from './acts.ts';
import type { Director } from './director.ts';

export interface Cleanup {
  after(undo: () => void | Promise<void>): void;
}

/** The store of a mirror under storm. */
export interface StormStore extends Store, Shelves {
  /** Hears of each file of the docroot as it appears, changes or vanishes (null). */
  watchDocroot(listener: (path: string, bytes: Uint8Array | null) => void): void;
  /** The process is gone; everything it did is there. */
  killed(): void;
  /** The same, and what was not flushed is lost, torn or there. */
  crash(prng: Prng): void;
}

/** A mirror that is to be stormed. */
export interface StormMirror {
  readonly engine: Engine<StormStore>;
  /** Puts a director in charge of what becomes of each step and call; null: nobody. */
  direct(director: Director | null): void;
}

/** Makes a new mirror on the disk that the scenario says. */
export function openMirror(
  scenario: Scenario,
  cleanup: Cleanup,
  sim: Sim,
  options: Partial<EngineOptions>,
): StormMirror {
  return scenario.disk === 'memory'
    ? inMemory(cleanup, sim, options)
    : onSimDisk(scenario, cleanup, sim, options);
}

/** The store in memory, whose faults are errors of its steps. */
function inMemory(cleanup: Cleanup, sim: Sim, options: Partial<EngineOptions>): StormMirror {
  const engine = memoryEngine(cleanup, sim, options, memoryPlace(cleanup));
  return {
    engine,
    direct: (director) => {
      engine.lifeline.onStep = (step) => director?.step(step);
    },
  };
}

/** The real store on the simulated disk, whose calls fail as the kernel's do. */
function onSimDisk(
  { flush, hasSync }: Scenario,
  cleanup: Cleanup,
  sim: Sim,
  options: Partial<EngineOptions>,
): StormMirror {
  const engine = simEngine(cleanup, sim, options, {
    mode: flush,
    hasSync,
    place: memoryPlace(cleanup),
  });
  return {
    engine,
    direct: (director) => {
      // Its calls are steps of the lifeline, too, but are told by the hook, with those that change nothing.
      engine.lifeline.onStep = (step) => {
        if (step.startsWith('catalogue ')) director?.step(step);
      };
      engine.store.hook = (call) => director?.call(call);
    },
  };
}
