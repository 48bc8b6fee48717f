/** Counts what was looked at of a site, and what was found. */
import type { SiteFinding, SiteKind } from './findings.ts';

export class SiteTally {
  projects = 0;
  files = 0;
  bytes = 0;
  sidecars = 0;
  /** Files that pages link to elsewhere: not looked at. */
  external = 0;
  damage = 0;
  warnings = 0;
  readonly found = new Map<SiteKind, number>();

  add({ kind, severity }: SiteFinding): void {
    this.found.set(kind, (this.found.get(kind) ?? 0) + 1);
    if (severity === 'damage') this.damage += 1;
    else this.warnings += 1;
  }
}
