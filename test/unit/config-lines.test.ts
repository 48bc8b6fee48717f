/**
 * Goal: messages name the line of a key.
 * Method: TOML with everything that could lead a line counter astray.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'smol-toml';
import { keyLines, lineKey } from '../../src/config/lines.ts';

const TEXT = `# upstream = "no"
directory = "a # no comment" # a = 1

[upstream] # [other]
url = """
[not.a.table]
not-a-key = 1
"""
file-hosts = [
  "a = b", # c = [
  "]",
]
  timeout = '[x] = "'

[ "quoted section" . sub ]
'literal key' = 1
dotted . "key" = { inside = 2, x = "}" }
after = ''''
q = 1''''
nested = [
  ["not.a.section"],
  [1],
]
last = 0`;

test('every key and section is found on its own line', () => {
  parse(TEXT);
  const lines = keyLines(TEXT);
  const expected: [string[], number][] = [
    [['directory'], 2],
    [['upstream'], 4],
    [['upstream', 'url'], 5],
    [['upstream', 'file-hosts'], 9],
    [['upstream', 'timeout'], 13],
    [['quoted section', 'sub'], 15],
    [['quoted section', 'sub', 'literal key'], 16],
    [['quoted section', 'sub', 'dotted', 'key'], 17],
    [['quoted section', 'sub', 'after'], 18],
    [['quoted section', 'sub', 'nested'], 20],
    [['quoted section', 'sub', 'last'], 24],
  ];
  assert.deepEqual(
    [...lines],
    expected.map(([path, line]) => [lineKey(path), line]),
  );
});

test('Windows line endings count as one line each', () => {
  const lines = keyLines('a = 1\r\n\r\n[s]\r\nb = 2\r\n');
  assert.deepEqual(
    [...lines],
    [
      ['a', 1],
      ['s', 3],
      [lineKey(['s', 'b']), 4],
    ],
  );
});

test('an empty text has no keys', () => {
  assert.deepEqual([...keyLines('')], []);
  assert.deepEqual([...keyLines('\n\n# a = 1')], []);
});

test('a name, a string or blanks of millions of characters have no line, and what stands behind them has', () => {
  const many = 15_000_000;
  const a = 'a'.repeat(many);
  const texts: readonly (readonly [string, () => string, boolean])[] = [
    ['a bare key', () => `${a} = 1`, true],
    ['a quoted key', () => `"${a}" = 1`, true],
    ['a key of escapes', () => `"${'\\\\'.repeat(many / 2)}" = 1`, true],
    ['a key of many parts', () => `${'a.'.repeat(many / 2)}a = 1`, true],
    ['a header', () => `[${a}]`, false],
    ['a header of an array', () => `[[${a}]]`, false],
    ['blanks', () => `${' '.repeat(many)}a = 1`, true],
    ['an empty line', () => ' '.repeat(many), true],
    ['a comment', () => `#${a}`, true],
    ['a string', () => `a = "${a}"`, true],
    ['a string of escapes', () => `a = "${'\\"'.repeat(many / 2)}"`, true],
    ['a literal string', () => `a = '${a}'`, true],
  ];
  for (const [what, text, isTop] of texts) {
    const lines = keyLines(`[s]\n${text()}\nb = 2\n[t]\nc = 3`);
    assert.equal(lines.get(lineKey(['t', 'c'])), 5, what);
    assert.equal(lines.get(lineKey(['s', 'b'])), isTop ? 3 : undefined, what);
  }
});

test('tables of an array are told apart, with what stands below each', () => {
  const text = `[[exception]]
projects = ["a"]
[exception.sub]
x = 1
[[exception]]
projects = [
  "b",
]
types = []
[[exception.deep]]
y = 1
[other]
[[exception]]
`;
  parse(text);
  const lines = keyLines(text);
  const expected: [(string | number)[], number][] = [
    [['exception'], 1],
    [['exception', 0], 1],
    [['exception', 0, 'projects'], 2],
    [['exception', 0, 'sub'], 3],
    [['exception', 0, 'sub', 'x'], 4],
    [['exception', 1], 5],
    [['exception', 1, 'projects'], 6],
    [['exception', 1, 'types'], 9],
    [['exception', 1, 'deep'], 10],
    [['exception', 1, 'deep', 0], 10],
    [['exception', 1, 'deep', 0, 'y'], 11],
    [['other'], 12],
    [['exception', 2], 13],
  ];
  assert.deepEqual(
    [...lines],
    expected.map(([path, line]) => [lineKey(path), line]),
  );
});
