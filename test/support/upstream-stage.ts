/** A world behind one face of an index, on loopback, with mishaps on demand, for the contract suite of upstreams. */
import type { TestContext } from 'node:test';
import type { UpstreamSettings } from '../../src/config/settings.ts';
import type { Dialect } from '../../src/upstream/contract.ts';
import type { Mishap, Stage } from '../contract/upstream-suite.ts';
import type { Face } from './upstream-faces.ts';
import { openUpstream } from './upstream-kit.ts';
import { type Answer, cut, reply, startServer } from './upstream-server.ts';
import { createWorld } from './upstream-world.ts';

/** Opens a stage: what it shows, how it is configured, and what it is to be recognized as. */
export async function openStage(
  t: TestContext,
  face: Face,
  changes: UpstreamSettings['changes'],
  dialect: Dialect,
): Promise<Stage> {
  const world = createWorld();
  const mishaps: Mishap[] = [];
  const server = await startServer(t, (request, response) => {
    const how = mishaps.shift();
    if (how === 'hang') return;
    const answer =
      how === 'status-503'
        ? reply(503, '<html>', { 'content-type': 'text/html' })
        : face.answer(world, request, server.url);
    if (how === 'cut-body') halved(answer)(request, response);
    else answer(request, response);
  });
  const url = `${server.url}${face.site}`;
  return {
    upstream: openUpstream(t, url, { changes }).upstream,
    url,
    asks: changes === 'auto' || changes === 'poll',
    dialect,
    provenanceUrl: (filename) => `${server.url}/integrity/${filename}/provenance`,
    publish: world.publish,
    remove: world.remove,
    mishap: (how) => mishaps.push(how),
  };
}

/** The same answer with the connection broken in the middle of its body. */
function halved(answer: Answer): Answer {
  return (request, response) => {
    let status = 200;
    let headers: Record<string, string> = {};
    const recorder = {
      setHeader: response.setHeader.bind(response),
      writeHead(given: number, more: Record<string, string>) {
        status = given;
        headers = more;
        return {
          end: (body: string | Uint8Array) => {
            const bytes = Buffer.from(body);
            cut(bytes.subarray(0, bytes.length / 2), bytes.length, headers, status)(request, response);
          },
        };
      },
    };
    answer(request, recorder as unknown as typeof response);
  };
}
