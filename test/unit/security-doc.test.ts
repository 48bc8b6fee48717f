/**
 * Goal: docs/security.md says of each attack what stops it and which test shows it, and both are there.
 * Method: its tables are read; each file that a line names must exist, and each title must stand in its test file.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { readFromRoot } from '../support/sources.ts';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENT = 'docs/security.md';
const ATTACKS_MIN = 60;

interface Line {
  readonly text: string;
  /** What stands in each column. */
  readonly cells: readonly string[];
}

/** The lines of all tables, without their heads. */
function tableLines(): Line[] {
  return readFromRoot(DOCUMENT)
    .split('\n')
    .filter((text) => text.startsWith('| ') && !/^\| (?:---|what )/.test(text) && text.endsWith(' |'))
    .map((text) => ({ text, cells: text.slice(2, -2).split(' | ') }));
}

/** `[name](../test/…): title`, several with a semicolon between. */
function testsOf(cell: string): { readonly path: string; readonly title: string }[] {
  return cell.split(/; (?=\[)/).map((one) => {
    const match = /^\[([^\]]+)\]\(\.\.\/(test\/[^)]+\.test\.ts)\): (.+)$/.exec(one);
    const [, name = '', path = '', title = ''] = match ?? [];
    assert.ok(match !== null && path.endsWith(`/${name}.test.ts`), `not a test: ${one}`);
    return { path, title };
  });
}

/** As a title stands in its source. */
const inSource = (title: string) => title.replaceAll("'", "\\'");

test('every line of a table has an attack, what stops it, where, and a test', () => {
  const lines = tableLines();
  assert.ok(lines.length >= ATTACKS_MIN, `${lines.length} lines`);
  for (const { text, cells } of lines) {
    assert.equal(cells.length, 4, text);
    assert.ok(
      cells.every((cell) => cell.trim() !== ''),
      text,
    );
  }
});

test('every file that stops something is there', () => {
  for (const { text, cells } of tableLines()) {
    const path = /^`([a-z0-9/.-]+)`$/.exec(cells[2] ?? '')?.[1] ?? '';
    assert.ok(path !== '', text);
    assert.ok(existsSync(new URL(path.startsWith('bin/') ? path : `src/${path}`, ROOT)), path);
  }
});

test('every test that is named is there, with its title', () => {
  for (const { cells } of tableLines())
    for (const { path, title } of testsOf(cells[3] ?? '')) {
      assert.ok(existsSync(new URL(path, ROOT)), path);
      const source = readFromRoot(path);
      assert.ok(source.includes(title) || source.includes(inSource(title)), `${path} has no: ${title}`);
    }
});
