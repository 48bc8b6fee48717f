/** What the pip tests install: real wheels, and one small wheel that depends on them. Where they come from is a parameter. */
import { systemClock } from '../../src/clock.ts';
import { startOrigin } from '../../src/demo/http-origin.ts';
import { IndexState } from '../../src/demo/index-state.ts';
import { sha256Hex } from './docroot.ts';
import { MirrorPlace } from './mirror-place.ts';
import { type RealWheel, realWheels } from './real-wheels.ts';
import { type Distribution, makeWheel } from './wheels.ts';

/** Its installation needs real wheels as dependencies. */
export const PROBE = { project: 'jubjub-probe', version: '1.0' } as const;

export interface PipFile {
  readonly project: string;
  readonly version: string;
  readonly filename: string;
  /** Of the bytes that PyPI, or the recipe, made: not what the docroot says. */
  readonly sha256: string;
}

export interface PipDocroot {
  /** The `web` directory. */
  readonly directory: string;
  readonly probe: PipFile;
  /** All that the probe depends on. */
  readonly dependencies: readonly PipFile[];
  /** Wheel sources that this machine lacks, a sentence each. */
  readonly missing: readonly string[];
}

/** Makes, or syncs, a docroot with the probe and the real wheels below a directory. */
export type MakePipDocroot = (directory: string) => Promise<PipDocroot>;

function pipFile(project: string, version: string, file: { filename: string; bytes: Buffer }): PipFile {
  return { project, version, filename: file.filename, sha256: sha256Hex(file.bytes) };
}

/** What an upload form would have said of a real wheel. */
function asDistribution({
  project,
  version,
  filename,
  bytes,
  metadata,
  requiresPython,
}: RealWheel): Distribution {
  return { name: project, version, filename, bytes, metadata, pythonVersion: 'py3', requiresPython };
}

/** A mirror of a small upstream that carries these wheels, made by the built program; the upstream is gone afterwards. */
export const syncedPipDocroot: MakePipDocroot = async (directory) => {
  const { wheels, missing } = realWheels();
  // Of each project one version, so that what pip must choose is known.
  const wanted = [...new Map(wheels.map((wheel) => [wheel.project, wheel])).values()];
  const probe = makeWheel({
    name: PROBE.project,
    version: PROBE.version,
    requires: wanted.map((wheel) => `${wheel.project}==${wheel.version}`),
    modules: { 'jubjub_probe.py': 'WORD = "frumious"\n' },
  });
  const state = new IndexState({ now: () => systemClock.now() });
  for (const wheel of wheels) state.uploadFile(asDistribution(wheel));
  // The index shows another spelling than the file, as PyPI often does.
  state.createProject('Jubjub_Probe');
  state.uploadFile(probe);
  const origin = await startOrigin(state);
  try {
    const place = new MirrorPlace(directory).configure(origin.url);
    await place.sync({ after: () => {} });
    return {
      directory: place.web,
      probe: pipFile(PROBE.project, PROBE.version, probe),
      dependencies: wanted.map((wheel) => pipFile(wheel.project, wheel.version, wheel)),
      missing,
    };
  } finally {
    await origin.close();
  }
};
