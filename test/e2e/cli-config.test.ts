/**
 * Goal: the configuration is found, written, checked and resolved as the contract says.
 * Method: the built program in directories of its own, from other working directories and with JUBJUB_CONFIG.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { MirrorPlace } from '../support/mirror-place.ts';
import { expectProgram, runProgram } from '../support/program.ts';
import { withTempDir } from '../support/temp.ts';
import { startWorld, uploadSmall } from '../support/world.ts';

describe('the configuration', { concurrency: 2 }, () => {
  test('config init writes a file that config check accepts, and never overwrites it', async (t) => {
    const cwd = withTempDir(t);
    await expectProgram(t, 0, ['config', 'init'], { cwd });
    const file = join(cwd, 'mirror.toml');
    const text = readFileSync(file, 'utf8');
    const { stdout } = await expectProgram(t, 0, ['config', 'check', '--json'], { cwd });
    const { settings } = JSON.parse(stdout);
    assert.equal(settings.directory, join(cwd, 'mirror'));
    assert.equal(settings.upstream.url, 'https://pypi.org');

    writeFileSync(file, `${text}# mine\n`);
    const { stderr } = await expectProgram(t, 2, ['config', 'init'], { cwd });
    assert.match(stderr, /the file exists already/);
    assert.equal(readFileSync(file, 'utf8'), `${text}# mine\n`);
    await expectProgram(t, 0, ['config', 'init', 'other.toml'], { cwd });
    assert.deepEqual(readdirSync(cwd).sort(), ['mirror.toml', 'other.toml']);
  });

  test('what config check prints is a configuration that means the same', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure('https://pypi.example', {
      upstream: 'contact = "mirror@example.org"\ntimeout = "45s"',
      more: `[sync]
replay = "1h"
[projects]
allow = ["numpy", "sci*"]
requirements = ["app/requirements.txt"]
metadata = { license = ["!GPL*"] }
[releases]
not-before = 2024-01-31T12:00:00+02:00
[[exception]]
projects = ["scipy"]
platforms = ["linux_x86_64", "any"]
[[environment]]
python = "3.12"
platform = "linux_x86_64"
`,
    });
    mkdirSync(join(place.directory, 'app'));
    const requirements = 'flask>=3\n-e .\ncolorama; sys_platform == "win32"\n';
    writeFileSync(join(place.directory, 'app', 'requirements.txt'), requirements);
    const first = await place.expect(t, 0, ['config', 'check']);
    assert.match(first.stdout, /^# note: app\/requirements\.txt:2: \. is on no index: it is not mirrored$/m);
    const before = JSON.parse((await place.expect(t, 0, ['config', 'check', '--json'])).stdout).settings;
    writeFileSync(place.config, first.stdout);
    const after = JSON.parse((await place.expect(t, 0, ['config', 'check', '--json'])).stdout).settings;
    assert.deepEqual(after, before);
    assert.equal(after.sync.replayMs, 3_600_000);
    assert.equal(after.selection.releases.notBeforeMs, Date.UTC(2024, 0, 31, 10));
    assert.deepEqual(after.selection.projects.requirements, [
      { name: 'flask', specifier: '>=3', extras: [], sha256s: [], by: 'app/requirements.txt:1' },
    ]);
    writeFileSync(join(place.directory, 'app', 'requirements.txt'), 'flask\nflask=3\n');
    const { stderr } = await place.expect(t, 2, ['config', 'check']);
    assert.match(stderr, /app\/requirements\.txt:2/);
  });

  test('a relative directory is relative to the file, wherever the program is started', async (t) => {
    const sim = await startWorld(t);
    uploadSmall(sim, ['cheshire']);
    const directory = withTempDir(t);
    const place = new MirrorPlace(join(directory, 'etc')).configure(sim.url);
    const cwd = join(directory, 'elsewhere');
    mkdirSync(cwd);
    await expectProgram(t, 0, ['sync', '-c', '../etc/mirror.toml'], { cwd });
    assert.deepEqual(readdirSync(cwd), []);
    assert.deepEqual(readdirSync(place.directory).sort(), ['mirror', 'mirror.toml']);
  });

  test('config nginx, caddy and apache print what serves the docroot of the file, and touch nothing', async (t) => {
    const place = new MirrorPlace(withTempDir(t)).configure('https://pypi.example', {
      more: '[pages]\nbase-url = "https://pypi.example.org/mirror"\n',
    });
    for (const server of ['nginx', 'caddy', 'apache']) {
      const { stdout, stderr } = await place.expect(t, 0, ['config', server]);
      assert.equal(stderr, '');
      assert.ok(stdout.includes(place.web), server);
      assert.match(stdout, /\/mirror\/simple/, server);
    }
    assert.deepEqual(readdirSync(place.directory), ['mirror.toml']);
    const { stderr } = await place.expect(t, 2, ['config', 'lighttpd']);
    assert.match(stderr, /nginx, caddy and apache/);
  });

  test('JUBJUB_CONFIG names the file; --config wins over it', async (t) => {
    const directory = withTempDir(t);
    const [one, other] = ['one', 'other'].map((name) =>
      new MirrorPlace(join(directory, name)).configure(`https://${name}.example`),
    );
    const env = { JUBJUB_CONFIG: one?.config ?? '' };
    const urlFor = async (...argv: string[]) => {
      const { stdout } = await runProgram(t, ['config', 'check', '--json', ...argv], { cwd: directory, env });
      return JSON.parse(stdout).settings.upstream.url;
    };
    assert.equal(await urlFor(), 'https://one.example');
    assert.equal(await urlFor('-c', other?.config ?? ''), 'https://other.example');
  });
});
