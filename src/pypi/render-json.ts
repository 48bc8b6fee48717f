/** The JSON page of a project (PEP 691), as PyPI writes it: what upstream said, with our links. */
import { offeredFiles } from './detail.ts';
import { advertisedCoreMetadata, CORE_METADATA_KEYS } from './detail-file.ts';
import { fieldOf } from './fields.ts';
import { fileVersions } from './file-versions.ts';
import { canonicalJson, isJsonObject } from './json.ts';
import type { Place, Placement } from './placement.ts';
import { inPypiOrder } from './pypi-order.ts';
import type { Detail, DistFile, JsonObject, JsonValue } from './types.ts';
import { versionKey } from './version-key.ts';

/**
 * The page's text: compact, keys sorted by code point, one trailing LF; files and versions in PyPI's order. It differs
 * from upstream's in its links, in the name and the digests being normalized and in the serial being an integer; and core
 * metadata that is not with us is not advertised. All else is as it came, unknown keys and numbers included.
 * Files that `place` leaves out, and all of a quarantined project, are not listed.
 */
export function renderDetailJson(detail: Detail, place: Place): string {
  const ordered = inPypiOrder(detail);
  const files = offeredFiles(ordered).flatMap((file) => {
    const placement = place(file);
    return placement === null ? [] : [fileEntry(file, placement)];
  });
  const versions = versionsOnPage(ordered, new Set(files.map(({ filename }) => filename)));
  // `raw.meta` already has the serial as an integer, whichever form it came in.
  return `${canonicalJson({ ...ordered.raw, ...versions, name: ordered.name, files })}\n`;
}

/** Nothing advertises what is not there: a version whose files are all left out is not listed; one that never had any is (PEP 700). */
function versionsOnPage(
  { name, files, raw }: Detail,
  onPage: ReadonlySet<JsonValue | undefined>,
): JsonObject {
  const listed = fieldOf(raw, 'versions');
  if (!Array.isArray(listed) || onPage.size === files.length) return {};
  const versions = listed.filter((version) => typeof version === 'string');
  const keyOf = fileVersions(name, versions);
  const offered = new Set<string | null>();
  const shown = new Set<string | null>();
  for (const { filename } of files) {
    const key = keyOf(filename);
    offered.add(key);
    if (onPage.has(filename)) shown.add(key);
  }
  return {
    versions: versions.filter((version) => {
      const key = versionKey(version);
      return shown.has(key) || !offered.has(key);
    }),
  };
}

function fileEntry(file: DistFile, placement: Placement): JsonObject {
  return {
    ...file.raw,
    ...hashesOf(file),
    ...(file.provenance === null ? {} : { provenance: placement.provenance ?? file.provenance }),
    url: placement.href,
    ...coreMetadataOf(file, placement),
  };
}

/** With the digest that we found where upstream gave none: installers are to check it. */
function hashesOf(file: DistFile): JsonObject {
  const hashes = fieldOf(file.raw, 'hashes');
  if (file.sha256 === null) return {};
  return { hashes: withSha256(isJsonObject(hashes) ? hashes : {}, file.sha256) };
}

/**
 * What is advertised, under the keys under which upstream advertises it, the same under each (PEP 714), or `false` when
 * we do not have it (PEP 658: what is advertised must be there). A key is never added: pip 22.3 to 23.0, which Debian 12
 * ships, fail on every page whose JSON has `dist-info-metadata`, which is why PEP 714 renamed it.
 */
function coreMetadataOf(file: DistFile, placement: Placement): JsonObject {
  const value = placement.coreMetadata ? advertised(file) : false;
  const advertising = CORE_METADATA_KEYS.filter((key) => Boolean(fieldOf(file.raw, key)));
  return Object.fromEntries(advertising.map((key) => [key, value]));
}

function advertised(file: DistFile): JsonValue {
  const value = advertisedCoreMetadata(file.raw) ?? false;
  return isJsonObject(value) ? withSha256(value, file.coreMetadata?.sha256 ?? null) : value;
}

/** Some clients compare digests as text: ours are lower case, however upstream wrote them. */
function withSha256(digests: JsonObject, sha256: string | null): JsonObject {
  return sha256 === null ? digests : { ...digests, sha256 };
}
