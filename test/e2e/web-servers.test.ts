/**
 * Goal: nginx, Caddy and Apache, configured by `jubjub config`, answer every request as `jubjub serve` does.
 * Method: one docroot, four servers, the serve table and more requests; each answer is compared with that of serve.
 * What a server cannot be told stands in a table of exceptions, none of which may be idle.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startServer } from '../../src/serve/server.ts';
import { type Asked, ask } from '../support/http-ask.ts';
import { buildTableDocroot } from '../support/serve-docroot.ts';
import { serveTable } from '../support/serve-table.ts';
import type { RunningServer } from '../support/server-child.ts';
import { withTempDir } from '../support/temp.ts';
import {
  acceptRequests,
  fileRequests,
  formatRequests,
  type NamedRequest,
  nameRequests,
  ODD_DIRECTORY,
  ODD_FILES,
  oddRequests,
} from '../support/web-server-cases.ts';
import { differences, EXCEPTIONS } from '../support/web-server-compare.ts';
import { startConfigured, WEB_SERVERS_UNDER_TEST, writeMirrorToml } from '../support/web-servers.ts';

const place = withTempDir({ after: (hook) => after(hook as () => void) });
const docroot = buildTableDocroot(place);
const odd = path.join(docroot.directory, ODD_DIRECTORY);
mkdirSync(odd, { recursive: true });
for (const name of ODD_FILES) writeFileSync(path.join(odd, name), name);
const toml = writeMirrorToml(place, 'json-api = true\nprecompress = true');
let serve: Awaited<ReturnType<typeof startServer>>;

before(async () => {
  serve = await startServer({ docroot: path.join(place, 'web'), host: '127.0.0.1', port: 0 });
});
after(() => serve.close());

const tabled: readonly NamedRequest[] = serveTable(docroot).filter((one) => one.serveOnly === undefined);

const GROUPS: readonly (readonly [what: string, requests: readonly NamedRequest[]])[] = [
  ['the serve table', tabled],
  ['what clients accept', acceptRequests()],
  ['?format=', formatRequests()],
  ['spellings of names', nameRequests()],
  ['odd paths', oddRequests()],
  ['odd files', fileRequests()],
];

for (const server of WEB_SERVERS_UNDER_TEST) {
  describe(`${server.name} and jubjub serve`, { skip: server.missing }, () => {
    let running: RunningServer | undefined;
    before(async () => {
      running = await startConfigured(server, toml);
    });
    after(() => running?.close());

    const compared = async (asked: Asked) =>
      differences(await ask(serve.url, asked), await ask(running?.url ?? '', asked));

    for (const [what, requests] of GROUPS) {
      test(`answer alike: ${what}`, async (t) => {
        for (const one of requests) {
          await t.test(one.name, async () => {
            const exception = EXCEPTIONS.find(
              ({ name, servers }) => name === one.name && servers.includes(server.name),
            );
            const different = await compared(one);
            const unexcused = Object.keys(different).filter((aspect) => !exception?.aspects.includes(aspect));
            assert.deepEqual(unexcused, [], JSON.stringify(different, null, 2));
            if (exception !== undefined)
              assert.notDeepEqual(different, {}, `the exception is idle: ${exception.why}`);
          });
        }
      });
    }
  });
}

test('every exception is about a request that is made', () => {
  const names = new Set(GROUPS.flatMap(([, requests]) => requests.map(({ name }) => name)));
  assert.deepEqual(
    EXCEPTIONS.map(({ name }) => name).filter((name) => !names.has(name)),
    [],
  );
});
