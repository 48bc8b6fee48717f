/**
 * Goal: `config import` reads files only; what is no file neither holds it up nor fills its memory.
 * Method: /dev/null, which would be empty text, in the places where a bandersnatch.conf or what it names is read.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CliContext } from '../../src/cli/context.ts';
import { runConfigImport } from '../../src/cli/run-config-import.ts';
import { isJubjubError } from '../../src/errors.ts';
import { withTempDir } from '../support/temp.ts';

test('a device, a pipe or a folder is not read', { skip: process.platform === 'win32' }, async (t) => {
  const folder = withTempDir(t);
  const printed: string[] = [];
  const context = {
    io: { cwd: folder, stderr: { write: () => true } },
    output: { json: false, quiet: true },
    print: (text: string) => void printed.push(text),
  } as unknown as CliContext;
  for (const path of ['/dev/null', folder]) {
    await assert.rejects(
      runConfigImport(path, '-', context),
      (error) => isJubjubError(error, 'CONFIG_INVALID') && /a device/.test(String(error.facts.received)),
    );
  }
  const conf =
    '[plugins]\nenabled = project_requirements\n[allowlist]\nrequirements_path = /dev\nrequirements = null\n';
  writeFileSync(join(folder, 'bandersnatch.conf'), conf);
  assert.equal(await runConfigImport('bandersnatch.conf', '-', context), 0);
  assert.match(printed.join(''), /block = \["\*"\]/);
  assert.match(printed.join(''), /not all of these files can be read/);
});
