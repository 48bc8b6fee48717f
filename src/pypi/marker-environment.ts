/** What is known of a Python on a platform, in the variables of environment markers (PEP 508). */
import type { MarkerVariables } from './marker.ts';
import { type Platform, readFamily } from './wheel-platforms.ts';

const PYTHON = /^([0-9]+\.[0-9]+)(\.[0-9]+(?:(?:a|b|rc)[0-9]+)?)?$/;

/** What Python says of itself on each system; `os.name` and `sys.platform` first. A number may follow some names, so that nobody knows those. */
const SYSTEMS: Readonly<Record<string, MarkerVariables>> = {
  linux: { os_name: 'posix', sys_platform: 'linux', platform_system: 'Linux' },
  macos: { os_name: 'posix', sys_platform: 'darwin', platform_system: 'Darwin' },
  windows: { os_name: 'nt', sys_platform: 'win32', platform_system: 'Windows' },
  android: { os_name: 'posix', sys_platform: 'android', platform_system: 'Android' },
  ios: { os_name: 'posix', sys_platform: 'ios' },
  emscripten: { os_name: 'posix', sys_platform: 'emscripten', platform_system: 'Emscripten' },
  freebsd: { os_name: 'posix', platform_system: 'FreeBSD' },
  openbsd: { os_name: 'posix', platform_system: 'OpenBSD' },
  netbsd: { os_name: 'posix', platform_system: 'NetBSD' },
  aix: { os_name: 'posix', sys_platform: 'aix', platform_system: 'AIX' },
};

/** Machines as `platform.machine()` has them. A 32-bit Python names its kernel, which is often a 64-bit one: nobody knows those. */
const MACHINES: Readonly<Record<string, readonly string[]>> = {
  linux: ['x86_64', 'aarch64', 'ppc64le', 'ppc64', 's390x', 'riscv64', 'loongarch64'],
  macos: ['x86_64', 'arm64'],
  windows: ['amd64', 'arm64'],
};

/**
 * What is known of CPython of a version (`3.12`, `3.12.4`) on a platform, a tag as wheels have (`linux_x86_64`,
 * `macos_arm64`, `win_amd64`); null when the platform is not one of those.
 */
export function markerVariables(python: string, platform: string): MarkerVariables | null {
  const [, minor, patch] = PYTHON.exec(python) ?? [];
  const read = readFamily(platform);
  const system = read === null ? undefined : SYSTEMS[systemOf(read)];
  if (minor === undefined || read === null || system === undefined) return null;
  const machine = machineOf(read);
  return {
    ...system,
    ...(machine === null ? {} : { platform_machine: machine }),
    python_version: minor,
    ...(patch === undefined ? {} : { python_full_version: python, implementation_version: python }),
    implementation_name: 'cpython',
    platform_python_implementation: 'CPython',
  };
}

function systemOf({ system }: Platform): string {
  return system === 'manylinux' || system === 'musllinux' ? 'linux' : system;
}

function machineOf(platform: Platform): string | null {
  const { system, machine } = platform;
  if (system === 'emscripten') return 'wasm32';
  if (machine === null || MACHINES[systemOf(platform)]?.includes(machine) !== true) return null;
  return system === 'windows' ? machine.toUpperCase() : machine;
}
