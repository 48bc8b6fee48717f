/** The projects that an operator names with `--project`: they must be names, and selected. Pure. */
import { JubjubError } from '../errors.ts';
import { normalizeName } from '../pypi/names.ts';
import type { ProjectName } from '../pypi/types.ts';
import type { Drop } from '../selection/verdict.ts';

/**
 * Each project once, in whatever spellings it was named.
 *
 * @throws USAGE_INVALID for the first that cannot be synced; to be called before anything is touched.
 */
export function namedProjects(
  dropOf: (name: ProjectName) => Drop | null,
  raws: readonly string[],
): ProjectName[] {
  return [...new Set(raws.map((raw) => namedProject(dropOf, raw)))];
}

function namedProject(dropOf: (name: ProjectName) => Drop | null, raw: string): ProjectName {
  const usage = (message: string, hint: string) =>
    new JubjubError('USAGE_INVALID', message, { received: raw, effect: 'nothing was touched', hint });
  let name: ProjectName;
  try {
    name = normalizeName(raw);
  } catch {
    throw usage('--project wants the name of a project', 'letters, digits, and - _ . in between');
  }
  const drop = dropOf(name);
  if (drop !== null)
    throw usage(`the configuration does not select ${name}`, `${drop.rule} leaves it out: ${drop.why}`);
  return name;
}
