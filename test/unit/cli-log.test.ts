/**
 * Goal: a log line is the same in every time zone and locale, and carries neither passwords nor escape sequences.
 * Method: records to exact lines.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, type LogFormat, type LogLevel } from '../../src/cli/log.ts';
import { PLAIN } from '../../src/cli/style.ts';
import { HandClock } from '../support/cli.ts';

function logger(format: LogFormat, level: LogLevel = 'info') {
  const lines: string[] = [];
  const log = createLogger({
    format,
    level,
    clock: new HandClock(),
    style: PLAIN,
    write: (line) => lines.push(line),
  });
  return { log, lines };
}

test('as text it is time, level, message and fields', () => {
  const { log, lines } = logger('text');
  log.info({ serial: 12, name: 'numpy', why: 'two words', none: null, list: ['a'] }, 'wave committed');
  log.debug('not said');
  log.error('broken');
  assert.deepEqual(lines, [
    '2026-11-21T09:30:00Z info  wave committed serial=12 name=numpy why="two words" none=null list=["a"]',
    '2026-11-21T09:30:00Z error broken',
  ]);
});

test('as JSON it is one object a line, with level in words, time in UTC, and nothing of the machine', () => {
  const { log, lines } = logger('json');
  log.warn({ name: 'numpy' }, 'project pending');
  assert.deepEqual(lines, [
    '{"level":"warn","time":"2026-11-21T09:30:00Z","name":"numpy","msg":"project pending"}',
  ]);
});

test('passwords and control characters come through neither message nor field', () => {
  for (const format of ['text', 'json'] as const) {
    const { log, lines } = logger(format);
    log.info(
      { url: 'https://u:secret@a.example/', evil: 'a\u001b[2J\u009b\u202e\u2028' },
      'from http://secret@b.example\nnext',
    );
    assert.doesNotMatch(lines[0] ?? '', /secret|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.equal(lines.length, 1);
  }
});
