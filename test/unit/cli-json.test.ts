/**
 * Goal: what is printed as JSON, or kept for people to look at, is the same value for a program and harmless on a terminal.
 * Method: texts of everything that a terminal acts on; and the sources, for a place that prints JSON in another way.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonText } from '../../src/cli/text.ts';
import { auditLine } from '../../src/mirror/audit.ts';
import { harmlessJson } from '../../src/pypi/quote.ts';
import fc from '../support/properties.ts';
import { sourceFiles } from '../support/sources.ts';

/** Escape sequences, C1, DEL, line separators, text turned around, a tag of two units, and what JSON escapes itself. */
const EVIL = '\u001b[2J\u009b31m\u007f\u2028\u2029\u202e\u2066\u{e0041}\r\n\0"\\';
const ACTED_ON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

test('JSON that is printed has nothing in it that a terminal acts on, and is the same value', () => {
  const value = { [EVIL]: [EVIL, 'plain — ü 漢'] };
  const text = jsonText(value);
  assert.doesNotMatch(text, ACTED_ON);
  assert.deepEqual(JSON.parse(text), value);
  assert.match(text, /plain — ü 漢/);
});

test('any JSON that is laid out keeps its lines and its value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = harmlessJson(JSON.stringify(value, null, 2));
      assert.doesNotMatch(text.replaceAll('\n', ''), ACTED_ON);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a line of the audit is one line, whatever the names in it', () => {
  const record = {
    seq: 1,
    atMs: 0,
    action: 'hidden',
    project: EVIL,
    filename: EVIL,
    path: EVIL,
    sha256: null,
    why: EVIL,
    serial: 1,
  };
  const line = auditLine(record as unknown as Parameters<typeof auditLine>[0]);
  assert.doesNotMatch(line, ACTED_ON);
  assert.equal(JSON.parse(line).file, EVIL);
});

test('no command prints JSON in another way', () => {
  const others = sourceFiles().filter(
    ({ path, code }) => path.startsWith('src/cli/') && code.includes('JSON.stringify('),
  );
  assert.deepEqual(
    others.map(({ path }) => path),
    ['src/cli/log.ts', 'src/cli/text.ts'],
  );
});
