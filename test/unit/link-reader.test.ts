/**
 * Goal: the readers of the kill tests see what they are there for: a broken link, other bytes, half a page, an index without its page.
 * Method: a small docroot, broken in one way each; and one whose page changes while it is followed, which is nobody's fault.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '../support/docroot-pages.ts';
import { LinkReader } from '../support/kills/link-reader.ts';
import { seeded } from '../support/prng.ts';

const WHEEL = Buffer.from('a wheel');
const PAGE = 'simple/snark/index.html';
const FILE = 'packages/snark.whl';

function pageWith(link: string): string {
  return `<!DOCTYPE html>\n<html>${link}</html>\n`;
}

function soundDocroot(): Map<string, string | Buffer> {
  const link = `<a href="../../${FILE}#sha256=${sha256Hex(WHEEL)}">snark.whl</a>`;
  return new Map<string, string | Buffer>([
    ['simple/index.html', pageWith('<a href="snark/">snark</a>')],
    [PAGE, pageWith(link)],
    [FILE, WHEEL],
  ]);
}

/** What a reader has seen after some looks; `asked` is called before each answer. */
async function violationsOf(
  t: TestContext,
  docroot: Map<string, string | Buffer>,
  asked: (path: string) => void = () => {},
): Promise<LinkReader> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1).replace('.v1_json', '.html');
    asked(path);
    const found = docroot.get(path);
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const prng = { ...seeded(1), pick: <T>(items: readonly T[]): T => items[0] as T };
  const reader = new LinkReader(`http://127.0.0.1:${port}/`, prng);
  t.after(() => {
    reader.close();
    server.close();
  });
  await reader.look();
  return reader;
}

test('a sound docroot has nothing to complain of', async (t) => {
  const reader = await violationsOf(t, soundDocroot());
  assert.deepEqual(reader.violations, []);
  assert.equal(reader.filesRead, 1);
});

for (const [what, path, content] of [
  ['a file that is not there', FILE, null],
  ['other bytes', FILE, Buffer.from('another wheel')],
  ['half a page', PAGE, '<!DOCTYPE html>\n<html><a hre'],
  ['an index that leads to no page', PAGE, null],
] as const) {
  test(`${what} is seen`, async (t) => {
    const docroot = soundDocroot();
    if (content === null) docroot.delete(path);
    else docroot.set(path, content);
    const { violations } = await violationsOf(t, docroot);
    assert.equal(violations.length, 1, violations.join('\n'));
    assert.match(violations[0] ?? '', /^P[13]: /);
  });
}

test('a page that has changed while it was followed breaks no promise', async (t) => {
  const docroot = soundDocroot();
  const reader = await violationsOf(t, docroot, (path) => {
    if (path !== FILE) return;
    docroot.delete(FILE);
    docroot.set(PAGE, pageWith('nothing any more'));
  });
  assert.deepEqual(reader.violations, []);
  assert.equal(reader.overtaken, 1);
});
