/** The removal limit: a run that would withdraw too many projects withdraws none of them (P7). */
import { JubjubError } from '../errors.ts';
import { detailPaths } from '../pypi/paths.ts';
import type { ProjectName } from '../pypi/types.ts';
import { keepsName } from './chosen.ts';
import { asksForRemoval } from './demands.ts';
import type { MirrorDeps, SyncOptions } from './deps.ts';

const NAMES_SHOWN = 5;
/** Held removals are looked at again by every run; this is only what `status` shows. */
const NEXT_TRY_MS = 3_600_000;

/** How many projects a run may withdraw: the larger of the number and the share of what is published. */
export function removalLimit(deps: MirrorDeps, options: SyncOptions): number {
  if (options.allowRemovals !== null) return options.allowRemovals;
  const { projects, share } = deps.settings.removalLimit;
  const published = deps.catalogue.publishedCount();
  return Math.max(projects ?? 0, share === null ? 0 : Math.floor(share * published));
}

/**
 * Makes all removals of the run pending when there are more than the limit, with those that it has `withdrawn` already (what the rules
 * leave out shows itself late); the rest of the run goes on without them. Returns the error that says so, or null when all may go.
 */
export async function holdRemovals(
  deps: MirrorDeps,
  options: SyncOptions,
  withdrawn: number,
): Promise<JubjubError | null> {
  const names: ProjectName[] = [];
  for (const name of deps.catalogue.dueRemovals()) {
    if (!isTakenBack(deps, name) && (await isShown(deps, name))) names.push(name);
  }
  const limit = removalLimit(deps, options);
  if (names.length === 0 || withdrawn + names.length <= limit) return null;
  const some = names.slice(0, NAMES_SHOWN).join(', ') + (names.length > NAMES_SHOWN ? ', …' : '');
  const count = withdrawn === 0 ? `${names.length}` : `${names.length} more`;
  const error = new JubjubError('LIMIT_REMOVALS', `this run would withdraw ${count} projects: ${some}`, {
    expected: `at most ${limit} ([sync] removal-limit)`,
    received: withdrawn === 0 ? `${names.length} removals` : `${withdrawn} and ${names.length} removals`,
    effect: 'none of them is withdrawn, they are pending; everything else of the run was done',
    hint: `if they are meant to go: jubjub sync --allow-removals ${names.length}`,
  });
  if (options.dryRun) {
    const hint = `jubjub sync --allow-removals ${names.length}`;
    const message = `${error.message}; the removal limit (${limit}) would hold all of them back; if they are meant to go: ${hint}`;
    deps.emit({ type: 'warning', code: error.code, message });
    return null;
  }
  const atMs = deps.clock.now();
  const message = `held back by the removal limit: the run would withdraw ${count} projects, the limit is ${limit}`;
  deps.catalogue.fail(
    names.map((name) => ({ name, code: error.code, message, nextTryMs: atMs + NEXT_TRY_MS })),
    atMs,
  );
  return error;
}

/** Left out by its name, by a configuration that the operator has changed back since: it stays. */
function isTakenBack(deps: MirrorDeps, name: ProjectName): boolean {
  const due = deps.catalogue.due(name);
  if (due?.source !== 'selection' || asksForRemoval(due)) return false;
  // What a newer page says that the rules leave out nobody knows here: it counts.
  return !deps.selection.judgesDetails && keepsName(deps, name);
}

/** A removal that a killed run has begun is finished, not held: its pages are gone already, and only the commit is missing. */
export async function isShown(deps: Pick<MirrorDeps, 'store'>, name: ProjectName): Promise<boolean> {
  const { html, json } = detailPaths(name);
  return (await deps.store.size(html)) !== null && (await deps.store.size(json)) !== null;
}

/**
 * P1: published still, for all that the catalogue knows, and with no pages any more: the run that was removing them was killed. Neither the
 * list nor the proof may have them until the removal ends, or their pages are back.
 */
export async function halfGone(
  deps: Pick<MirrorDeps, 'catalogue' | 'store'>,
): Promise<ReadonlySet<ProjectName>> {
  const gone = new Set<ProjectName>();
  for (const name of deps.catalogue.dueRemovals()) if (!(await isShown(deps, name))) gone.add(name);
  return gone;
}
