/**
 * Goal: a page's serial is found wherever it stands and never where it does not, and its digest is read once.
 * Method: pages cut into chunks of every size; files replaced and touched behind a memory that counts its readings.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { DocrootPath } from '../../src/pypi/types.ts';
import type { SerialPlace } from '../../src/serve/answer.ts';
import { openDocument } from '../../src/serve/docroot.ts';
import { type DocumentFacts, FactsMemory } from '../../src/serve/facts.ts';
import { serialFinder } from '../../src/serve/serial.ts';
import { withTempDir } from '../support/temp.ts';

const SERIALS: readonly (readonly [what: string, place: SerialPlace, page: string, serial: number | null])[] =
  [
    ['the comment at the end', 'html', '</html>\n<!--SERIAL 2147483647-->', 2147483647],
    ['the comment and a newline', 'html', `${'x'.repeat(500)}<!--SERIAL 5-->\n`, 5],
    ['a comment that is not the end', 'html', '<!--SERIAL 5--></html>', null],
    ['the last of two comments', 'html', '<!--SERIAL 5--><!--SERIAL 6-->', 6],
    ['no comment', 'html', '<html></html>', null],
    ['an empty page', 'html', '', null],
    ['a serial beyond safe integers', 'html', '<!--SERIAL 9999999999999999-->', null],
    ['meta first', 'json', '{"meta":{"_last-serial":7},"files":[]}', 7],
    [
      'meta after files that have one too',
      'json',
      '{"files":[{"meta":{"_last-serial":1}}],"meta":{"_last-serial":7}}',
      7,
    ],
    ['a string, as bandersnatch writes it', 'json', '{"meta":{"_last-serial":"7"}}', 7],
    [
      'text that looks like it',
      'json',
      '{"name":"\\"meta\\":{\\"_last-serial\\":1}","meta":{"api-version":"1.0"}}',
      null,
    ],
    ['a negative serial', 'json', '{"meta":{"_last-serial":-7}}', null],
    ['a fraction', 'json', '{"meta":{"_last-serial":7.5}}', null],
    ['meta that is no object', 'json', '{"meta":null}', null],
    ['a list', 'json', '[{"meta":{"_last-serial":7}}]', null],
    ['no JSON', 'json', '<html></html>', null],
    ['JSON cut short before it', 'json', '{"files":[', null],
    ['an empty file', 'json', '', null],
    ['a number among its keys', 'api', '{"info":{"last_serial":1},"last_serial":7,"urls":[]}', 7],
    ['none', 'api', '{"info":{"last_serial":1},"meta":{"_last-serial":1}}', null],
    ['null', 'api', '{"last_serial":null}', null],
    ['an object', 'api', '{"last_serial":{"last_serial":1}}', null],
    ['a report', 'none', '{"meta":{"_last-serial":7}}', null],
  ];

for (const [what, place, page, serial] of SERIALS) {
  test(`the serial of ${place} with ${what} is ${serial}`, () => {
    const bytes = Buffer.from(page);
    for (const chunkBytes of [1, 3, 16, 4096]) {
      const finder = serialFinder(place);
      for (let at = 0; at < bytes.length; at += chunkBytes) finder.feed(bytes.subarray(at, at + chunkBytes));
      assert.equal(finder.serial(), serial);
    }
  });
}

/** Asks a memory for the facts of one page, and counts how often the page's bytes were read for it. */
function asking(t: TestContext, memory: FactsMemory) {
  const directory = withTempDir(t);
  const file = path.join(directory, 'page.html');
  let readings = 0;
  const facts = async (): Promise<DocumentFacts> => {
    const document = await openDocument(directory, 'page.html' as DocrootPath);
    assert.ok(document);
    const { handle } = document;
    const read = handle.read.bind(handle);
    handle.read = ((buffer: Buffer, offset: number, length: number, position: number) => {
      if (position === 0) readings++;
      return read(buffer, offset, length, position);
    }) as typeof handle.read;
    try {
      return await memory.of(document, 'html');
    } finally {
      await handle.close();
    }
  };
  return { file, facts, readings: () => readings };
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32);
}

test('a document is read once for its digest, also by many at a time, and again once it is replaced', async (t) => {
  const { file, facts, readings } = asking(t, new FactsMemory());
  writeFileSync(file, 'one<!--SERIAL 1-->');
  const all = await Promise.all([facts(), facts(), facts()]);
  await facts();
  assert.equal(readings(), 1);
  for (const one of all) assert.deepEqual(one, { digest: digestOf('one<!--SERIAL 1-->'), serial: 1 });
  writeFileSync(`${file}.new`, 'two<!--SERIAL 2-->');
  renameSync(`${file}.new`, file);
  assert.deepEqual(await facts(), { digest: digestOf('two<!--SERIAL 2-->'), serial: 2 });
  assert.equal(readings(), 2);
});

test('what only touches a document costs a reading and changes no digest', async (t) => {
  const { file, facts } = asking(t, new FactsMemory());
  writeFileSync(file, 'same');
  const before = await facts();
  linkSync(file, `${file}.backup`);
  assert.deepEqual(await facts(), before);
});

test('the memory forgets the document asked for longest ago', async (t) => {
  const memory = new FactsMemory(2);
  const pages = [asking(t, memory), asking(t, memory), asking(t, memory)] as const;
  for (const page of pages) writeFileSync(page.file, page.file);
  for (const page of [pages[0], pages[1], pages[0], pages[2]]) await page.facts();
  await pages[0].facts();
  assert.equal(pages[0].readings(), 1, 'asked for lately');
  await pages[1].facts();
  assert.equal(pages[1].readings(), 2, 'forgotten');
});

test('a failed reading is not remembered', async (t) => {
  const memory = new FactsMemory();
  const directory = withTempDir(t);
  writeFileSync(path.join(directory, 'page.html'), 'x');
  const document = await openDocument(directory, 'page.html' as DocrootPath);
  assert.ok(document);
  t.after(() => document.handle.close());
  const broken = Object.create(document.handle, { read: { value: () => Promise.reject(new Error('EIO')) } });
  await assert.rejects(memory.of({ handle: broken, stat: document.stat }, 'html'), /EIO/);
  assert.equal((await memory.of(document, 'html')).digest, digestOf('x'));
});
