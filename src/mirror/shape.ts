/** The shape of the docroot: what of the configuration decides which pages there are and what they say. */
import type { Serial } from '../pypi/types.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import { discoverChanges } from './discover.ts';
import { compareWithList, LIST_AGE_MS_MAX, rewind } from './listing.ts';
import { type Replanned, replan } from './replan.ts';
import { forgetUnreserved } from './reserved.ts';
import type { Tally } from './tally.ts';

/** To be raised when pages are rendered otherwise than before: every page is then rendered anew. */
const PAGE_FORMAT = 3;

interface Shape {
  readonly pageFormat: number;
  readonly selection: string;
  /** Of the selection, the rules about names; absent before version 4 of the catalogue, when there were no others. */
  readonly names?: string;
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
    names: deps.selection.namesFingerprint,
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
  const before = deps.catalogue.shape();
  if (before === null) return true;
  const { everything, selection } = changesSince(deps, before);
  return !everything && !selection;
}

/** Records the shape of a new mirror, whose pages have no other yet. */
export function recordFirstShape(deps: MirrorDeps): void {
  if (deps.catalogue.shape() === null) deps.catalogue.setShape(JSON.stringify(shapeOf(deps)));
}

/**
 * When the operator changed what decides the docroot's shape since the last run, makes everything due that this concerns.
 * The new shape is recorded last: a crash before that makes the next run do it again. Returns whether the rules are other ones.
 *
 * After a change of the rules about names the changelog is read again from where the list stands: rows of projects that were not
 * selected then have passed unheeded, and the list that tells of those projects is older than the changelog.
 */
export async function applyShape(deps: MirrorDeps, tally: Tally, signal: AbortSignal): Promise<boolean> {
  const { catalogue } = deps;
  recordFirstShape(deps);
  const text = JSON.stringify(shapeOf(deps));
  const before = catalogue.shape();
  if (before === text || before === null) return false;
  const { everything, selection, names } = changesSince(deps, before);
  if (everything || selection) {
    forgetUnreserved(deps);
    const replanned = await replan(deps, everything, tally, signal);
    deps.emit({ type: 'warning', code: 'SHAPE_CHANGED', message: changeText(everything, replanned) });
  }
  if (names) await discoverUnheeded(deps, signal);
  catalogue.setShape(text);
  return selection;
}

async function discoverUnheeded(deps: MirrorDeps, signal: AbortSignal): Promise<void> {
  if (deps.catalogue.progress().discovered === null) return;
  const listed = await compareWithList(deps, null, signal);
  if (kindOf(deps) === 'changelog') await discoverAgain(deps, listed, signal);
}

/** Reads the changelog once more from where `listed` stands: rows of projects that nobody wanted then have passed unheeded. */
export async function discoverAgain(
  deps: MirrorDeps,
  listed: Serial | null,
  signal: AbortSignal,
): Promise<void> {
  const { discovered } = deps.catalogue.progress();
  if (discovered === null) return;
  await discoverChanges(deps, signal, listed ?? (await rewind(deps, discovered, LIST_AGE_MS_MAX, signal)));
}

/** What was recorded; what cannot be read is another shape than any. */
function readShape(text: string): Partial<Shape> {
  try {
    const shape: unknown = JSON.parse(text);
    return typeof shape === 'object' && shape !== null ? shape : {};
  } catch {
    return {};
  }
}

/** `files.mirror` as it was when the pages were made: without it, there are no rows of files. */
export function pagesHaveOwnFiles({
  catalogue,
  settings,
}: Pick<MirrorDeps, 'catalogue' | 'settings'>): boolean {
  return readShape(catalogue.shape() ?? '{}').mirrorFiles ?? settings.mirrorFiles;
}

interface Changes {
  /** Pages look otherwise. */
  readonly everything: boolean;
  readonly selection: boolean;
  readonly names: boolean;
}

function changesSince(deps: MirrorDeps, before: string): Changes {
  const then = readShape(before);
  const now = shapeOf(deps);
  // Undefined members are left out: what is left are the settings that decide how pages look.
  const looks = (shape: Partial<Shape>) =>
    JSON.stringify({ ...shape, selection: undefined, names: undefined });
  return {
    everything: looks(then) !== looks(now),
    selection: then.selection !== now.selection,
    names: (then.names ?? then.selection) !== now.names,
  };
}

/** What the new configuration makes of what is known; what it asks of upstream is not known yet. */
function changeText(everything: boolean, { leaving, coming, changing, same }: Replanned): string {
  const changes = everything
    ? 'the configuration changed: all pages are planned anew'
    : 'the selection changed';
  const parts = [
    [leaving, 'to leave'],
    [coming, 'to come back'],
    [changing, 'to be planned anew'],
    [same, 'as they are'],
  ] as const;
  return `${changes}: ${parts.map(([count, what]) => `${count} ${what}`).join(', ')}`;
}
