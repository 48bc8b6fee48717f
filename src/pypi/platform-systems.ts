/** The systems that wheels are built for (PEP 425, 513, 571, 599, 600, 656, 730, 738, 783), and their machines. */

export interface System {
  /** Other names for it, in tags or as people have them. */
  readonly aliases: readonly string[];
  /** Its tags tell the oldest libc or system that they run on. */
  readonly hasVersions: boolean;
  /** Machines, each with what its wheels may be called; null: tags are a release and what follows, of which there is no list. */
  readonly machines: Readonly<Record<string, readonly string[]>> | null;
  /** Names of machines that people use for those of tags. */
  readonly spelt: ReadonlyMap<string, string>;
}

const linux: System = {
  aliases: [],
  hasVersions: false,
  machines: each(
    ...[
      'x86_64',
      'i686',
      'aarch64',
      'armv7l',
      'armv6l',
      'ppc64le',
      'ppc64',
      's390x',
      'riscv64',
      'loongarch64',
    ],
  ),
  spelt: new Map([
    ['amd64', 'x86_64'],
    ['arm64', 'aarch64'],
    ['i386', 'i686'],
  ]),
};

const macos: System = {
  aliases: ['macosx'],
  hasVersions: true,
  machines: {
    arm64: ['arm64', 'universal2'],
    x86_64: ['x86_64', 'universal2', 'intel', 'fat64', 'fat32', 'fat3', 'universal'],
    i386: ['i386', 'intel', 'fat', 'fat32', 'fat3', 'universal'],
    ...each('universal2', 'intel', 'universal', 'fat', 'fat3', 'fat32', 'fat64', 'ppc', 'ppc64'),
  },
  spelt: new Map([
    ['aarch64', 'arm64'],
    ['amd64', 'x86_64'],
  ]),
};

const windows: System = {
  aliases: ['win'],
  hasVersions: false,
  machines: each('32', 'amd64', 'arm64', 'arm32', 'ia64'),
  spelt: new Map([
    ['x86_64', 'amd64'],
    ['aarch64', 'arm64'],
    ['x86', '32'],
  ]),
};

const android: System = {
  aliases: [],
  hasVersions: true,
  machines: each('arm64_v8a', 'armeabi_v7a', 'x86_64', 'x86'),
  spelt: new Map(),
};

const ios: System = {
  aliases: [],
  hasVersions: true,
  machines: {
    iphoneos: ['arm64_iphoneos'],
    iphonesimulator: ['arm64_iphonesimulator', 'x86_64_iphonesimulator'],
    ...each('arm64_iphoneos', 'arm64_iphonesimulator', 'x86_64_iphonesimulator'),
  },
  spelt: new Map(),
};

const other: System = { aliases: [], hasVersions: false, machines: null, spelt: new Map() };

export const SYSTEMS: ReadonlyMap<string, System> = new Map([
  ['any', { ...other, machines: {} }],
  ['linux', linux],
  ['manylinux', { ...linux, hasVersions: true }],
  ['musllinux', { ...linux, hasVersions: true }],
  ['macos', macos],
  ['windows', windows],
  ['android', android],
  ['ios', ios],
  ['emscripten', { ...other, aliases: ['pyodide', 'pyemscripten'] }],
  ...['wasi', 'freebsd', 'openbsd', 'netbsd', 'dragonfly', 'solaris', 'sunos', 'aix', 'cygwin'].map(
    (name): [string, System] => [name, other],
  ),
]);

function each(...names: readonly string[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(names.map((name) => [name, [name]]));
}
