/** The JSON API's word on projects (`info`), for rules about metadata: asked for when a page has changed, and kept. */
import { asJubjubError } from '../errors.ts';
import { projectInfo } from '../pypi/json-api.ts';
import { isProjectsOwn } from './ask.ts';
import type { MirrorDeps } from './deps.ts';
import { OutageWatch } from './outage.ts';
import { parallel } from './parallel.ts';
import type { WaveProject } from './wave-project.ts';

/**
 * Brings in what is not known yet, or no longer true. What cannot be had leaves the project as it was judged before, and owed; a
 * project that upstream has no document of is judged without one.
 */
export async function bringInfo(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  signal: AbortSignal,
): Promise<void> {
  if (!deps.selection.wantsInfo) return;
  const watch = new OutageWatch(deps, signal);
  const wanted = projects.filter((project) => project.page !== null && !isKnown(deps, project));
  await parallel(wanted, deps.settings.pageConnections, signal, async (project, either) => {
    try {
      await bringOne(deps, project, either);
      watch.succeeded();
    } catch (error) {
      const failure = asJubjubError(error);
      if (!isProjectsOwn(failure)) throw failure;
      await watch.failed(failure);
      // What is published stays; what is not must not be taken for kept because nobody could tell.
      Object.assign(project, { failure: project.failure ?? failure, page: null });
    }
  });
}

/** Of a page that is not newer than what is known; where nothing has serials, of one that did not change. */
function isKnown({ catalogue }: MirrorDeps, { due, page, answered }: WaveProject): boolean {
  const known = catalogue.info(due.name);
  if (known === null) return false;
  if (answered === 'unchanged') return true;
  return known.serial !== null && page?.serial != null && known.serial >= page.serial;
}

async function bringOne(deps: MirrorDeps, { due, page }: WaveProject, signal: AbortSignal): Promise<void> {
  const { name } = due;
  const request = { what: 'json-api', name, validator: null, encoding: 'identity' } as const;
  const reply = await deps.upstream.document(request, signal);
  // Without a document (an index that has none, a quarantined project) the rules are in doubt, and keep.
  const known =
    reply.kind === 'document'
      ? projectInfo(reply.bytes, name)
      : { serial: page?.serial ?? null, info: deps.catalogue.info(name)?.info ?? {} };
  deps.catalogue.setInfo(name, known);
}
