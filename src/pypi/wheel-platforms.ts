/** Platform tags of wheels, and the families of them that operators name. */
import { SYSTEMS } from './platform-systems.ts';
import { remembered } from './remembered.ts';
import { isTagGlob, matchesGlob } from './tag-glob.ts';

/** A platform tag taken apart; what an operator writes is one with parts left out. */
export interface Platform {
  /** One of SYSTEMS. */
  readonly system: string;
  /** The oldest libc or system that it runs on; of what an operator writes, the newest. Null: none is named. */
  readonly version: readonly [number, number] | null;
  /** Null: none is named. */
  readonly machine: string | null;
}

const SYSTEM_BY_NAME: ReadonlyMap<string, string> = new Map(
  [...SYSTEMS].flatMap(([system, { aliases }]) =>
    [system, ...aliases].map((name) => [name, system] as const),
  ),
);

/** What operators can write, versions and globs aside: to find what a misspelling was meant to be. */
export const PLATFORM_NAMES: readonly string[] = [...SYSTEMS].flatMap(([system, { aliases, machines }]) => [
  system,
  ...aliases.filter((alias) => alias !== 'win'),
  ...Object.keys(machines ?? {}).map((machine) => nameOf(system, machine)),
]);

function nameOf(system: string, machine: string): string {
  if (system !== 'windows') return `${system}_${machine}`;
  return machine === '32' ? 'win32' : `win_${machine}`;
}

/** The names that manylinux had before PEP 600, as it explains them. */
const OLD_MANYLINUX = /^manylinux_?(1|2010|2014)(?=_[a-z]|$)/;
const GLIBC: Readonly<Record<string, string>> = { 1: '2_5', 2010: '2_12', 2014: '2_17' };

/** A name, then a version, then a machine; only `win32` has no separator. */
const TAG = /^([a-z]+?)(?:_?(32)|(?:_([0-9]{1,9})(?:_([0-9]{1,9}))?[0-9_]*)?(?:_([a-z].*))?)$/;

/** There are some thousand different tags on PyPI. */
const TAGS_MAX = 5_000;

/** A tag taken apart; null for one of no known system. */
export const readPlatform = remembered(TAGS_MAX, (text: string): Platform | null => {
  const tag = text
    .trim()
    .toLowerCase()
    .replace(/[-.]/g, '_')
    .replace(OLD_MANYLINUX, (_old, number: string) => `manylinux_${GLIBC[number]}`);
  const [, name = '', bits, major, minor, rest] = TAG.exec(tag) ?? [];
  const system = SYSTEM_BY_NAME.get(name);
  const described = SYSTEMS.get(system ?? '');
  if (system === undefined || described === undefined) return null;
  if (described.machines === null)
    return { system, version: null, machine: tag.slice(name.length + 1) || null };
  const machine = bits ?? rest ?? null;
  return {
    system,
    version: major === undefined ? null : [Number(major), minor === undefined ? Infinity : Number(minor)],
    machine: described.spelt.get(machine ?? '') ?? machine,
  };
});

/** What an operator writes for a platform, taken apart; null for what is none that we know, machine and version included. */
export function readFamily(entry: string): Platform | null {
  const family = readPlatform(entry);
  const system = SYSTEMS.get(family?.system ?? '');
  if (family === null || system === undefined) return null;
  const { version, machine } = family;
  if (version !== null && !system.hasVersions) return null;
  if (machine === null) return family;
  // Of systems without a list, tags begin with a release: `freebsd_14_1_release_amd64`.
  if (system.machines === null) return /^[0-9]/.test(machine) ? family : null;
  return Object.hasOwn(system.machines, machine) ? family : null;
}

/**
 * A test for the platform tags of wheels against what an operator writes: a family (`linux_x86_64`, `musllinux`, `macos_arm64`), one up
 * to a version (`manylinux_2_28_x86_64`: what runs on glibc 2.28), or a glob over tags as they stand in file names
 * (`manylinux*_aarch64`). Null for what is no platform; PLATFORM_NAMES has those that are.
 */
export function platformTest(entry: string): ((tag: string) => boolean) | null {
  const written = entry.trim().toLowerCase();
  if (isTagGlob(written)) return (tag) => matchesGlob(written, tag.toLowerCase());
  const family = readFamily(written);
  if (family === null) return null;
  return (tag) => {
    const platform = readPlatform(tag);
    return platform !== null && isOfSystem(platform, family) && isOfMachine(platform, family);
  };
}

function isOfSystem({ system, version }: Platform, family: Platform): boolean {
  const isLinux = family.system === 'linux' && /^(?:many|musl)linux$/.test(system);
  if (!isLinux && system !== family.system) return false;
  if (family.version === null) return true;
  if (version === null) return false;
  const [major, minor] = family.version;
  return version[0] < major || (version[0] === major && version[1] <= minor);
}

function isOfMachine({ machine }: Platform, family: Platform): boolean {
  if (family.machine === null) return true;
  if (machine === null) return false;
  const names = SYSTEMS.get(family.system)?.machines?.[family.machine];
  return names?.includes(machine) ?? (machine === family.machine || machine.startsWith(`${family.machine}_`));
}
