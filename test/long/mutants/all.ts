/** Every mutant. */
import { BYTES } from './bytes.ts';
import { FLUSHES } from './flushes.ts';
import { FOUND } from './found.ts';
import type { Mutant } from './mutant.ts';
import { ORDER } from './order.ts';
import { OWED } from './owed.ts';
import { TAKEDOWNS } from './takedowns.ts';
import { TRUTH } from './truth.ts';

export const MUTANTS: readonly Mutant[] = [
  ...ORDER,
  ...FLUSHES,
  ...BYTES,
  ...TRUTH,
  ...TAKEDOWNS,
  ...OWED,
  ...FOUND,
];
