/** Lists of projects with versions, as bandersnatch has them in its configuration and in requirement files. */
import { parseRequirement } from '../pypi/requirement.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { ConfLine } from './conf.ts';

/** A line of such a list. Extras and markers are read over, as bandersnatch does. */
export interface Package {
  readonly name: ProjectName;
  /** Empty: any version. */
  readonly specifier: string;
  /** The line says no more than this. */
  readonly isPlain: boolean;
  readonly line: number;
}

export interface Packages {
  readonly packages: readonly Package[];
  /** Lines at which bandersnatch stops. */
  readonly odd: readonly ConfLine[];
}

/** The lines of a list, comments behind them taken away. */
export function packagesIn(lines: readonly ConfLine[]): Packages {
  const packages: Package[] = [];
  const odd: ConfLine[] = [];
  for (const { text, line } of lines) {
    const written = text.replace(/#.*$/s, '').trim();
    if (written === '') continue;
    const requirement = parseRequirement(written);
    if (requirement === null) odd.push({ text, line });
    else {
      const { name, specifier, extras, marker, url } = requirement;
      packages.push({
        name,
        specifier,
        isPlain: extras.length === 0 && marker === null && url === null,
        line,
      });
    }
  }
  return { packages, odd };
}

/** As `[releases] allow` and `block` have it. */
export function entryOf({ name, specifier }: Package): string {
  return name + specifier;
}

/** What is said of the lines that cannot be read, or null. */
export function oddNote({ odd }: Packages): string | null {
  if (odd.length === 0) return null;
  const lines = odd.map(({ line }) => line).join(', ');
  return `line${odd.length === 1 ? '' : 's'} ${lines} cannot be read, and bandersnatch stops at them`;
}
