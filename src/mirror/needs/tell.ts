/** What a run says of needs that are not met, or not known: how many, and some of them by name. Pure. */
import type { RunEvent } from '../../events.ts';
import type { Closure } from './closure.ts';
import type { ReleasesDeps } from './releases.ts';
import { unmetNeeds, unmetRequirements, type VersionsOf } from './report.ts';

/** In one warning. */
const SHOWN_MAX = 5;

/** What is asked for by name and is not there: told when the rules have changed, and counted by `status`. */
export function requirementWarnings(deps: ReleasesDeps): RunEvent[] {
  const unmet = unmetRequirements(deps).map(({ need: { name, specifier, by }, why }) => {
    return `${specifier === '' ? name : `${name} ${specifier}`}, asked for by ${by} (${why})`;
  });
  if (unmet.length === 0) return [];
  const message = `asked for, and not here (${unmet.length}): ${someOf(unmet)}`;
  return [{ type: 'warning', code: 'REQUIREMENTS_UNMET', message }];
}

/** The warnings of a run: with a line each, a large mirror would drown all others. */
export function needsWarnings(deps: ReleasesDeps, { versions, unknown, unasked }: Closure): RunEvent[] {
  const versionsOf: VersionsOf = (name) => versions.get(name) ?? [];
  const unmet = unmetNeeds(deps, versionsOf).map(({ need: { name, specifier, by }, why }) => {
    const what = specifier === '' ? name : `${name} ${specifier}`;
    return `${what}, needed by ${by} (${why})`;
  });
  const unknowns = [...unknown].map(([filename, why]) => `${filename} (${why})`);
  const failed = [...unasked.values()].map(({ filename, error }) => `${filename} (${error.message})`);
  return [
    ...warning('NEEDS_UNMET', 'not met, so that what is mirrored may not be installable', unmet),
    ...warning('NEEDS_UNKNOWN', 'not known, of files', unknowns),
    ...warning('NEEDS_UNKNOWN', 'not known just now, of files that the next run asks about again', failed),
  ];
}

function warning(code: string, what: string, all: readonly string[]): RunEvent[] {
  if (all.length === 0) return [];
  return [{ type: 'warning', code, message: `needs that are ${what} (${all.length}): ${someOf(all)}` }];
}

function someOf(all: readonly string[]): string {
  return all.slice(0, SHOWN_MAX).join('; ') + (all.length > SHOWN_MAX ? '; …' : '');
}
