/** The file rows of a project against its stored detail, which is what upstream said. Pure. */
import type { KnownFile } from '../../catalogue/contract.ts';
import { offeredFiles } from '../../pypi/detail.ts';
import { filePath } from '../../pypi/paths.ts';
import type { DistFile, DocrootPath } from '../../pypi/types.ts';
import type { Finding } from './damage.ts';
import type { Rows } from './project.ts';

/** `claimed` takes the paths of files that upstream lists and that have no row. */
export function checkRows({ known, kept, files, leadsUpstream }: Rows, claimed: DocrootPath[]): Finding[] {
  if (kept === null || files === null || leadsUpstream) return [];
  const base = { step: 'files', project: known.name } as const;
  const offered = new Map(offeredFiles(kept).map((file) => [file.filename, file]));
  const findings = files.flatMap((row): Finding[] => {
    const trouble = differenceOf(row, offered.get(row.filename));
    return trouble === null ? [] : [{ ...base, kind: 'row-wrong', path: row.path, ...trouble }];
  });
  const rowless = withoutRow(offered, files);
  // A page may leave files out that could not be had; those are counted, and the project is pending.
  if (rowless.length <= known.missing) {
    if (known.files === files.length) return findings;
    const [expected, received] = [`${files.length} files, as there are rows`, `${known.files}`];
    return [...findings, { ...base, kind: 'row-wrong', path: null, expected, received }];
  }
  for (const file of rowless) {
    const path = filePath(file);
    if (path !== null) claimed.push(path);
    findings.push({
      ...base,
      kind: 'row-missing',
      path,
      expected: `a row of ${file.filename}`,
      received: 'none',
    });
  }
  return findings;
}

function withoutRow(offered: ReadonlyMap<string, DistFile>, files: readonly KnownFile[]): DistFile[] {
  const known = new Set(files.map(({ filename }) => filename));
  return [...offered.values()].filter(({ filename }) => !known.has(filename));
}

/** What a row says otherwise than upstream did; null when nothing. */
function differenceOf(
  row: KnownFile,
  file: DistFile | undefined,
): { readonly expected: string; readonly received: string } | null {
  if (file === undefined) {
    return {
      expected: 'a file that its page lists and the selection keeps',
      received: `a row of ${row.filename}, which is none`,
    };
  }
  if (file.sha256 !== null && row.sha256 !== file.sha256) {
    return { expected: `sha256 ${file.sha256}`, received: `sha256 ${row.sha256}` };
  }
  if (file.sizeBytes !== null && row.sizeBytes !== file.sizeBytes) {
    return { expected: `${file.sizeBytes} bytes`, received: `${row.sizeBytes} bytes` };
  }
  const metadata = file.coreMetadata?.sha256 ?? null;
  if (row.metadataSha256 !== null && metadata !== null && row.metadataSha256 !== metadata) {
    return { expected: `metadata of sha256 ${metadata}`, received: `sha256 ${row.metadataSha256}` };
  }
  return null;
}
