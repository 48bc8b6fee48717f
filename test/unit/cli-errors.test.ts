/**
 * Goal: an error reads as the style guide shows it, and nothing from outside can forge or leak anything in it.
 * Method: fixed errors to exact texts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorObject, renderError } from '../../src/cli/errors.ts';
import { COLOURED, PLAIN, styleFor } from '../../src/cli/style.ts';
import { printable } from '../../src/cli/text.ts';
import { JubjubError } from '../../src/errors.ts';
import { MemoryStream } from '../support/cli.ts';

const VIEW = { style: PLAIN, verbose: false };

const DIGEST = new JubjubError(
  'INTEGRITY_DIGEST_MISMATCH',
  'the file is not what the index promised: numpy-2.1.0.tar.gz',
  {
    hint: 'if it repeats, a proxy may be rewriting bodies',
    url: 'https://user:secret@files.example/packages/59/5f/numpy-2.1.0.tar.gz',
    received: 'sha256 e3b0c442… (18868922 bytes)',
    expected: 'sha256 7dc90da0… (18868922 bytes)',
    effect: 'numpy stays as it was; it is pending and will be tried again',
    retryable: true,
    cause: new Error('socket hang up', { cause: 'ECONNRESET' }),
  },
);

test('facts are aligned, in one order, and the code comes last', () => {
  assert.equal(
    renderError(DIGEST, VIEW),
    `error: the file is not what the index promised: numpy-2.1.0.tar.gz
  url       https://files.example/packages/59/5f/numpy-2.1.0.tar.gz
  expected  sha256 7dc90da0… (18868922 bytes)
  received  sha256 e3b0c442… (18868922 bytes)
  effect    numpy stays as it was; it is pending and will be tried again
  hint      if it repeats, a proxy may be rewriting bodies
  code      INTEGRITY_DIGEST_MISMATCH
`,
  );
});

test('the chain of causes is shown when asked for', () => {
  const text = renderError(DIGEST, { style: PLAIN, verbose: true });
  assert.match(text, /\n {2}cause {5}Error: socket hang up\n {12} +at .+\n/);
  assert.match(text, /\n {2}cause {5}ECONNRESET\n$/);
});

test('causes that go in a circle come to an end', () => {
  const cause: Error & { cause?: unknown } = new Error('round');
  cause.cause = cause;
  const text = renderError(new JubjubError('STORE_IO', 'x', { cause }), { style: PLAIN, verbose: true });
  assert.equal(text.match(/cause/g)?.length, 5);
});

test('several problems are a block each', () => {
  const cause = new AggregateError([
    new JubjubError('CONFIG_INVALID', 'a'),
    new JubjubError('CONFIG_INVALID', 'b'),
  ]);
  const error = new JubjubError('CONFIG_INVALID', '2 problems', { cause });
  assert.equal(
    renderError(error, VIEW),
    'error: a\n  code      CONFIG_INVALID\n\nerror: b\n  code      CONFIG_INVALID\n',
  );
  assert.equal((errorObject(error)['problems'] as unknown[]).length, 2);
});

test('as JSON it has the code, the status and the facts, without credentials', () => {
  const object = errorObject(DIGEST.with({ httpStatus: 200 }));
  assert.deepEqual(Object.keys(object).slice(0, 4), ['type', 'code', 'message', 'exitStatus']);
  assert.equal(object['exitStatus'], 4);
  assert.equal(object['httpStatus'], 200);
  assert.equal(object['url'], 'https://files.example/packages/59/5f/numpy-2.1.0.tar.gz');
  assert.doesNotMatch(JSON.stringify(object), /secret|retryable|cause/);
});

test('credentials in messages and hints are stripped, not only in the url', () => {
  const error = new JubjubError('UPSTREAM_STATUS', 'https://u:secret@a.example said no', {
    hint: 'try http://secret@b.example',
    cause: new Error('at https://x:secret@c.example/'),
  });
  assert.doesNotMatch(renderError(error, { style: PLAIN, verbose: true }), /secret/);
  assert.doesNotMatch(JSON.stringify(errorObject(error)), /secret/);
});

test('control characters, line breaks and bidirectional overrides are written as escapes', () => {
  assert.equal(
    printable('a\u001b[31mb\r\nc\u202ed\u009be\u2028f\tg ü 名'),
    'a\\u{1b}[31mb\\u{d}\\u{a}c\\u{202e}d\\u{9b}e\\u{2028}f\\u{9}g ü 名',
  );
  const error = new JubjubError('UPSTREAM_MALFORMED', 'x\nerror: forged', {
    received: '\u001b]0;title\u0007',
  });
  assert.equal(renderError(error, VIEW).split('\n').length, 4);
});

test('colours are for terminals without NO_COLOR', () => {
  const terminal = new MemoryStream();
  terminal.isTTY = true;
  assert.equal(styleFor(terminal, {}), COLOURED);
  assert.equal(styleFor(terminal, { NO_COLOR: '' }), COLOURED);
  assert.equal(styleFor(terminal, { NO_COLOR: '1' }), PLAIN);
  assert.equal(styleFor(terminal, { TERM: 'dumb' }), PLAIN);
  assert.equal(styleFor(new MemoryStream(), {}), PLAIN);
  assert.ok(
    renderError(DIGEST, { style: COLOURED, verbose: false }).startsWith('\u001b[31merror:\u001b[39m '),
  );
});
