/** The JSON API's word on projects (`info`), for rules about metadata: asked for when a page has changed, and kept. */
import { asJubjubError } from '../errors.ts';
import { projectInfo } from '../pypi/json-api.ts';
import type { ProjectName, Serial } from '../pypi/types.ts';
import { type Candidate, isProjectsOwn } from './ask.ts';
import type { MirrorDeps } from './deps.ts';
import { freshDocument } from './fresh-document.ts';
import { OutageWatch } from './outage.ts';
import { parallel } from './parallel.ts';
import type { WaveProject } from './wave-project.ts';

/**
 * Brings in what is not known yet, or no longer true. What cannot be had is owed: meanwhile a published project is judged by what was
 * known before, for what its page takes down must not wait (P6), and one that is not published stays so. A project that upstream has no
 * document of is judged by what was known, too.
 */
export async function bringInfo(
  deps: MirrorDeps,
  projects: readonly WaveProject[],
  signal: AbortSignal,
): Promise<void> {
  if (!deps.selection.wantsInfo) return;
  const watch = new OutageWatch(deps, signal);
  const wanted = projects.filter(
    ({ due, page, answered }) =>
      page !== null && !isInfoCurrent(deps, due.name, page.serial, answered === 'unchanged'),
  );
  await parallel(wanted, deps.settings.pagesAtOnce, signal, async (project, either) => {
    const { page, due } = project;
    if (page === null) return;
    try {
      await bringOne(deps, due.name, page, either);
      watch.succeeded();
    } catch (error) {
      const failure = asJubjubError(error);
      if (!isProjectsOwn(failure)) throw failure;
      await watch.failed(failure);
      project.failure ??= failure;
      // It must not be taken for kept because nobody could tell.
      if (!deps.catalogue.isPublished(due.name)) project.page = null;
    }
  });
}

/** Is what is known as new as the page of this serial? Where nothing has serials: as it was, when the page is `unchanged`. */
export function isInfoCurrent(
  { catalogue }: Pick<MirrorDeps, 'catalogue'>,
  name: ProjectName,
  serial: Serial | null,
  unchanged: boolean,
): boolean {
  const known = catalogue.info(name);
  if (known === null) return false;
  return known.serial !== null && serial !== null ? known.serial >= serial : unchanged;
}

async function bringOne(
  deps: MirrorDeps,
  name: ProjectName,
  page: Candidate,
  signal: AbortSignal,
): Promise<void> {
  // A project without releases has no document (protocol §3), and so has one that is quarantined.
  const hasNone =
    page.status === 'quarantined' || deps.catalogue.unpack(page.detail, name).files.length === 0;
  // Where one was known, a 404 proves nothing else (P7); where none was, the index may have no such documents.
  const mayBeAbsent = hasNone || deps.catalogue.info(name) === null;
  const wanted = { name, required: page.serial ?? 0, before: null, mayBeAbsent };
  const reply = await freshDocument(deps, wanted, signal);
  if (reply.kind === 'document') deps.catalogue.setInfo(name, projectInfo(reply.bytes, name));
  else if (hasNone && page.status !== 'quarantined')
    deps.catalogue.setInfo(name, { serial: page.serial, info: {} });
}
