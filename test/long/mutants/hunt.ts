/** Plays one mutant after the other to the simulations until one of them says what broke. */
import { type Killer, play, storm, unitKiller, type Verdict } from './killers.ts';
import type { Mutant } from './mutant.ts';
import { Workshop } from './workshop.ts';

export interface Kill {
  readonly killer: string;
  readonly file: string;
  /** The test, or the seed. */
  readonly test: string;
  /** What it said. */
  readonly why: string;
  /** From the first killer's beginning. */
  readonly seconds: number;
}

/** What became of a mutant. */
export interface Hunted {
  readonly mutant: Mutant;
  /** It is no program: nothing was shown. */
  readonly compileErrors: string | null;
  /** The simulation that noticed it; null: none did. */
  readonly kill: Kill | null;
  /** What the others said: `alive`, `late`, or why they fell over without showing anything. */
  readonly others: readonly string[];
  /** The test of single parts that noticed it; null when none did, or none was named. */
  readonly unitKill: Kill | null;
}

/** Did the right kind of test notice it? */
export function isKilled({ mutant, kill, unitKill }: Hunted): boolean {
  return (mutant.beyond === undefined ? kill : unitKill) !== null;
}

export interface HuntOptions {
  readonly jobs: number;
  /** Also the tests of single parts. */
  readonly withUnit: boolean;
  readonly onHunted: (hunted: Hunted) => void;
}

/** The checkout as it is: whoever is red there would kill anything, and shows nothing. */
export class Control {
  readonly #workshop = new Workshop();
  readonly #played = new Map<Killer, Promise<Verdict>>();

  /** @throws when the checkout does not compile */
  async build(): Promise<void> {
    const errors = await this.#workshop.build();
    if (errors !== null) throw new Error(`the checkout does not compile:\n${errors}`);
  }

  /** Played once, and only when it has killed something. */
  async isSound(killer: Killer): Promise<boolean> {
    const known = [...this.#played].find(([{ id }]) => id === killer.id);
    const verdict = known?.[1] ?? play(this.#workshop, killer);
    if (known === undefined) this.#played.set(killer, verdict);
    return (await verdict).kind === 'alive';
  }

  /** What is red without a mutant, and what it says. */
  async red(): Promise<readonly string[]> {
    const verdicts = await Promise.all(
      [...this.#played].map(async ([{ id, file }, verdict]) => ({ id, file, verdict: await verdict })),
    );
    return verdicts.flatMap(({ id, file, verdict }) =>
      verdict.kind === 'alive' ? [] : [`${id} (${file}): ${told(verdict)}`],
    );
  }

  close(): void {
    this.#workshop.close();
  }
}

/** Hunts mutants, `jobs` at a time, each in a copy of its own. */
export async function hunt(
  mutants: readonly Mutant[],
  simulations: readonly Killer[],
  control: Pick<Control, 'isSound'>,
  { jobs, withUnit, onHunted }: HuntOptions,
): Promise<readonly Hunted[]> {
  const waiting = [...mutants];
  const hunted: Hunted[] = [];
  const worker = async () => {
    const workshop = new Workshop();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const one = await huntOne({ workshop, control }, mutant, simulations, withUnit);
        onHunted(one);
        hunted.push(one);
      }
    } finally {
      workshop.close();
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return mutants.flatMap((mutant) => hunted.filter((one) => one.mutant === mutant));
}

/** Where mutants are made, and what they are held against. */
interface Ground {
  readonly workshop: Workshop;
  readonly control: Pick<Control, 'isSound'>;
}

function huntOne(
  ground: Ground,
  mutant: Mutant,
  simulations: readonly Killer[],
  withUnit: boolean,
): Promise<Hunted> {
  const { workshop } = ground;
  return workshop.asMutant(mutant, async () => {
    const compileErrors = await workshop.build();
    if (compileErrors !== null) return { mutant, compileErrors, kill: null, others: [], unitKill: null };
    const isBeyond = mutant.beyond !== undefined;
    const { kill, others } = await firstKill(ground, isBeyond ? [] : inOrder(mutant, simulations));
    const units = withUnit || isBeyond ? (mutant.unit ?? []).map(unitKiller) : [];
    const { kill: unitKill } = await firstKill(ground, units);
    return { mutant, compileErrors, kill, others, unitKill };
  });
}

/** The one that is known to notice it first: the others would take minutes to say nothing. */
function inOrder({ seed, seenBy }: Mutant, simulations: readonly Killer[]): readonly Killer[] {
  const isFirst = ({ id }: Killer) => id === seenBy;
  const found = seed === undefined ? [] : [storm(`seed ${seed}`, seed, 1)];
  return [...found, ...simulations.filter(isFirst), ...simulations.filter((killer) => !isFirst(killer))];
}

async function firstKill(
  { workshop, control }: Ground,
  killers: readonly Killer[],
): Promise<{ readonly kill: Kill | null; readonly others: readonly string[] }> {
  const startedMs = performance.now();
  const others: string[] = [];
  for (const killer of killers) {
    const verdict = await play(workshop, killer);
    const seconds = (performance.now() - startedMs) / 1000;
    if (verdict.kind !== 'killed') others.push(`${killer.id}: ${told(verdict)}`);
    else if (!(await control.isSound(killer))) others.push(`${killer.id}: is red without a mutant`);
    else {
      const { test, why } = verdict;
      return { kill: { killer: killer.id, file: killer.file, test, why, seconds }, others };
    }
  }
  return { kill: null, others };
}

function told(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'alive':
      return 'noticed nothing';
    case 'late':
      return 'did not end in its time';
    case 'died':
      return `fell over: ${verdict.why}`;
    case 'killed':
      return `${verdict.test}: ${verdict.why}`;
  }
}
