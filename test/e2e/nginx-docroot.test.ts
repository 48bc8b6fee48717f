/**
 * Goal: the docroot needs no jubjub to be served: a plain web server gives the same bytes at the same URLs.
 * Method: those requests of the serve table that any server over the directory must answer alike, against real nginx.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { ask } from '../support/http-ask.ts';
import { NGINX_MISSING, startNginx } from '../support/nginx.ts';
import { buildTableDocroot } from '../support/serve-docroot.ts';
import { serveTable } from '../support/serve-table.ts';
import { withTempDir } from '../support/temp.ts';

test('nginx answers with the status and bytes of the table', { skip: NGINX_MISSING }, async (t) => {
  const parent = withTempDir(t);
  const docroot = buildTableDocroot(parent);
  const nginx = await startNginx(path.join(parent, 'nginx'), docroot.directory);
  t.after(() => nginx.close());
  for (const one of serveTable(docroot).filter((one) => one.plainServerToo)) {
    await t.test(one.name, async () => {
      const answer = await ask(nginx.url, one);
      assert.equal(answer.status, one.status);
      if (one.body !== undefined) assert.deepEqual(answer.body, Buffer.from(one.body));
    });
  }
});
