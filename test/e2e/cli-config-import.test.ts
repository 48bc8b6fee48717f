/**
 * Goal: `jubjub config import` writes a configuration that is accepted, says what became of the other one, and overwrites nothing.
 * Method: the built program over one bandersnatch.conf with filters, requirement files found by a glob, and keys without equivalent.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expectProgram } from '../support/program.ts';
import { withTempDir } from '../support/temp.ts';

const CONF = `[mirror]
directory = /srv/pypi
master = https://pypi.org
workers = 3
hash-index = true
stop-on-error = false
[plugins]
enabled =
    project_requirements_pinned
    exclude_platform
[allowlist]
requirements_path = lists
requirements =
    need-*.txt
[blocklist]
platforms =
    windows
`;

test('config import writes, prints and tells, and the result is a configuration', async (t) => {
  const cwd = withTempDir(t);
  mkdirSync(join(cwd, 'lists'));
  for (const [name, text] of [
    ['need-a.txt', 'flask==3.0.2\n'],
    ['need-b.txt', 'numpy\n'],
    ['other.txt', 'django\n'],
  ] as const)
    writeFileSync(join(cwd, 'lists', name), text);
  writeFileSync(join(cwd, 'bandersnatch.conf'), CONF);

  const { stdout } = await expectProgram(t, 0, ['config', 'import', 'bandersnatch.conf'], { cwd });
  assert.match(stdout, /^wrote .*mirror\.toml\n {2}translated 8 keys\n {2}commented {2}1: /);
  assert.match(stdout, /line 5: \[mirror\] hash-index: pages are at simple/);
  assert.match(stdout, /^ {2}mirrors {4}what the rules keep$/m);
  const text = readFileSync(join(cwd, 'mirror.toml'), 'utf8');
  const { settings } = JSON.parse((await expectProgram(t, 0, ['config', 'check', '--json'], { cwd })).stdout);
  assert.equal(settings.directory, '/srv/pypi');
  const asked = settings.selection.projects.requirements.map((ask: { name: string; specifier: string }) => [
    ask.name,
    ask.specifier,
  ]);
  assert.deepEqual(asked, [
    ['flask', '==3.0.2'],
    ['numpy', ''],
  ]);

  const { stderr } = await expectProgram(t, 2, ['config', 'import', 'bandersnatch.conf'], { cwd });
  assert.match(stderr, /the file exists already/);
  const printed = await expectProgram(t, 0, ['config', 'import', 'bandersnatch.conf', '-'], { cwd });
  assert.equal(printed.stdout, text);
  assert.match(printed.stderr, /translated 8 keys/);
  const json = JSON.parse(
    (await expectProgram(t, 0, ['config', 'import', 'bandersnatch.conf', '-', '--json'], { cwd })).stdout,
  );
  assert.deepEqual([json.file, json.translated, json.commented, json.configuration], [null, 8, 1, text]);
  assert.equal(json.keys.length, 9);
  writeFileSync(join(cwd, 'broken.conf'), CONF.replace('[plugins]', '[plugins'));
  const broken = await expectProgram(t, 0, ['config', 'import', 'broken.conf', '-'], { cwd });
  assert.match(
    broken.stderr,
    /^ {2}refused {4}1 line at which bandersnatch stops.*\n +line 7: it has no name/m,
  );
  assert.match(broken.stderr, /^ {2}mirrors {4}nothing, until block = \["\*"\]/m);
  assert.match(broken.stdout, /^block = \["\*"\]$/m);
  rmSync(join(cwd, 'broken.conf'));
  const missing = await expectProgram(t, 2, ['config', 'import', 'nowhere.conf', 'other.toml'], { cwd });
  assert.match(missing.stderr, /no such configuration of bandersnatch/);
  assert.deepEqual(readdirSync(cwd).sort(), ['bandersnatch.conf', 'lists', 'mirror.toml']);
});
