/** A mutant: one known way to do the wrong thing, as a change of the source text. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaces a text that stands exactly once in a file. */
export interface Edit {
  /** From the root of the checkout. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** As the contract numbers them. */
export type PromiseId = 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7' | 'P8' | 'P9' | 'trash' | 'audit';

export interface Mutant {
  readonly id: string;
  /** What it does, as a sentence without its end. */
  readonly what: string;
  /** What it breaks. */
  readonly promise: PromiseId;
  readonly edits: readonly Edit[];
  /** The simulation that is known to notice it soonest, and is tried first; see killers.ts. */
  readonly seenBy?: string;
  /** The seed of the storm that found it; it is tried before all others. */
  readonly seed?: number;
  /** Tests of single parts that notice it, too. */
  readonly unit?: readonly string[];
  /** Why no simulation can notice it: what the simulated world does not have. Then a test of single parts has to. */
  readonly beyond?: string;
  /** Why no test can notice it: what it takes away something else holds, too. Such a mutant is told of, and not played. */
  readonly equivalent?: string;
}

/** The texts of the files that a mutant changes, by name. @throws when it does not apply any more */
export function mutate(root: string, { id, edits }: Mutant): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8');
    const parts = text.split(find);
    if (parts.length !== 2) {
      const times = parts.length === 1 ? 'is not' : `stands ${parts.length - 1} times`;
      throw new Error(`mutant ${id} no longer applies: its text ${times} in ${file}:\n${find}`);
    }
    texts.set(file, parts.join(replace));
  }
  return texts;
}

/** Changes the files of a checkout; returns what puts them back. */
export function applyMutant(root: string, mutant: Mutant): () => void {
  const changed = mutate(root, mutant);
  const originals = [...changed.keys()].map((file) => [file, readFileSync(join(root, file))] as const);
  for (const [file, text] of changed) writeFileSync(join(root, file), text);
  return () => {
    for (const [file, bytes] of originals) writeFileSync(join(root, file), bytes);
  };
}
