/** Puts what became of mutants into the fault record, each as soon as it is known: all of them take hours, in several goes if need be. */
import { type RecordTable, readRecord, today, writeRecord } from '../record.ts';
import { MUTANTS } from './all.ts';
import type { Hunted, Kill } from './hunt.ts';
import type { Mutant } from './mutant.ts';

type Row = readonly (string | number)[];

const SURVIVED = '**survived**';
/** The column that says what killed it, in each of the two tables. */
const KILLER = { simulated: 2, beyond: 3 } as const;

function testText({ file, test }: Kill): string {
  return `\`${file}\`: ${test}`;
}

function simulatedRow({ mutant, kill, unitKill }: Hunted): Row {
  const seconds = kill === null ? '' : `${kill.seconds.toFixed(1)} s`;
  const killer = kill === null ? SURVIVED : testText(kill);
  return [mutant.what, mutant.promise, killer, seconds, unitKill === null ? '' : `\`${unitKill.file}\``];
}

function beyondRow({ mutant, unitKill }: Hunted): Row {
  const killer = unitKill === null ? SURVIVED : testText(unitKill);
  return [mutant.what, mutant.promise, mutant.beyond ?? '', killer];
}

const isBeyond = ({ beyond }: Mutant) => beyond !== undefined;

/** What is recorded of mutants that there still are, by what they do: the rows of one of the tables. */
function recorded(at: 0 | 1): Map<string, Row> {
  const wanted = MUTANTS.filter(
    (mutant) => mutant.equivalent === undefined && isBeyond(mutant) === (at === 1),
  );
  const known = new Set(wanted.map(({ what }) => what));
  const rows: readonly Row[] = readRecord('mutants')?.tables?.[at]?.rows ?? [];
  return new Map(rows.flatMap((row) => (known.has(String(row[0])) ? [[String(row[0]), row]] : [])));
}

const survivors = (rows: Iterable<Row>, killer: number) =>
  [...rows].filter((row) => row[killer] === SURVIVED).length;

/** Those that are recorded as killed, by what they do. */
export function killedBefore(): ReadonlySet<string> {
  const killed = ([, row]: [string, Row]) => !row.includes(SURVIVED);
  return new Set([...recorded(0), ...recorded(1)].filter(killed).map(([what]) => what));
}

export class Recorder {
  readonly #simulated = recorded(0);
  readonly #beyond = recorded(1);

  /** One that was played by itself takes the place of its row; the others stay. */
  add(one: Hunted): void {
    const { mutant } = one;
    if (mutant.equivalent !== undefined) return;
    if (isBeyond(mutant)) this.#beyond.set(mutant.what, beyondRow(one));
    else this.#simulated.set(mutant.what, simulatedRow(one));
    this.#write();
  }

  #write(): void {
    const [simulated, beyond] = [[...this.#simulated.values()], [...this.#beyond.values()]];
    const equivalents = MUTANTS.filter(({ equivalent }) => equivalent !== undefined);
    const lost = {
      simulated: survivors(simulated, KILLER.simulated),
      beyond: survivors(beyond, KILLER.beyond),
    };
    writeRecord({
      id: 'mutants',
      command: 'npm run mutants -- --record',
      date: today(),
      facts: [
        ['mutants in all', MUTANTS.length],
        ['mutants played', simulated.length + beyond.length],
        ['killed by a simulation', simulated.length - lost.simulated],
        ['killed by a test of single parts, for what is not simulated', beyond.length - lost.beyond],
        ['survivors', lost.simulated + lost.beyond],
        ['known to change nothing, and not played', equivalents.length],
      ],
      tables: tablesOf(simulated, beyond, equivalents),
    });
  }
}

function tablesOf(
  simulated: readonly Row[],
  beyond: readonly Row[],
  equivalents: readonly Mutant[],
): readonly RecordTable[] {
  return [
    {
      title: 'The mutants played, and which simulation noticed each first',
      columns: ['What it does', 'Breaks', 'Killed by', 'After', 'Also by'],
      rows: simulated,
    },
    {
      title: 'Mutants of what is not simulated, and the test that notices them',
      columns: ['What it does', 'Breaks', 'Why no simulation can tell', 'Killed by'],
      rows: beyond,
    },
    {
      title: 'Mutants that change nothing, and why',
      columns: ['What it does', 'Why nothing breaks'],
      rows: equivalents.map(({ what, equivalent = '' }) => [what, equivalent]),
    },
  ];
}
