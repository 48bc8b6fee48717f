/** Projects for tests of the selection: details of just these files. */
import { parseDetail } from '../../src/pypi/detail.ts';
import { releaseOf } from '../../src/pypi/filenames.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, JsonObject } from '../../src/pypi/types.ts';
import { detailDocument, fileDocument, PAGE_URL } from './details.ts';

/** A detail with these files; what is not said of one is as PyPI has it. `versions` are those that the names say, unless given. */
export function projectOf(name: string, files: readonly JsonObject[], changes: JsonObject = {}): Detail {
  const normalized = normalizeName(name);
  const versions = new Set(files.map((file) => releaseOf(String(file['filename']), normalized)));
  const document = detailDocument(
    files.map((file) => fileDocument(String(file['filename']), file)),
    { name, versions: [...versions].filter((version) => version !== null), ...changes },
  );
  return parseDetail(document, { name: normalized, url: PAGE_URL, headerSerial: null });
}
