/** What the tests of looking from outside share: a reader that waits for nobody, and a list of what was found. */
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/clock.ts';
import { checkSite, type OwnMirror, type SiteSummary } from '../../src/inspect/check-site.ts';
import type { SiteFinding } from '../../src/inspect/findings.ts';
import { RemoteProof } from '../../src/inspect/proof.ts';
import { createReader, type SiteReader } from '../../src/inspect/reader.ts';
import { parseSite } from '../../src/inspect/site.ts';

type Hooks = Pick<TestContext, 'after'>;

export const RUNNING: AbortSignal = new AbortController().signal;

/** Between two tries no time passes. */
const CLOCK = { ...systemClock, sleep: async () => {} };

export function readerOf(t: Hooks, url: string): SiteReader {
  const reader = createReader(parseSite(url), { clock: CLOCK, userAgent: 'test', env: {} });
  t.after(() => reader.close());
  return reader;
}

export function proofOf(t: Hooks, url: string): RemoteProof {
  return new RemoteProof(readerOf(t, url));
}

export interface Looked {
  readonly findings: readonly SiteFinding[];
  /** Kinds, each once, in order. */
  readonly kinds: readonly string[];
  readonly summary: SiteSummary;
}

/** Looks at a site as `verify --http` does. */
export async function look(
  t: Hooks,
  url: string,
  own: OwnMirror | null = null,
  sample: number | null = null,
  signal = RUNNING,
): Promise<Looked> {
  const findings: SiteFinding[] = [];
  const onFinding = (finding: SiteFinding) => void findings.push(finding);
  const options = { own, sample, seed: 1, onFinding, onProject: () => {} };
  const summary = await checkSite(readerOf(t, url), options, signal);
  return { findings, kinds: [...new Set(findings.map(({ kind }) => kind))].sort(), summary };
}
