/** What `jubjub compare` does once its command line is understood. */
import { loadConfig } from '../config/load.ts';
import { type Comparison, compareProofs, type Difference } from '../inspect/compare.ts';
import { type ProofSource, RemoteProof } from '../inspect/proof.ts';
import { createReader, type SiteReader } from '../inspect/reader.ts';
import { parseSite } from '../inspect/site.ts';
import type { CliContext } from './context.ts';
import { comparisonJson, differenceLine, NamesShown, renderComparison } from './display/compare.ts';
import { openCatalogueReadOnly } from './open-mirror.ts';
import { CatalogueProof } from './own-proof.ts';
import { jsonText } from './text.ts';
import { version } from './version.ts';

export interface CompareOptions {
  /** Absolute; read only when there is no `withUrl`. */
  readonly configFile: string;
  readonly url: string;
  /** Another mirror in place of our own; null: our own. */
  readonly withUrl: string | null;
  /** Print every name, not only the first. */
  readonly all: boolean;
}

const EXIT_SAME = 0;
const EXIT_DIFFERENT = 5;

/** Compares two mirrors by their completeness proofs, tells the projects that differ, and answers the exit status. */
export async function runCompare(options: CompareOptions, context: CliContext): Promise<number> {
  context.io.keepHeapSmall?.();
  const there = readerFor(options.url, context);
  try {
    if (options.withUrl === null) return await compareOwn(options, new RemoteProof(there), context);
    const here = readerFor(options.withUrl, context);
    try {
      return await compare(options, new RemoteProof(here), new RemoteProof(there), [], context);
    } finally {
      await here.close();
    }
  } finally {
    await there.close();
  }
}

/** How a mirror is looked at from outside. */
export function readerFor(url: string, { clock, io }: CliContext): SiteReader {
  return createReader(parseSite(url), { clock, env: io.env, userAgent: `jubjub/${version()}` });
}

async function compareOwn(options: CompareOptions, there: ProofSource, context: CliContext): Promise<number> {
  const { settings } = loadConfig(options.configFile, { readsRequirements: false });
  const catalogue = openCatalogueReadOnly(settings);
  try {
    const here = new CatalogueProof(catalogue);
    const { unproven } = here;
    const notes =
      unproven === 0 ? [] : [`${unproven} projects here have no digest yet: jubjub sync gives them one`];
    return await compare(options, here, there, notes, context);
  } finally {
    catalogue.close();
  }
}

async function compare(
  { all }: CompareOptions,
  here: ProofSource,
  there: ProofSource,
  notes: readonly string[],
  context: CliContext,
): Promise<number> {
  const { output, print, signal, style } = context;
  const names = new NamesShown();
  const tell = (difference: Difference) => {
    if (output.json) print(`${jsonText({ type: 'difference', ...difference })}\n`);
    else if (all) print(differenceLine(difference));
    else names.add(difference);
  };
  const comparison = await compareProofs(here, there, tell, signal);
  const exitStatus = comparison.same ? EXIT_SAME : EXIT_DIFFERENT;
  const result = {
    exitStatus,
    titles: { here: here.title, there: there.title },
    comparison,
    notes: [...notes, ...explanations(comparison)],
  };
  if (output.json) print(`${jsonText(comparisonJson(result))}\n`);
  else if (!output.quiet || !comparison.same) print(renderComparison(result, names, style));
  return exitStatus;
}

/** Why two mirrors may differ though nothing is wrong with either. */
function explanations({ here, there, same, moved }: Comparison): string[] {
  const notes: string[] = [];
  if (moved) notes.push('one of the two changed while they were compared: compare again');
  if (same) return notes;
  if (here.serial !== there.serial) notes.push('the serials differ: let both sync, then compare again');
  else
    notes.push(
      'settings that shape pages may differ (selection, base-url, files, metadata, provenance), or the versions of jubjub',
      'else one of the two is damaged: jubjub verify looks at this one, jubjub verify --http <url> at any',
    );
  return notes;
}
