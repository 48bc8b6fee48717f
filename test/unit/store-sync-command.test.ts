/**
 * Goal: where the system can flush a whole file system it is asked to, everywhere else each file is flushed by itself; what it could
 * not write is told with its reason, and is not asked again until it says yes.
 * Method: a temporary mirror, watched; scripts stand for the `sync` of other systems, or are broken in one way each.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ErrorCode, isJubjubError } from '../../src/errors.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import { detailPaths } from '../../src/pypi/paths.ts';
import { isSyncTrusted } from '../../src/store/sync-command.ts';
import { fsyncs, MANY, openWatched, stageMany, syncs, withSync } from '../support/flush-recorder.ts';

const PAGE = detailPaths(normalizeName('snark'));
const isLinux = process.platform === 'linux';
/** Knows what the coreutils know; the rest of a script says what comes of it. */
const HELP = `[ "$1" = --help ] && { echo 'Usage: sync [OPTION] [FILE]... -f, --file-system'; exit 0; }`;

/** Systems that cannot flush one file system at once, each in its own way. */
const WITHOUT: readonly [what: string, script: string | null][] = [
  ['no sync at all', null],
  ['a sync that knows no option', `echo "sync: unrecognized option: $1" >&2; exit 1`],
  [
    'a kernel without the call',
    `${HELP}\necho "sync: error syncing '$2': Function not implemented" >&2; exit 1`,
  ],
];

for (const [what, script] of WITHOUT)
  test(`with ${what} each file and name is flushed by itself, which is told once`, async (t) => {
    const { directory, recorder, store, told } = await openWatched(t);
    await stageMany(store);
    withSync(t, directory, script);
    await store.flushStaged(MANY);
    assert.equal(fsyncs(recorder.steps).length, MANY.length + 1);
    const asked = syncs(recorder.steps).length;
    await store.place(MANY);
    assert.ok(recorder.steps.includes(`fsync web/${detailPaths(normalizeName('snark-7')).directory}`));
    assert.equal(syncs(recorder.steps).length, asked, 'it is not asked again');
    assert.deepEqual(told, [
      'this system has no `sync` that flushes one file system: each file is flushed by itself',
    ]);
  });

test('the sync of busybox is asked in its own words', { skip: !isLinux }, async (t) => {
  const { directory, recorder, store, told } = await openWatched(t);
  await stageMany(store);
  withSync(t, directory, `[ "$1" = -f ] || { echo 'Usage: sync [-df] [FILE]...' >&2; exit 1; }`);
  await store.flushStaged(MANY);
  assert.deepEqual([fsyncs(recorder.steps), told], [[], []]);
  assert.equal(recorder.steps.at(-1), 'sync -f state/staging');
});

test('a sync that is killed proves nothing: each file is asked', { skip: !isLinux }, async (t) => {
  const { directory, recorder, store, told } = await openWatched(t);
  await stageMany(store);
  withSync(t, directory, 'kill -KILL $$');
  await store.flushStaged(MANY);
  assert.equal(fsyncs(recorder.steps).length, MANY.length + 1);
  assert.deepEqual(told, []);
});

/** What a sync says of a broken disk, and what the run ends with. */
const BROKEN: readonly [words: string, code: ErrorCode][] = [
  ['Input/output error', 'STORE_IO'],
  ['No space left on device', 'STORE_FULL'],
  ['Disk quota exceeded', 'STORE_FULL'],
  ['Read-only file system', 'STORE_NOT_WRITABLE'],
  ['Fehler bei der Eingabe/Ausgabe', 'STORE_IO'],
];

for (const [words, code] of BROKEN)
  test(`a sync that says "${words}" ends the run with ${code}, and nothing staged is left`, {
    skip: !isLinux,
  }, async (t) => {
    const { directory, folders, recorder, store } = await openWatched(t);
    await stageMany(store);
    const half = await store.stage(PAGE.html);
    await half.write(Buffer.from('half'));
    await half.suspend();
    withSync(t, directory, `${HELP}\necho "sync: error syncing '$2': ${words}" >&2; exit 1`);
    await assert.rejects(
      store.flushStaged(MANY),
      (error) =>
        isJubjubError(error, code) &&
        error.facts.path === folders.staging &&
        error.facts.received?.includes(words) === true,
    );
    assert.deepEqual(fsyncs(recorder.steps), [], 'it must not be asked until it says yes');
    assert.deepEqual(readdirSync(folders.staging), []);
    assert.deepEqual(readdirSync(folders.web), []);
  });

test('a flush waits for sync, and a Ctrl-C of the terminal does not reach it', {
  skip: !isLinux,
}, async (t) => {
  const { directory, store } = await openWatched(t);
  await stageMany(store);
  const [gate, seen] = [join(directory, 'gate'), join(directory, 'seen')];
  execFileSync('mkfifo', [gate]);
  // Its process, and the group that a terminal's signals go to.
  const own = `read -r line < /proc/$$/stat; set -- $line; echo "$1 $5" > ${seen}`;
  withSync(t, directory, `${own}\nread -r word < ${gate}`);
  let isOver = false;
  const flushing = store.flushStaged(MANY).then(() => {
    isOver = true;
  });
  // Opens when the script has come as far as the gate.
  const handle = await open(gate, 'w');
  assert.equal(isOver, false);
  await handle.writeFile('go\n');
  await handle.close();
  await flushing;
  const [pid, group] = readFileSync(seen, 'utf8').trim().split(' ');
  assert.equal(group, pid);
});

test('sync is trusted where it tells of what could not be written', () => {
  const table: readonly [system: string, version: string, isTrusted: boolean][] = [
    ['linux', '6.18.44-fc', true],
    ['linux', '5.8.0', true],
    ['linux', '5.7.19', false],
    ['linux', '4.18.0-553.el8_10.x86_64', false],
    ['darwin', '24.1.0', false],
    ['freebsd', '14.1', false],
  ];
  for (const [system, version, isTrusted] of table)
    assert.equal(isSyncTrusted(system, version), isTrusted, `${system} ${version}`);
});
