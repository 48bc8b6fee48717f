/** Which faults were really hit at which steps and requests: counted while seeds are played, added up, shown as tables. */
import type { RecordTable } from '../../long/record.ts';
import { groupsOfFault, NETWORK_FAULTS } from './fault-groups.ts';
import { REQUEST_GROUPS } from './request-groups.ts';
import { STEP_KINDS, type StepKind } from './step-kinds.ts';

/** What may be done to a run at one of its steps. */
export const STEP_FAULTS = [
  'kill',
  'power cut',
  'hang',
  'SIGTERM',
  'EIO',
  'ENOSPC',
  'EMFILE',
  'EACCES',
  'EROFS',
  'short write',
  'slow',
] as const;

export type StepFault = (typeof STEP_FAULTS)[number];

/** How often, by `<fault>@<step or request>`; plain numbers, so that they can be sent between threads. */
export type Counts = Record<string, number>;

export class Coverage {
  readonly counts: Counts = {};

  /** Counts one more of something. */
  add(what: string, where: string, times = 1): void {
    const key = `${what}@${where}`;
    this.counts[key] = (this.counts[key] ?? 0) + times;
  }

  /** Adds what another one has counted. */
  addAll(counts: Counts): void {
    for (const [key, count] of Object.entries(counts)) this.counts[key] = (this.counts[key] ?? 0) + count;
  }

  of(what: string, where: string): number {
    return this.counts[`${what}@${where}`] ?? 0;
  }
}

/** Calls that fail with only some errors: the kernel has no other for them (EROFS for a read), or they are no calls (SQLite's own). */
export function impossible(fault: StepFault, step: StepKind): string | null {
  if (step === 'commit' || step === 'catalogue write')
    return fault === 'kill' || fault === 'power cut' || fault === 'SIGTERM'
      ? null
      : 'SQLite makes its own calls';
  if (fault === 'short write')
    return step === 'stage' || step === 'audit' ? null : 'nothing is written there';
  return null;
}

/** What the network may do, as the catalogue of faults has it, and what storms and tests add. */
function networkFaults({ counts }: Coverage): string[] {
  const met = Object.keys(counts).flatMap((key) => {
    const [what = '', where = ''] = key.split('@');
    return (REQUEST_GROUPS as readonly string[]).includes(where) && what !== 'request' ? [what] : [];
  });
  return [...new Set([...NETWORK_FAULTS, ...met.sort()])];
}

/** Faults by steps, and network faults by requests. */
export function coverageTables(coverage: Coverage): RecordTable[] {
  const ofFault = (fault: string) =>
    REQUEST_GROUPS.map((group) => (groupsOfFault(fault).includes(group) ? coverage.of(fault, group) : '–'));
  return [
    {
      title: 'Faults at the steps of a run, and how often each was hit',
      columns: ['step', 'steps made', ...STEP_FAULTS],
      rows: STEP_KINDS.map((step) => [
        step,
        coverage.of('step', step),
        ...STEP_FAULTS.map((fault) => (impossible(fault, step) === null ? coverage.of(fault, step) : '–')),
      ]),
    },
    {
      title: 'Faults of the network, by what was asked for',
      columns: ['fault', ...REQUEST_GROUPS],
      rows: [
        ['(all requests)', ...REQUEST_GROUPS.map((group) => coverage.of('request', group))],
        ...networkFaults(coverage).map((fault) => [fault, ...ofFault(fault)]),
      ],
    },
  ];
}

/** Cells that could have been hit and never were. */
export function holes(coverage: Coverage): string[] {
  const ofSteps = STEP_KINDS.flatMap((step) =>
    STEP_FAULTS.filter((fault) => impossible(fault, step) === null && coverage.of(fault, step) === 0).map(
      (fault) => `${fault} at: ${step}`,
    ),
  );
  const ofRequests = networkFaults(coverage).flatMap((fault) =>
    groupsOfFault(fault)
      .filter((group) => coverage.of(fault, group) === 0)
      .map((group) => `${fault} of: ${group}`),
  );
  return [...ofSteps, ...ofRequests];
}

/** A table as text with aligned columns. */
export function tableText({ title, columns, rows }: RecordTable): string {
  const cells = [columns, ...rows].map((row) => row.map(String));
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  );
  return [`${title}:`, ...lines.map((line) => `  ${line}`)].join('\n');
}
