/** Counts what a verify has looked at, found and mended, and keeps its first findings. */
import { FINDINGS_KEPT_MAX, type Standing } from './cursor.ts';
import { type DamageKind, type Finding, noDamage, type VerifyStep } from './damage.ts';
import type { ProjectLook, VerifyDeps } from './options.ts';
import type { Checked } from './report.ts';

type Numbers = { -readonly [K in keyof Checked]: number };

/** Of more files without a row than this the rest look like orphans: the list must not grow without end. */
const CLAIMED_MAX = 100_000;

export class Ledger {
  readonly checked: Numbers = {
    projects: 0,
    pages: 0,
    files: 0,
    bytes: 0,
    beingSynced: 0,
    asked: 0,
    unanswered: 0,
    absent: 0,
    newer: 0,
  };
  readonly damage: Record<DamageKind, number> = noDamage();
  readonly repaired: Record<DamageKind, number> = noDamage();
  readonly claimed = new Set<string>();
  readonly findings: Finding[] = [];
  pending = 0;
  readonly #tell: VerifyDeps['tell'];

  constructor(tell: VerifyDeps['tell']) {
    this.#tell = tell;
  }

  /** Takes over what an interrupted verify has left, and tells its findings again. */
  resume(standing: Standing): void {
    Object.assign(this.checked, standing.checked);
    Object.assign(this.damage, standing.damage);
    Object.assign(this.repaired, standing.repaired);
    this.pending = standing.pending;
    for (const path of standing.claimed) this.claimed.add(path);
    for (const finding of standing.findings) {
      this.findings.push(finding);
      this.#tell({ type: 'finding', ...finding });
    }
  }

  standing(at: Pick<Standing, 'step' | 'after' | 'owed' | 'durationMs'>): Standing {
    return {
      ...at,
      checked: { ...this.checked },
      damage: { ...this.damage },
      repaired: { ...this.repaired },
      pending: this.pending,
      findings: [...this.findings],
      claimed: [...this.claimed],
    };
  }

  found(findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.damage[finding.kind] += 1;
      if (this.findings.length < FINDINGS_KEPT_MAX) this.findings.push(finding);
      this.#tell({ type: 'finding', ...finding });
    }
  }

  mended(findings: readonly Finding[]): void {
    for (const finding of findings) {
      this.repaired[finding.kind] += 1;
      this.#tell({ type: 'repaired', ...finding });
    }
  }

  looked({ pages, files, bytes, claimed }: ProjectLook): void {
    this.checked.projects += 1;
    this.checked.pages += pages;
    this.checked.files += files;
    this.checked.bytes += bytes;
    for (const path of claimed) if (this.claimed.size < CLAIMED_MAX) this.claimed.add(path);
  }

  progress(step: VerifyStep, done: number, total: number | null): void {
    this.#tell({ type: 'progress', step, done, total, bytes: this.checked.bytes });
  }

  get damaged(): number {
    return sum(this.damage);
  }

  get unrepaired(): number {
    return this.damaged - sum(this.repaired);
  }
}

function sum(counts: Readonly<Record<DamageKind, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
