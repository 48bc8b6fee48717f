/** What the tests of explain share: a selection whose rules a test writes itself, and asking about what a mirror has. */
import assert from 'node:assert/strict';
import { nearest } from '../../src/config/nearest.ts';
import type { MirrorDeps } from '../../src/mirror/deps.ts';
import { explainProject } from '../../src/mirror/explain/explain.ts';
import type { Explanation, FileExplanation, Standing } from '../../src/mirror/explain/report.ts';
import { normalizeName } from '../../src/pypi/names.ts';
import type { Detail, DistFile } from '../../src/pypi/types.ts';
import type { Ask } from '../../src/selection/asks.ts';
import type { Selection } from '../../src/selection/selection.ts';
import type { Doubt, Drop } from '../../src/selection/verdict.ts';
import type { World } from './mirror-kit.ts';

/** Rules as a test writes them; what is absent leaves nothing out. */
export interface HandRules {
  readonly name?: (name: string) => Drop | null;
  readonly reserved?: readonly string[];
  readonly project?: (detail: Detail, nowMs: number) => Drop | null;
  readonly file?: (file: DistFile, nowMs: number) => Drop | null;
  /** Of requirement files. */
  readonly asks?: readonly Ask[];
  /** By name; nothing but advice on names looks at it. */
  readonly asked?: readonly Ask[];
  readonly doubts?: readonly Doubt[];
  /** Times when the answers change, ascending. */
  readonly moments?: readonly number[];
  readonly fingerprint?: string;
}

/** The drop of a rule that a test makes up. */
export function drop(rule: string, value = '', why = ''): Drop {
  return { rule, value, why };
}

/** A selection of hand-made rules, for `wrap`. */
export function handMade(rules: HandRules): Selection {
  const { asks = [], reserved = [], doubts = [], moments = [], fingerprint = 'by hand' } = rules;
  return {
    judgeName: (name) =>
      reserved.includes(name)
        ? drop('[projects] reserved', name, 'a name of ours')
        : (rules.name?.(name) ?? null),
    isReserved: (name) => reserved.includes(name),
    judge: ({ detail }, nowMs) => ({
      drop: rules.project?.(detail, nowMs) ?? null,
      files: new Map(
        detail.files.flatMap((file) => {
          const dropped = rules.file?.(file, nowMs) ?? null;
          return dropped === null ? [] : [[file.filename, dropped] as const];
        }),
      ),
      doubts,
      untilMs: moments.find((atMs) => atMs > nowMs) ?? null,
    }),
    judgesDetails: true,
    wantsInfo: false,
    followsDependencies: false,
    environments: [],
    asked: rules.asked ?? [],
    asksOf: (name) => asks.filter((ask) => ask.name === name),
    namesFingerprint: fingerprint,
    fingerprint,
  };
}

/** From now on the operator's rules are these. */
export function setRules({ engine }: Pick<World, 'engine'>, rules: HandRules): void {
  const selection = handMade(rules);
  engine.options.wrap = (deps: MirrorDeps) => ({ ...deps, selection });
}

/** `jubjub explain <name> [what]`, as data. */
export function explained(
  { engine }: Pick<World, 'engine'>,
  name: string,
  what: string | null = null,
): Promise<Explanation> {
  return engine.act(false, async (deps) =>
    explainProject({ ...deps, nearest }, normalizeName(name), what, deps.clock.now()),
  );
}

/** A run that must end with this status; what it leaves out is no change that is missing, so the promise is not checked. */
export async function synced({ engine }: Pick<World, 'engine'>, exitStatus = 0): Promise<void> {
  const summary = await engine.run();
  assert.equal(summary.exitStatus, exitStatus, JSON.stringify({ ...summary }, null, 1));
}

/** Where each file stands, by name. */
export function standings({ files }: Explanation): Record<string, Standing> {
  return Object.fromEntries(files.map(({ filename, standing }) => [filename, standing]));
}

/** The only file of an explanation. */
export function onlyFile({ files }: Explanation): FileExplanation {
  const [file, ...more] = files;
  if (file === undefined || more.length > 0) throw new Error(`${files.length} files, not one`);
  return file;
}
