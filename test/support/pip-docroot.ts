/** What the pip tests install: real wheels, and one small wheel that depends on them. Where they come from is a parameter. */
import path from 'node:path';
import { buildDocroot, type DocrootProject, sha256Hex } from './docroot.ts';
import { type RealWheel, realWheels } from './real-wheels.ts';
import { makeWheel } from './wheels.ts';

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

function groupByProject(wheels: readonly RealWheel[]): DocrootProject[] {
  const projects = Map.groupBy(wheels, (wheel) => wheel.project);
  return [...projects].map(([name, files], index) => ({ name, displayName: name, serial: index + 1, files }));
}

/** The docroot written by hand. */
export const handmadePipDocroot: MakePipDocroot = async (directory) => {
  const { wheels, missing } = realWheels();
  // Of each project one version, so that what pip must choose is known.
  const wanted = [...new Map(wheels.map((wheel) => [wheel.project, wheel])).values()];
  const probe = makeWheel({
    name: 'Jubjub_Probe',
    version: PROBE.version,
    requires: wanted.map((wheel) => `${wheel.project}==${wheel.version}`),
    modules: { 'jubjub_probe.py': 'WORD = "frumious"\n' },
  });
  const projects: DocrootProject[] = [
    { name: PROBE.project, displayName: probe.name, serial: 99, files: [probe] },
    ...groupByProject(wheels),
  ];
  const built = buildDocroot(path.join(directory, 'web'), projects);
  return {
    directory: built.directory,
    probe: pipFile(PROBE.project, PROBE.version, probe),
    dependencies: wanted.map((wheel) => pipFile(wheel.project, wheel.version, wheel)),
    missing,
  };
};
