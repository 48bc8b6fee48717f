/**
 * Goal: the simulation sees what it is there to see: each known wrong order breaks the promise for some seed.
 * Method: the engine gets a part that does the wrong thing, and seeds are played until the right promise breaks.
 * A mutation that no seed notices is a hole in test/support/storm/, check-promise.ts or check-trash.ts. `npm run mutants` does the
 * same with the source text of each wrong order, and with many more of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalogue } from '../../src/catalogue/contract.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import { movesOf } from '../../src/mirror/prune.ts';
import { tryNormalizeName } from '../../src/pypi/names.ts';
import { trashPath } from '../../src/pypi/paths.ts';
import type { DocrootPath, ProjectName } from '../../src/pypi/types.ts';
import type { Store } from '../../src/store/contract.ts';
import type { Upstream } from '../../src/upstream/contract.ts';
import { having } from '../support/having.ts';
import type { Act, Scenario } from '../support/storm/acts.ts';
import { playScenario } from '../support/storm/player.ts';
import { drawScenario } from '../support/storm/scenario.ts';
import { CALM } from '../support/storm/weather.ts';

const SEEDS_MAX = 80;

/** Kills are what wrong orders are noticed by: every other run dies, and hardly anything is left to the weather. */
function deadly(seed: number): Scenario {
  const scenario = drawScenario(seed);
  const kill = (act: Act, number: number): Act => {
    if (act.kind !== 'run') return act;
    const end =
      number % 3 === 0
        ? null
        : ({ how: 'power cut', at: { kind: 'any', nth: 1 + ((number * 37 + seed * 11) % 140) } } as const);
    return {
      ...act,
      command: 'sync',
      allowRemovals: 1000,
      weather: CALM,
      trouble: null,
      end,
    };
  };
  return {
    ...scenario,
    upstream: { ...scenario.upstream, changes: 'changelog' },
    disk: 'memory',
    settings: { ...scenario.settings, mirrorFiles: true, hideAfterMs: 0 },
    acts: scenario.acts
      .filter(({ act }) => act.kind !== 'settings' && act.kind !== 'jump')
      .map(({ number, act }) => ({ number, act: kill(act, number) })),
  };
}

/** Files wait until the pages that link to them are there. */
function pagesFirst(store: Store): Store {
  let waiting: readonly DocrootPath[] = [];
  return having(store, {
    place: async (paths: readonly DocrootPath[]) => {
      if (paths.some((path) => path.startsWith('packages/'))) {
        waiting = paths;
        return;
      }
      await store.place(paths);
      await store.place(waiting);
      waiting = [];
    },
  });
}

/** Everything that is due counts as done before it is. */
function serialFirst(catalogue: Catalogue, clock: MirrorDeps['clock']): Catalogue {
  const nothing = { updates: [], unchanged: [], withdrawn: [], leftOut: [], failures: [], advance: true };
  return having(catalogue, {
    intend: (wanted, atMs) => {
      catalogue.intend(wanted, atMs);
      const settled = catalogue.nextDue(1000).map(({ name }) => name);
      // The process may be killed meanwhile.
      void catalogue.commit({ ...nothing, atMs: clock.now(), settled }, async () => {}).catch(() => {});
    },
  });
}

/** Old pages say that they are as new as was asked for. */
function believing(upstream: Upstream, catalogue: Catalogue): Upstream {
  return having(upstream, {
    detail: async (request, signal) => {
      const reply = await upstream.detail(request, signal);
      if (reply.kind !== 'page') return reply;
      const serial = Math.max(reply.detail.serial ?? 0, catalogue.due(request.name)?.required ?? 0);
      return { ...reply, detail: { ...reply.detail, serial } };
    },
  });
}

/** Moves files of a project out of the docroot: those that its new page does not link to any more. */
async function hideDropped(
  { store, catalogue }: MirrorDeps,
  name: ProjectName,
  kept: ReadonlySet<string>,
): Promise<void> {
  const published = catalogue.filesOf(name).filter(({ state }) => state === 'published');
  const dropped = published.filter(({ path }) => !kept.has(path));
  await store.hide(
    dropped.flatMap(({ path, sha256, filename }) => movesOf(path, trashPath(sha256, filename))),
  );
}

/** What the new page lacks is gone before the page is there. */
function deletingFirst(deps: MirrorDeps): Store {
  const staged = new Map<string, Set<string>>();
  return having(deps.store, {
    stageBytes: async (path: DocrootPath, bytes: Uint8Array) => {
      await deps.store.stageBytes(path, bytes);
      const links =
        Buffer.from(bytes)
          .toString('latin1')
          .match(/packages\/[^"#]+/g) ?? [];
      staged.set(path, new Set(links.map(decodeURIComponent)));
    },
    place: async (paths: readonly DocrootPath[]) => {
      for (const path of paths) {
        const name = tryNormalizeName(/^simple\/([^/]+)\/index\.html$/.exec(path)?.[1] ?? '');
        if (name !== null) await hideDropped(deps, name, staged.get(path) ?? new Set());
      }
      await deps.store.place(paths);
    },
  });
}

/** What no page is to link to is gone before the catalogue knows that, and while the pages of gone projects are still there. */
function hidingBeforeCommit(deps: MirrorDeps): Catalogue {
  return having(deps.catalogue, {
    commit: async (wave, publishRoot) => {
      for (const { name, files } of wave.updates)
        await hideDropped(deps, name, new Set(files.map(({ path }) => path)));
      for (const { name } of [...wave.withdrawn, ...wave.leftOut]) await hideDropped(deps, name, new Set());
      return deps.catalogue.commit(wave, publishRoot);
    },
  });
}

/** Files are written down as hidden, and their move is left to later. */
function notedOnly({ catalogue, clock }: MirrorDeps): Catalogue {
  return having(catalogue, {
    hideable: (beforeMs, limit) => {
      const batch = catalogue.hideable(beforeMs, limit).map(({ name, file, why, serial }) => {
        return { name, file, why, serial, to: trashPath(file.sha256, file.filename), moved: true };
      });
      catalogue.noteHidden(batch, clock.now());
      return [];
    },
  });
}

interface Mutation {
  readonly what: string;
  readonly breaks: RegExp;
  /** The seed that is tried first; 1 unless it takes many. */
  readonly from?: number;
  readonly wrap: (deps: MirrorDeps) => MirrorDeps;
}

const MUTATIONS: readonly Mutation[] = [
  {
    what: 'pages before their files',
    breaks: /P1: .* links to nothing/,
    wrap: (deps) => ({ ...deps, store: pagesFirst(deps.store) }),
  },
  {
    what: 'the serial before the pages',
    breaks: /P2: with serial/,
    wrap: (deps) => ({ ...deps, catalogue: serialFirst(deps.catalogue, deps.clock) }),
  },
  {
    what: 'no flush before the renames',
    breaks: /P1: .* links to other bytes|P3: |half a page|P1: another sidecar/,
    wrap: (deps) => ({ ...deps, store: having(deps.store, { flushStaged: async () => {} }) }),
  },
  {
    what: 'stale pages believed',
    breaks: /P2: with serial/,
    wrap: (deps) => ({ ...deps, upstream: believing(deps.upstream, deps.catalogue) }),
  },
  {
    what: 'files that no plan wrote down',
    breaks: /P4: the catalogue does not know/,
    wrap: (deps) => ({ ...deps, catalogue: having(deps.catalogue, { intend: () => {} }) }),
  },
  {
    what: 'files taken away before their page',
    from: 19,
    breaks: /P1: .* links to nothing/,
    wrap: (deps) => ({ ...deps, store: deletingFirst(deps) }),
  },
  {
    what: 'files hidden before the commit that withdraws them',
    from: 17,
    breaks: /P1: .* links to nothing/,
    wrap: (deps) => ({ ...deps, catalogue: hidingBeforeCommit(deps) }),
  },
  {
    what: 'files written down as hidden before they are moved',
    breaks: /P4: the catalogue does not know/,
    wrap: (deps) => ({ ...deps, catalogue: notedOnly(deps) }),
  },
  {
    what: 'files deleted from the trash before their time',
    breaks: /was deleted \d+ ms after it was hidden/,
    wrap: (deps) => {
      const deletable = (_beforeMs: number, limit: number) => deps.catalogue.deletable(Infinity, limit);
      return { ...deps, catalogue: having(deps.catalogue, { deletable }) };
    },
  },
  {
    what: 'an audit that is told as written before it is',
    breaks: /the audit has no line/,
    wrap: (deps) => ({ ...deps, store: having(deps.store, { appendAudit: async () => {} }) }),
  },
];

/** The first seed that notices, or an error that says that none does. */
async function firstToNotice(mutation: Mutation): Promise<number> {
  // From where it is known to be noticed: the seeds before that take seconds.
  for (let seed = mutation.from ?? 1; seed <= SEEDS_MAX; seed++) {
    const { violation } = await playScenario(deadly(seed), { wrap: mutation.wrap });
    if (violation !== null && mutation.breaks.test(violation.message)) return seed;
  }
  throw new assert.AssertionError({ message: `no seed up to ${SEEDS_MAX} notices: ${mutation.what}` });
}

for (const mutation of MUTATIONS) {
  test(`the simulation notices ${mutation.what}`, async (t) => {
    t.diagnostic(`noticed by seed ${await firstToNotice(mutation)}`);
  });
}
