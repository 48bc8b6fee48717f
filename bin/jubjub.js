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
  const { existsSync } = await import('node:fs');
  // What is published is for others to read, never to write: whatever the umask allows, they could put pages of their own there.
  process.umask(process.umask(0o077) | 0o002);
  const entry = new URL('../dist/cli/main.js', import.meta.url);
  if (!existsSync(entry)) {
    refuse(['jubjub is not built', `  path      ${entry.pathname}`, '  hint      npm run build']);
    return;
  }
  const { useCompileCache } = await import(new URL('compile-cache.js', entry).href);
  useCompileCache({ env: process.env, uid: process.getuid?.() });
  const { main } = await import(entry.href);
  process.exitCode = await main(process.argv.slice(2));
}
