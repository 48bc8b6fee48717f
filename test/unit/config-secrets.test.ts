/**
 * Goal: no password of a configuration is ever shown, in whatever key it stands and whatever it is made of.
 * Method: addresses with passwords that URLs take, and with those that they do not, through all that is told of a configuration.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../src/config/load.ts';
import { redactValue } from '../../src/config/redact.ts';
import { effectiveConfig } from '../../src/config/starter.ts';
import { JubjubError } from '../../src/errors.ts';

/** Such as people paste: most are no part of an address, and URLs take some of them all the same. */
const PASSWORDS = [
  'secret',
  "se'cret",
  'se"cret',
  'se<cret>',
  'se cret',
  'se\\cret',
  'se/cret',
  'se#cret',
  'se?cret',
  'se@cret',
];

test('whatever a password is made of, no message and no setting shows a part of it', () => {
  for (const password of PASSWORDS)
    for (const key of ['url', 'proxy', 'connect-to', 'ca-file', 'file-hosts']) {
      const address = JSON.stringify(`http://user:${password}@127.0.0.1:3128`);
      const value = key === 'file-hosts' ? `[${address}]` : address;
      const url = key === 'url' ? '' : 'url = "https://pypi.example"\n';
      const shown = shownOf(`directory = "m"\n[upstream]\n${url}${key} = ${value}\n`);
      assert.match(shown, /127\.0\.0\.1/, `${key} ${password}`);
      assert.doesNotMatch(shown, /cret|user/, `${key} ${password}`);
    }
});

/** The effective settings, or the error, as it is told. */
function shownOf(text: string): string {
  try {
    return effectiveConfig(readConfig(text, '/etc/jubjub/mirror.toml'));
  } catch (error) {
    assert.ok(error instanceof JubjubError, String(error));
    return JSON.stringify([error.message, error.facts, String(error.cause)]);
  }
}

test('a value without a password stays as it is, and of an address that has one only that goes', () => {
  for (const value of [
    './mirror',
    'https://a.example/@scope/x?y#z',
    'mail@a.example',
    'https://a.example',
    'user@',
  ])
    assert.equal(redactValue(value), value);
  assert.equal(redactValue('https://u:p@a.example/@scope?x@y'), 'https://a.example/@scope?x@y');
});
