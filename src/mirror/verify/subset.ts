/** Parts of a mirror, for trees that take longer than a night: each thing belongs to exactly one part of `of`. Pure. */
import { sha256Of } from '../../pypi/digests.ts';

/** Part `part` of `of`; counted from 1. */
export interface Part {
  readonly part: number;
  readonly of: number;
}

export const PARTS_MAX = 10_000;

/** `"2/7"`; null for anything that is no part of something. */
export function parsePart(text: string): Part | null {
  const match = /^([1-9]\d{0,4})\/([1-9]\d{0,4})$/.exec(text);
  const [part, of] = [Number(match?.[1]), Number(match?.[2])];
  return part <= of && of <= PARTS_MAX ? { part, of } : null;
}

export function partText({ part, of }: Part): string {
  return `${part}/${of}`;
}

/** By hash, so that new projects change nothing for the others, and a large one is anywhere. `key` is a name or a path. */
export function isInPart(key: string, subset: Part | null): boolean {
  if (subset === null) return true;
  return Number.parseInt(sha256Of(key).slice(0, 8), 16) % subset.of === subset.part - 1;
}

/** The first part has what belongs to no project: the database, the root index, what is staged. */
export function hasTheRest(subset: Part | null): boolean {
  return subset === null || subset.part === 1;
}
