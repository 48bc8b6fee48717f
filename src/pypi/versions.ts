/** Which version comes before which, and which two are the same, as PyPI has it. */
import { compareCodePoints } from './json.ts';
import { isPep440, versionKey } from './version-key.ts';

/**
 * PyPI's order of versions, negative, 0 or positive: what is not PEP 440 first, in packaging's legacy order, then
 * PEP 440's own order. 0 for two spellings of one version (`1.0`, `1.0.0`), and for what the legacy order takes as equal.
 */
export function compareVersions(a: string, b: string): number {
  return a === b ? 0 : compareCodePoints(versionKey(a), versionKey(b));
}

/** Whether both name one release: equal by PEP 440, or, when either is not PEP 440, the same text. */
export function sameVersion(a: string, b: string): boolean {
  return a === b || releaseIdentity(a) === releaseIdentity(b);
}

/** A test for "the same version as any of these", as quick for many as for one. */
export function anyOf(versions: Iterable<string>): (version: string) => boolean {
  const identities = new Set([...versions].map(releaseIdentity));
  return identities.size === 0 ? () => false : (version) => identities.has(releaseIdentity(version));
}

/** The legacy order takes different releases as equal (`a-1`, `A.1`), so only PEP 440 decides by its key. */
function releaseIdentity(version: string): string {
  return isPep440(version) ? `=${versionKey(version)}` : `?${version}`;
}
