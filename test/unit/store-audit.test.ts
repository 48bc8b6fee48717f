/**
 * Goal: the audit on disk only ever grows by whole lines, whatever a power cut or somebody else left at its end.
 * Method: a temporary mirror whose audit file the test prepares by hand.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isJubjubError } from '../../src/errors.ts';
import { LocalStore, prepareFolders } from '../../src/store/local.ts';
import { withTempDir } from '../support/temp.ts';

const GIBIBYTE = 1024 ** 3;

async function openStore(t: TestContext) {
  const folders = await prepareFolders(withTempDir(t));
  return { audit: folders.audit, state: folders.state, store: new LocalStore(folders) };
}

test('the audit is made when its first line comes, for nobody else to read', async (t) => {
  const { audit, state, store } = await openStore(t);
  assert.equal(audit, join(state, 'audit.jsonl'));
  await store.appendAudit([]);
  assert.equal(existsSync(audit), false);
  await store.appendAudit(['{"seq":1}', '{"seq":2}']);
  await store.appendAudit(['{"seq":3}']);
  assert.equal(readFileSync(audit, 'utf8'), '{"seq":1}\n{"seq":2}\n{"seq":3}\n');
  assert.equal(statSync(audit).mode & 0o137, 0);
});

const ENDS: Readonly<Record<string, string>> = {
  'part of a line': '{"seq":2,"wh',
  'a long part of a line': 'x'.repeat(300_000),
  'a part as long as what is read at once': 'x'.repeat(64 * 1024),
  'zeros that were never written': '\0'.repeat(5_000),
  'a line without its newline': '{"seq":2}',
};

for (const [what, torn] of Object.entries(ENDS)) {
  test(`${what} at the end is not the last line, and is cut off before the next one comes`, async (t) => {
    const { audit, store } = await openStore(t);
    writeFileSync(audit, `{"seq":1}\n${torn}`);
    assert.equal(await store.lastAudit(), '{"seq":1}');
    await store.appendAudit(['{"seq":2,"why":"again"}']);
    assert.equal(readFileSync(audit, 'utf8'), '{"seq":1}\n{"seq":2,"why":"again"}\n');
  });

  test(`${what} and nothing else is no line`, async (t) => {
    const { audit, store } = await openStore(t);
    writeFileSync(audit, torn);
    assert.equal(await store.lastAudit(), null);
    await store.appendAudit(['{"seq":1}']);
    assert.equal(readFileSync(audit, 'utf8'), '{"seq":1}\n');
  });
}

test('looking at the last line changes nothing, and an empty file has none', async (t) => {
  const { audit, store } = await openStore(t);
  for (const content of ['', '{"seq":1}\n{"se']) {
    writeFileSync(audit, content);
    await store.lastAudit();
    assert.equal(readFileSync(audit, 'utf8'), content);
  }
  writeFileSync(audit, '');
  assert.equal(await store.lastAudit(), null);
});

test('of an audit of gigabytes only the end is read', async (t) => {
  const { audit, store } = await openStore(t);
  writeFileSync(audit, '');
  // Sparse: to read all of it would take longer than the whole test suite may.
  truncateSync(audit, 200 * GIBIBYTE);
  appendFileSync(audit, '\n{"seq":9}\n');
  assert.equal(await store.lastAudit(), '{"seq":9}');
  await store.appendAudit(['{"seq":10}']);
  assert.equal(await store.lastAudit(), '{"seq":10}');
});

const isForeign = (path: string) => (error: unknown) =>
  isJubjubError(error, 'STORE_IO') &&
  error.facts.path === path &&
  error.facts.hint === 'move it away, then run again';

test('a link in the place of the audit is not followed, and is named', async (t) => {
  const { audit, state, store } = await openStore(t);
  const precious = join(state, 'precious');
  writeFileSync(precious, 'precious');
  symlinkSync(precious, audit);
  await assert.rejects(store.appendAudit(['{}']), isForeign(audit));
  await assert.rejects(store.lastAudit(), isForeign(audit));
  assert.equal(readFileSync(precious, 'utf8'), 'precious');
});

test('a link to nothing, a directory, a pipe, or something without lines in its place is named', async (t) => {
  for (const put of [
    (path: string) => symlinkSync(`${path}-nowhere`, path),
    (path: string) => void mkdirSync(path),
    (path: string) => void execFileSync('mkfifo', [path]),
  ]) {
    const { audit, store } = await openStore(t);
    put(audit);
    await assert.rejects(store.appendAudit(['{}']), isForeign(audit));
    await assert.rejects(store.lastAudit(), isForeign(audit));
    assert.equal(existsSync(`${audit}-nowhere`), false);
  }
  const { audit, store } = await openStore(t);
  writeFileSync(audit, `${'x'.repeat(2_000_000)}\n`);
  await assert.rejects(store.lastAudit(), isForeign(audit));
});

const lineOf = (seq: number) => `{"seq":${seq},"why":"${'because '.repeat(20)}"}`;
const TOLD = [1, 2, 3, 4, 5, 6, 7, 8].map(lineOf);

for (const [what, zeros] of [
  ['one zero', 1],
  ['some zeros', 7],
] as const) {
  test(`${what} in the middle of a line that was told long ago, by a disk that forgets, cuts off nothing behind it`, async (t) => {
    const { audit, store } = await openStore(t);
    const bytes = Buffer.from(`${TOLD.join('\n')}\n`);
    // Behind the first block of 512 bytes, and not at the end of one.
    bytes.fill(0, 600, 600 + zeros);
    writeFileSync(audit, bytes);
    assert.equal(await store.lastAudit(), TOLD.at(-1));
    await store.appendAudit(['{"seq":9}']);
    assert.equal(readFileSync(audit, 'latin1'), `${bytes.toString('latin1')}{"seq":9}\n`);
  });
}

test('a block that a power cut took is cut off with what survived behind it, though another zero stands before', async (t) => {
  const { audit, store } = await openStore(t);
  const bytes = Buffer.from(`${TOLD.join('\n')}\n`);
  bytes.fill(0, 20, 21);
  bytes.fill(0, 700, 1024);
  writeFileSync(audit, bytes);
  const left = bytes.subarray(0, bytes.lastIndexOf('\n', 700) + 1).toString('latin1');
  assert.equal(await store.lastAudit(), left.split('\n').at(-2));
  await store.appendAudit(['{"seq":4}']);
  assert.equal(readFileSync(audit, 'latin1'), `${left}{"seq":4}\n`);
});

test('an append that a power cut took is cut off with the next one, which survived', async (t) => {
  const { audit, store } = await openStore(t);
  writeFileSync(audit, `{"seq":1}\n${'\0'.repeat(100)}{"seq":3}\n`);
  assert.equal(await store.lastAudit(), '{"seq":1}');
  await store.appendAudit(['{"seq":2}', '{"seq":3}']);
  assert.equal(readFileSync(audit, 'utf8'), '{"seq":1}\n{"seq":2}\n{"seq":3}\n');
});
