#!/usr/bin/env node
/** Checks that this Node can run jubjub, then hands the command line to main(). Plain enough for old Nodes to read. */

const NEEDED = [22, 19];

function refuse(lines) {
  process.stderr.write(`error: ${lines.join('\n')}\n`);
  process.exitCode = 2;
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  refuse([
    'this Node is too old for jubjub',
    `  expected  Node ${NEEDED.join('.')} or newer`,
    `  received  Node ${process.versions.node} (${process.execPath})`,
    '  hint      in a checkout, `npx jubjub` uses the Node that `npm ci` installed',
  ]);
} else {
  start().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exitCode = 1;
  });
}

async function start() {
  const { existsSync } = require('node:fs');
  const { join } = require('node:path');
  // What is published is for others to read, never to write: whatever the umask allows, they could put pages of their own there.
  process.umask(process.umask(0o077) | 0o002);
  // What a run needs, put together by build/bundle.ts, and in the form that starts fastest: no module of ECMAScript is among it.
  const built = join(__dirname, '..', 'dist', 'bundle');
  const entry = join(built, 'main.cjs');
  if (!existsSync(entry)) {
    refuse(['jubjub is not built', `  path      ${entry}`, '  hint      npm run build']);
    return;
  }
  const { useCompileCache } = require(join(built, 'compile-cache.cjs'));
  useCompileCache({ env: process.env, uid: process.getuid?.() });
  const { main } = require(entry);
  process.exitCode = await main(process.argv.slice(2));
}
