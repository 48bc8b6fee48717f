/**
 * Goal: real pip downloads and installs real wheels from `jubjub serve` over a docroot that `jubjub sync` made.
 * Method: the built program for both, and the machine's pip, cut off from all else, as child processes.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { syncedPipDocroot } from '../support/pip-docroot.ts';
import { pipSuite } from '../support/pip-suite.ts';
import { startProgram } from '../support/program.ts';
import { suiteHooks } from '../support/suite-hooks.ts';

const hooks = suiteHooks();
const SERVE = ['serve', '--port', '0', '--verbose', '--log-format', 'json'];

pipSuite({
  server: 'jubjub serve',
  skip: false,
  html: false,
  makeDocroot: syncedPipDocroot,
  serve: async (docroot) => {
    const serving = startProgram(hooks, SERVE, { cwd: path.resolve(docroot, '../..') });
    return {
      url: await serving.line('stdout', /^http:/),
      close: async () => {
        serving.send('SIGTERM');
        const { status, stderr } = await serving.ended;
        assert.equal(status, 0, stderr);
        const records = stderr
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line));
        // Each answer is a record with its target, and so is what could not be read.
        const told = records.filter(({ target }) => target !== undefined);
        assert.ok(told.length > 0, 'requests are told');
        const troubles = told.filter(
          (record) => record.status !== 200 && record.target !== '/simple/jubjub-boojum/',
        );
        assert.deepEqual(troubles, [], 'pip met nothing but 200, but for the project that is not there');
      },
    };
  },
});
