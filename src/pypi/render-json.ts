/** The JSON page of a project (PEP 691), as PyPI writes it: what upstream said, with our links. */
import { offeredFiles } from './detail.ts';
import { advertisedCoreMetadata } from './detail-file.ts';
import { fieldOf } from './fields.ts';
import { canonicalJson, isJsonObject } from './json.ts';
import type { Place, Placement } from './placement.ts';
import type { Detail, DistFile, JsonObject, JsonValue } from './types.ts';

/**
 * The page's text: compact, keys sorted by code point, one trailing LF. Files and versions stay in upstream's order,
 * unknown keys are carried through. Files that `place` leaves out, and all of a quarantined project, are not listed.
 */
export function renderDetailJson(detail: Detail, place: Place): string {
  const files = offeredFiles(detail).flatMap((file) => {
    const placement = place(file);
    return placement === null ? [] : [fileEntry(file, placement)];
  });
  // `raw.meta` already has the serial as an integer, whichever form it came in.
  return `${canonicalJson({ ...detail.raw, name: detail.name, files })}\n`;
}

function fileEntry(file: DistFile, placement: Placement): JsonObject {
  const coreMetadata = placement.coreMetadata ? advertised(file) : false;
  const hashes = fieldOf(file.raw, 'hashes');
  return {
    ...file.raw,
    ...(isJsonObject(hashes) ? { hashes: withSha256(hashes, file.sha256) } : {}),
    url: placement.href,
    'core-metadata': coreMetadata,
    // PEP 714: the legacy key must say the same.
    'dist-info-metadata': coreMetadata,
    // What PyPI writes in its place (protocol trap 34).
    ...(Object.hasOwn(file.raw, 'data-dist-info-metadata')
      ? { 'data-dist-info-metadata': coreMetadata }
      : {}),
  };
}

function advertised(file: DistFile): JsonValue {
  const value = advertisedCoreMetadata(file.raw) ?? false;
  return isJsonObject(value) ? withSha256(value, file.coreMetadata?.sha256 ?? null) : value;
}

/** Some clients compare digests as text: ours are lower case, however upstream wrote them. */
function withSha256(digests: JsonObject, sha256: string | null): JsonObject {
  return sha256 === null ? digests : { ...digests, sha256 };
}
