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
    ...legacyTwins(file, coreMetadata),
  };
}

/**
 * PEP 714: where the legacy key, or what PyPI writes in its place (protocol trap 34), is there, it must say the same.
 * It is never added: pip 22.3 to 23.0 fail on every page whose JSON has `dist-info-metadata`, which is why PEP 714
 * renamed it. Debian 12 ships such a pip.
 */
function legacyTwins(file: DistFile, coreMetadata: JsonValue): JsonObject {
  const twins = ['dist-info-metadata', 'data-dist-info-metadata'].filter((key) =>
    Object.hasOwn(file.raw, key),
  );
  return Object.fromEntries(twins.map((key) => [key, coreMetadata]));
}

function advertised(file: DistFile): JsonValue {
  const value = advertisedCoreMetadata(file.raw) ?? false;
  return isJsonObject(value) ? withSha256(value, file.coreMetadata?.sha256 ?? null) : value;
}

/** Some clients compare digests as text: ours are lower case, however upstream wrote them. */
function withSha256(digests: JsonObject, sha256: string | null): JsonObject {
  return sha256 === null ? digests : { ...digests, sha256 };
}
