/** A PEP 440 version taken apart, and written again in the one spelling that PEP 440 gives it. */
import { parse } from '@renovatebot/pep440';
import { isPep440 } from './version-key.ts';

/** Numbers are digits without leading zeros: JavaScript's own are not exact beyond 2^53, and dates with seconds are longer. */
export interface VersionParts {
  readonly epoch: string;
  readonly release: readonly string[];
  /** `a1`, `b2`, `rc0`. */
  readonly pre: string | null;
  readonly post: string | null;
  readonly dev: string | null;
  /** Lower case, its labels joined by dots. */
  readonly local: string | null;
}

/** Null for what is not PEP 440. */
export function partsOf(version: string): VersionParts | null {
  if (!isPep440(version)) return null;
  const [released = '', local] = version.trim().split('+');
  // The library gets the numbers' places in a list, and the digits are taken from there: see version-key.ts.
  const digits = [''];
  const parsed = parse(released.replace(/[0-9]+/g, (run) => String(digits.push(run) - 1)));
  if (parsed === null) return null;
  const number = (place: unknown) => withoutLeadingZeros(digits[Number(place)] ?? '');
  const { epoch, release, pre, post, dev } = parsed;
  return {
    epoch: number(epoch),
    release: release.map(number),
    pre: pre === null ? null : `${pre[0]}${number(pre[1])}`,
    post: post === null ? null : number(post[1]),
    dev: dev === null ? null : number(dev[1]),
    local: local === undefined ? null : normalizeLocal(local),
  };
}

/** The version as PEP 440 normalizes it; zeros at the end of the release stay. */
export function writtenVersion({ epoch, release, pre, post, dev, local }: VersionParts): string {
  return [
    epoch === '0' ? '' : `${epoch}!`,
    release.join('.'),
    pre ?? '',
    post === null ? '' : `.post${post}`,
    dev === null ? '' : `.dev${dev}`,
    local === null ? '' : `+${local}`,
  ].join('');
}

/** PEP 440: alphas, betas, candidates and development releases, also those of a post-release. */
export function isPrereleaseOf({ pre, dev }: VersionParts): boolean {
  return pre !== null || dev !== null;
}

function normalizeLocal(local: string): string {
  const labels = local.toLowerCase().split(/[-_.]/);
  return labels.map((label) => (/^[0-9]+$/.test(label) ? withoutLeadingZeros(label) : label)).join('.');
}

function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, '') || '0';
}
