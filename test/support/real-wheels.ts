/** Wheels that PyPI once served and that are on this machine already: Python's own and Debian's. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runPython } from './isolated-pip.ts';

export interface RealWheel {
  /** Normalized; the distributions of these sources have plain names. */
  readonly project: string;
  readonly version: string;
  readonly filename: string;
  readonly bytes: Buffer;
  /** METADATA as it stands in the wheel. */
  readonly metadata: Buffer;
  readonly requiresPython: string | null;
}

export interface RealWheels {
  readonly wheels: readonly RealWheel[];
  /** A sentence for each source that this machine lacks. */
  readonly missing: readonly string[];
}

const DEBIAN_DIRECTORY = '/usr/share/python-wheels';
const DEBIAN_PACKAGES = {
  pip: 'python3-pip-whl',
  setuptools: 'python3-setuptools-whl',
  wheel: 'python3-wheel-whl',
};

/** Prints where this Python keeps the wheels of ensurepip: with itself, or where its distributor put them. */
const ENSUREPIP_DIRECTORIES = `
import os
try:
    import ensurepip
    print(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled"))
    print(getattr(ensurepip, "_WHEEL_PKG_DIR", None) or "")
except ImportError:
    pass
`;

/** The one member METADATA of a wheel, in base64: wheels may hold any bytes there. */
const METADATA_OF = (wheel: string) => `
import base64, zipfile
archive = zipfile.ZipFile(${JSON.stringify(wheel)})
name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
print(base64.b64encode(archive.read(name)).decode())
`;

function wheelFiles(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.whl'));
    return names.sort().map((name) => path.join(directory, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function readWheel(file: string): RealWheel {
  const filename = path.basename(file);
  const [project = '', version = ''] = filename.split('-');
  const metadata = Buffer.from(runPython(METADATA_OF(file)), 'base64');
  const requiresPython = /^Requires-Python: *(.+?)\r?$/m.exec(metadata.toString())?.[1] ?? null;
  return { project, version, filename, bytes: readFileSync(file), metadata, requiresPython };
}

/**
 * Debian's own pip, to be started by Python as it lies in its wheel; null when it is not installed. It is the old one
 * that a whole Debian release installs with, and it is stricter about JSON pages than PyPI's documentation.
 */
export function debianPip(): readonly string[] | null {
  const wheel = wheelFiles(DEBIAN_DIRECTORY).find((file) => path.basename(file).startsWith('pip-'));
  return wheel === undefined ? null : [path.join(wheel, 'pip')];
}

/**
 * All that are found, each filename once.
 *
 * @throws Error when there is none at all: then nothing real can be tried, and that must not pass for a success.
 */
export function realWheels(): RealWheels {
  const bundled = runPython(ENSUREPIP_DIRECTORIES)
    .split('\n')
    .filter((line) => line !== '')
    .flatMap(wheelFiles);
  const debian = wheelFiles(DEBIAN_DIRECTORY);
  const missing = Object.entries(DEBIAN_PACKAGES)
    .filter(([project]) => !debian.some((file) => path.basename(file).startsWith(`${project}-`)))
    .map(([, debianPackage]) => `Debian's ${debianPackage} is not installed (.ci/run installs it)`);
  if (bundled.length === 0) missing.push('this Python has no ensurepip wheels');
  const byName = new Map([...debian, ...bundled].map((file) => [path.basename(file), file]));
  if (byName.size === 0) throw new Error(`no real wheel on this machine: ${missing.join('; ')}`);
  return { wheels: [...byName.values()].map(readWheel), missing };
}
