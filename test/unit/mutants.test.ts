/**
 * Goal: `npm run mutants` can be believed: each mutant still does what it says, and only a broken promise counts as a kill.
 * Method: every mutant is made in memory from the source as it is; texts of failures, as simulations and broken programs
 * write them, are judged; and a small file of tests is played to see what counts.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MUTANTS } from '../long/mutants/all.ts';
import { isTrivial, play, reasonOf, SIMULATIONS } from '../long/mutants/killers.ts';
import { type Mutant, mutate } from '../long/mutants/mutant.ts';
import { runIn } from '../long/mutants/workshop.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));

function refusalOf(mutant: Mutant): string | null {
  try {
    mutate(CHECKOUT, mutant);
    return null;
  } catch (error) {
    return String(error);
  }
}

test('every mutant applies: what it replaces stands once in the source', () => {
  assert.deepEqual(
    MUTANTS.flatMap((mutant) => refusalOf(mutant) ?? []),
    [],
    'change the mutant in test/long/mutants/ along with the source',
  );
});

test('each mutant has a name of its own, and names tests and simulations that exist', () => {
  const ids = MUTANTS.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  const files = [...MUTANTS.flatMap(({ unit = [] }) => unit), ...SIMULATIONS.map(({ file }) => file)];
  for (const file of new Set(files)) assert.ok(existsSync(join(CHECKOUT, file)), file);
  const known = new Set(SIMULATIONS.map(({ id }) => id));
  for (const { id, seenBy, beyond, unit = [] } of MUTANTS) {
    assert.ok(beyond === undefined || unit.length > 0, `${id}: nothing notices it`);
    assert.ok(seenBy === undefined || known.has(seenBy), `${id}: ${seenBy}`);
  }
});

test('a mutant whose text has changed, or stands twice, is refused', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jubjub-mutant-'));
  try {
    writeFileSync(join(folder, 'some.ts'), 'one two two');
    const mutant = (find: string) => {
      return { id: 'x', what: '', promise: 'P1', edits: [{ file: 'some.ts', find, replace: '' }] } as const;
    };
    assert.equal(mutate(folder, mutant('one ')).get('some.ts'), 'two two');
    assert.throws(
      () => mutate(folder, mutant('three')),
      /mutant x no longer applies: its text is not in some.ts/,
    );
    assert.throws(() => mutate(folder, mutant('two')), /its text stands 2 times in some.ts/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a broken promise is a kill; a broken program is none', () => {
  for (const text of [
    'AssertionError [ERR_ASSERTION]: P1: simple/snark/index.html links to nothing',
    'Error [ERR_TEST_FAILURE]: seed 4 breaks the promise\nAssertionError: P8: status 0',
  ])
    assert.equal(isTrivial(text), false, text);
  for (const text of [
    'SyntaxError: Unexpected token',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module './x.ts'",
    'AssertionError: a bug: TypeError: x is not a function',
    'ReferenceError: page is not defined',
    'seed 2 breaks the end\nhangs: not done after 60000 ms',
  ])
    assert.equal(isTrivial(text), true, text);
  assert.equal(reasonOf('Error: seed 4\nAssertionError: P8: status 0\nmore'), 'P8: status 0');
});

const FILE = `import assert from 'node:assert/strict';
import { test } from 'node:test';
test('clumsy', () => { null.x; });
test('outer', async (t) => { await t.test('tells', () => assert.fail('P3: half a file')); });
test('later', () => assert.fail('P1: never read'));
`;

const SCRIPT = `process.stdout.write('seed 7 breaks P4\\nAssertionError: P4: not as undisturbed\\n');
process.stdout.write('  replay: npm run sim -- --seed 7 --acts 2,5   (of 9)\\n');
process.exitCode = 1;
`;

test('the first failure that shows something counts, not the one that the mutant stumbles over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jubjub-mutant-'));
  try {
    const playFile = (name: string, text: string) => {
      const file = join(folder, name);
      writeFileSync(file, text);
      const run = runIn(folder, {});
      return play({ run }, { id: 'x', file, limitMs: 30_000 });
    };
    const killed = { kind: 'killed', test: 'tells', why: 'P3: half a file' };
    assert.deepEqual(await playFile('all.test.ts', FILE), killed);
    const [head = '', more = '', clumsy = ''] = FILE.split('\n');
    assert.equal((await playFile('clumsy.test.ts', [head, more, clumsy].join('\n'))).kind, 'died');
    assert.equal((await playFile('none.test.ts', `import './nothing.ts';`)).kind, 'died');
    assert.deepEqual(await playFile('green.test.ts', more), { kind: 'alive' });
    assert.deepEqual(await playFile('script.ts', SCRIPT), {
      kind: 'killed',
      test: '--seed 7',
      why: 'P4: not as undisturbed',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
