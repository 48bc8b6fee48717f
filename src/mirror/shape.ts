/** The shape of the docroot: what of the configuration decides which pages there are and what they say. */

import type { MirrorDeps } from './deps.ts';
import { compareWithList, replanEverything } from './listing.ts';

/** To be raised when pages are rendered otherwise than before: every page is then rendered anew. */
const PAGE_FORMAT = 1;

interface Shape {
  readonly pageFormat: number;
  readonly selection: string;
  readonly mirrorFiles: boolean;
  readonly mirrorMetadata: boolean;
}

function shapeOf(deps: MirrorDeps): Shape {
  const { mirrorFiles, mirrorMetadata } = deps.settings;
  return { pageFormat: PAGE_FORMAT, selection: deps.selection.fingerprint, mirrorFiles, mirrorMetadata };
}

/**
 * When the operator changed what decides the docroot's shape since the last run, makes everything due that this concerns.
 * The new shape is recorded last: a crash before that makes the next run do it again.
 */
export async function applyShape(deps: MirrorDeps, signal: AbortSignal): Promise<void> {
  const { catalogue } = deps;
  const now = shapeOf(deps);
  const before = catalogue.shape();
  const text = JSON.stringify(now);
  if (before === text) return;
  if (before !== null) {
    replanEverything(deps);
    const selectionBefore: unknown = (JSON.parse(before) as Partial<Shape>).selection;
    const listed = catalogue.progress().discovered !== null;
    // Projects that are selected now and were not: only the list knows them all.
    if (listed && selectionBefore !== now.selection) await compareWithList(deps, false, signal);
    deps.emit({
      type: 'warning',
      code: 'SHAPE_CHANGED',
      message: 'the configuration changed: all pages are planned anew',
    });
  }
  catalogue.setShape(text);
}
