/** The patch releases of a Python that version specifiers can tell apart. */

/**
 * Of a Python known only to its minor version (`3.12`), the patch releases between which clauses over these releases can
 * change their answer: what holds for all of these holds for every patch release. A Python known exactly is its only one.
 */
export function patchesOf(
  python: string,
  releases: Iterable<readonly string[] | null>,
): readonly [string, ...string[]] {
  const [, major, minor] = /^([0-9]+)\.([0-9]+)$/.exec(python) ?? [];
  if (major === undefined || minor === undefined) return [python];
  const patches = new Set([0n, 1n]);
  for (const release of releases) {
    if (release?.[0] !== major || (release[1] ?? '0') !== minor) continue;
    const patch = BigInt(release[2] ?? '0');
    for (const near of [patch - 1n, patch, patch + 1n]) if (near >= 0n) patches.add(near);
  }
  patches.delete(0n);
  return [`${python}.0`, ...[...patches].map((patch) => `${python}.${patch}`)];
}
