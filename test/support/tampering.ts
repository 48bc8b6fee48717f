/** Pages that are not what the index says: an honest page is fetched, changed, and served from then on in its place. */
import type { World } from './mirror-kit.ts';
import { askSim } from './sim/ask-sim.ts';
import type { FaultHandle } from './sim/faults.ts';

export const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/** The parts of a JSON page that tests change. */
export interface PageDocument {
  meta: Record<string, unknown>;
  files: Record<string, unknown>[];
}

async function textAt({ sim }: World, path: string): Promise<string> {
  const { status, body } = await askSim(sim, path, { accept: JSON_TYPE });
  if (status !== 200) throw new Error(`${path} answered ${status}`);
  return body;
}

/** Serves `path` as it is now, changed by `edit`, whatever happens upstream: no serial in a header, no validator. */
export async function freezePage(
  world: World,
  path: string,
  edit: (page: PageDocument) => void = () => {},
): Promise<FaultHandle> {
  const page = JSON.parse(await textAt(world, path)) as PageDocument;
  edit(page);
  world.sim.requests.length = 0;
  return world.sim.faults.add({
    match: (request) => request.line === `GET ${path}`,
    fault: { kind: 'replace', body: JSON.stringify(page), contentType: JSON_TYPE },
  });
}

/** Puts bytes at a path of the index's host. */
export function serveBytes({ sim }: World, path: string, body: string | Buffer): FaultHandle {
  return sim.faults.add({
    match: (request) => request.path === path,
    fault: { kind: 'replace', body, contentType: 'application/octet-stream' },
  });
}
