/** What real pip must be able to do with a served docroot, whoever serves it. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sha256Hex } from './docroot.ts';
import { runPip } from './isolated-pip.ts';
import { type MakePipDocroot, type PipDocroot, type PipFile, PROBE } from './pip-docroot.ts';
import { debianPip } from './real-wheels.ts';
import { withTempDir } from './temp.ts';

export interface Serving {
  /** Without a slash at its end. */
  readonly url: string;
  close(): Promise<void>;
}

export interface PipSuite {
  readonly server: string;
  /** A reason, when this machine cannot run the suite. */
  readonly skip: string | false;
  /** The server has HTML pages only. */
  readonly html: boolean;
  readonly makeDocroot: MakePipDocroot;
  /** `directory` is the server's own. */
  serve(docroot: string, directory: string): Promise<Serving>;
}

function requirement(file: PipFile): string {
  return `${file.project}==${file.version}`;
}

/** Declares the tests: download, install, install with hashes, and that a wrong hash is refused. */
export function pipSuite({ server, skip, html, makeDocroot, serve }: PipSuite): void {
  describe(`pip and ${server}`, { skip, concurrency: 2 }, () => {
    const directory = withTempDir({ after: (hook) => after(hook as () => void) });
    let docroot: PipDocroot;
    let serving: Serving | undefined;
    before(async () => {
      docroot = await makeDocroot(directory);
      serving = await serve(docroot.directory, path.join(directory, 'server'));
    });
    after(() => serving?.close());

    const pip = async (command: string, ...args: string[]) => {
      const index = ['--index-url', `${serving?.url}/simple/`];
      return await runPip(directory, [command, ...index, '--only-binary', ':all:', ...args]);
    };
    // Compiling what was installed is no matter of the server, and takes several times as long as all the rest.
    const install = (target: string, ...args: string[]) =>
      pip('install', '--no-compile', '--target', target, ...args);
    const emptyDirectory = (name: string) => {
      const target = path.join(directory, name);
      mkdirSync(target);
      return target;
    };
    const assertInstalled = (target: string) => {
      assert.match(readFileSync(path.join(target, 'jubjub_probe.py'), 'utf8'), /frumious/);
      const installed = readdirSync(target);
      for (const { project, version } of docroot.dependencies)
        assert.ok(
          installed.includes(`${project}-${version}.dist-info`),
          `${project} ${version} is installed`,
        );
    };

    test('it downloads a project with its dependencies, byte for byte', async () => {
      const target = emptyDirectory('downloaded');
      const { exitStatus, output } = await pip('download', '--dest', target, PROBE.project);
      assert.equal(exitStatus, 0, output);
      const files = [docroot.probe, ...docroot.dependencies];
      assert.deepEqual(readdirSync(target).sort(), files.map(({ filename }) => filename).sort());
      for (const { filename, sha256 } of files)
        assert.equal(sha256Hex(readFileSync(path.join(target, filename))), sha256, filename);
    });

    test('Debian’s own, older pip downloads the real wheels', async (t) => {
      const oldPip = debianPip();
      if (oldPip === null) return t.skip("Debian's python3-pip-whl is not installed (.ci/run installs it)");
      const target = emptyDirectory('downloaded-by-debian');
      const args = ['download', '--index-url', `${serving?.url}/simple/`, '--only-binary', ':all:'];
      const wanted = [...args, '--dest', target, PROBE.project];
      const { exitStatus, output } = await runPip(directory, wanted, oldPip);
      assert.equal(exitStatus, 0, output);
      assert.equal(readdirSync(target).length, docroot.dependencies.length + 1);
    });

    test('it installs a project with its dependencies, by a name that is not normalized', async (t) => {
      const { output: version } = await runPip(directory, ['--version']);
      if (html && /^pip 23\.[01]\./.test(version)) {
        return t.skip(
          'this pip compares names as they are spelled once an HTML page advertises metadata (23.2 does not)',
        );
      }
      const target = emptyDirectory('installed');
      const { exitStatus, output } = await install(target, 'Jubjub.Probe');
      assert.equal(exitStatus, 0, output);
      assertInstalled(target);
    });

    test('it installs with --require-hashes', async () => {
      const target = emptyDirectory('hashed');
      const lines = [docroot.probe, ...docroot.dependencies].map(
        (file) => `${requirement(file)} --hash=sha256:${file.sha256}\n`,
      );
      writeFileSync(path.join(directory, 'requirements.txt'), lines.join(''));
      const { exitStatus, output } = await install(target, '--require-hashes', '-r', 'requirements.txt');
      assert.equal(exitStatus, 0, output);
      assertInstalled(target);
    });

    test('it refuses a file that has not the required hash', async () => {
      const target = emptyDirectory('refused');
      const line = `${requirement(docroot.probe)} --hash=sha256:${'0'.repeat(64)}\n`;
      writeFileSync(path.join(directory, 'wrong.txt'), line);
      const { exitStatus, output } = await install(
        target,
        '--no-deps',
        '--require-hashes',
        '-r',
        'wrong.txt',
      );
      assert.notEqual(exitStatus, 0);
      assert.match(output, /DO NOT MATCH THE HASHES/);
      assert.deepEqual(readdirSync(target), []);
    });

    test('it finds no project that is not there', async () => {
      const { exitStatus, output } = await pip('download', '--dest', directory, 'jubjub-boojum');
      assert.notEqual(exitStatus, 0);
      assert.match(output, /No matching distribution found for jubjub-boojum/);
    });

    test('every source of real wheels was there', (t) => {
      if (docroot.missing.length > 0) t.skip(docroot.missing.join('; '));
    });
  });
}
