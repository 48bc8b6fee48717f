/**
 * Puts the program together for starting fast: `dist/bundle/`, out of `src/` and the libraries; `npm run build` calls it.
 *
 * A run with nothing new spends most of its time on loading: 400 modules are resolved, read and linked one by one. So what a sync needs
 * is one file, in the form that Node loads with the least ado (CommonJS: an ES module costs a facade for each module of Node that it
 * names); what only other commands need, or rare answers, lies beside it. Nothing is minified: stack traces name our functions.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = `${ROOT}src/`;
const OUTPUT = `${ROOT}dist/bundle`;
/** What a sync loads in any case: these and all that they import. */
const OF_A_SYNC = [`${SOURCE}cli/main.ts`, `${SOURCE}cli/run-sync.ts`];

/** In the sources `require` has to be made; here the bundler must see that it is the real one, to bring in what it loads. */
const OWN_REQUIRE = /^const require = createRequire\(import\.meta\.url\);$/m;
const ownRequire: Plugin = {
  name: 'own-require',
  transform: {
    filter: { id: /\/src\/.+\.ts$/, code: OWN_REQUIRE },
    // No line moves, so that the source map stays true.
    handler: (code) => ({ code: code.replace(OWN_REQUIRE, ''), map: null }),
  },
};

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

function reachedFrom(ids: readonly string[], modules: Modules): ReadonlySet<string> {
  const reached = new Set(ids);
  // A set goes on to what is added to it meanwhile.
  for (const id of reached) {
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reached.add(imported);
  }
  return reached;
}

let ofASync: ReadonlySet<string> | null = null;

const bundle = await rolldown({
  cwd: ROOT,
  platform: 'node',
  input: {
    main: `${SOURCE}cli/main.ts`,
    'compile-cache': `${SOURCE}cli/compile-cache.ts`,
    'hash-worker': `${SOURCE}store/hash-worker.ts`,
  },
  // It looks for its binary beside itself.
  external: ['better-sqlite3'],
  plugins: [ownRequire],
});
rmSync(OUTPUT, { recursive: true, force: true });
await bundle.write({
  dir: OUTPUT,
  format: 'cjs',
  // For profiles (bench/support/profile.ts), and `node --enable-source-maps`.
  sourcemap: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name].cjs',
  comments: { jsdoc: false },
  codeSplitting: {
    groups: [
      {
        debugName: 'what a sync loads',
        name(id, modules) {
          ofASync ??= reachedFrom(OF_A_SYNC, modules);
          return ofASync.has(id) ? 'core' : null;
        },
      },
    ],
  },
});
await bundle.close();
