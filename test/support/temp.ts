/** Directories that last as long as a test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A fresh directory; it is removed when the test ends, however it ends. */
export function withTempDir(t: Pick<TestContext, 'after'>, parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, 'jubjub-test-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
