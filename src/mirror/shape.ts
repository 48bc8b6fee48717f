/** The shape of the docroot: what of the configuration decides which pages there are and what they say. */
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import { discoverChanges } from './discover.ts';
import { compareWithList, LIST_AGE_MS_MAX, replanEverything, rewind } from './listing.ts';

/** To be raised when pages are rendered otherwise than before: every page is then rendered anew. */
const PAGE_FORMAT = 3;

interface Shape {
  readonly pageFormat: number;
  readonly selection: string;
  readonly mirrorFiles: boolean;
  readonly mirrorMetadata: boolean;
  readonly mirrorProvenance: boolean;
  readonly baseUrl: string | null;
  readonly jsonApi: boolean;
  readonly precompress: boolean;
}

function shapeOf(deps: MirrorDeps): Shape {
  const { mirrorFiles, mirrorMetadata, mirrorProvenance, baseUrl, jsonApi, precompress } = deps.settings;
  return {
    pageFormat: PAGE_FORMAT,
    selection: deps.selection.fingerprint,
    mirrorFiles,
    mirrorMetadata,
    mirrorProvenance,
    baseUrl,
    jsonApi,
    precompress,
  };
}

/** Do the pages have the form that the settings ask for? Not after the operator changed these, until the next run. */
export function isShapeCurrent(deps: MirrorDeps): boolean {
  const shape = deps.catalogue.shape();
  return shape === null || shape === JSON.stringify(shapeOf(deps));
}

/** Records the shape of a new mirror, whose pages have no other yet. */
export function recordFirstShape(deps: MirrorDeps): void {
  if (deps.catalogue.shape() === null) deps.catalogue.setShape(JSON.stringify(shapeOf(deps)));
}

/**
 * When the operator changed what decides the docroot's shape since the last run, makes everything due that this concerns.
 * The new shape is recorded last: a crash before that makes the next run do it again.
 *
 * After a change of the selection the changelog is read again from where the list stands: rows of projects that were not
 * selected then have passed unheeded, and the list that tells of those projects is older than the changelog.
 */
export async function applyShape(deps: MirrorDeps, signal: AbortSignal): Promise<void> {
  const { catalogue } = deps;
  recordFirstShape(deps);
  const text = JSON.stringify(shapeOf(deps));
  const before = catalogue.shape();
  if (before === text || before === null) return;
  deps.emit({
    type: 'warning',
    code: 'SHAPE_CHANGED',
    message: 'the configuration changed: all pages are planned anew',
  });
  replanEverything(deps);
  const selectionBefore: unknown = (JSON.parse(before) as Partial<Shape>).selection;
  const { discovered } = catalogue.progress();
  if (discovered !== null && selectionBefore !== deps.selection.fingerprint) {
    const listed = await compareWithList(deps, null, signal);
    if (kindOf(deps) !== 'changelog') {
      catalogue.setShape(text);
      return;
    }
    const from = listed ?? (await rewind(deps, discovered, LIST_AGE_MS_MAX, signal));
    await discoverChanges(deps, signal, from);
  }
  catalogue.setShape(text);
}
