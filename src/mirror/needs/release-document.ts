/** What the JSON API says that a release needs (`info.requires_dist`). Pure. */
import { JubjubError } from '../../errors.ts';
import { fieldOf } from '../../pypi/fields.ts';
import { isJsonObject, parseJson } from '../../pypi/json.ts';
import { tryNormalizeName } from '../../pypi/names.ts';
import { describe } from '../../pypi/quote.ts';
import type { JsonObject, ProjectName } from '../../pypi/types.ts';
import { sameVersion } from '../../pypi/versions.ts';

export interface ReleaseNeeds {
  /** null: it says nothing, or that the build decides (PEP 643). */
  readonly requiresDist: readonly string[] | null;
  readonly requiresPython: string | null;
}

/**
 * The needs in a release's document.
 *
 * @throws JubjubError UPSTREAM_MALFORMED when it is not that release's.
 */
export function needsInDocument(bytes: Uint8Array, name: ProjectName, version: string): ReleaseNeeds {
  const document = documentOf(bytes, name, version);
  const info = isJsonObject(document) ? fieldOf(document, 'info') : undefined;
  if (!isJsonObject(info)) throw malformed(name, version, 'info', 'an object', info);
  const said = fieldOf(info, 'name');
  if (tryNormalizeName(said) !== name) throw malformed(name, version, 'info.name', name, said);
  const of = fieldOf(info, 'version');
  if (!isInfoOf(info, version)) throw malformed(name, version, 'info.version', version, of);
  return needsInInfo(info);
}

function documentOf(bytes: Uint8Array, name: ProjectName, version: string): unknown {
  try {
    return parseJson(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw malformed(name, version, 'the document', 'a JSON document', undefined);
  }
}

/** Does this `info` speak of a release? That of a project speaks of its newest. */
export function isInfoOf(info: JsonObject, version: string): boolean {
  const of = fieldOf(info, 'version');
  return typeof of === 'string' && sameVersion(of, version);
}

export function needsInInfo(info: JsonObject): ReleaseNeeds {
  const written = fieldOf(info, 'requires_dist');
  const python = fieldOf(info, 'requires_python');
  const dynamic = textsOf(fieldOf(info, 'dynamic')) ?? [];
  const isOpen = dynamic.some((field) => field.toLowerCase() === 'requires-dist');
  return {
    requiresDist: isOpen ? null : textsOf(written),
    requiresPython: typeof python === 'string' ? python : null,
  };
}

function textsOf(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((entry) => typeof entry === 'string');
}

function malformed(
  name: ProjectName,
  version: string,
  part: string,
  expected: string,
  received: unknown,
): JubjubError {
  return new JubjubError(
    'UPSTREAM_MALFORMED',
    `the JSON API document of ${name} ${version} is malformed: ${part}`,
    {
      expected,
      received: describe(received),
      effect: 'what the release needs is not known',
    },
  );
}
