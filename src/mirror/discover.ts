/** Step 2, discover: which projects changed since we last looked, and which serial each page must have reached. */
import type { Demand } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import type { ChangelogRow, Serial } from '../pypi/types.ts';
import { demandOfRow } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { MarkKeeper, replayFrom } from './replay.ts';

/** Demands written to the catalogue at once: memory stays flat over a changelog of any length. */
const DEMANDS_PER_WRITE = 2_000;

/**
 * Reads the changelog from the replay window on, and makes every project due that a row asks for.
 *
 * The new end of what is discovered is the last row *seen*, never what the upstream calls its head: the answer may be
 * cut at any length (trap 4). When reading fails half-way nothing is lost: what became due stays due, the end stays.
 *
 * @throws UPSTREAM_SERIAL_BACKWARDS when the upstream's head is below what we have (P7: another or a restored index).
 */
export async function discoverChanges(deps: MirrorDeps, signal: AbortSignal): Promise<void> {
  const { catalogue, clock, upstream } = deps;
  const known = catalogue.progress().discovered ?? 0;
  const marksBefore = catalogue.marks();
  const from = replayFrom(marksBefore, known, deps.settings.replayMs);
  const marks = new MarkKeeper(clock.now());
  const sink = new DemandSink(deps);
  let last: Serial = from;
  for await (const rows of upstream.changes(from, signal)) {
    for (const row of rows) {
      if (row.serial > known) marks.add(row);
      sink.add(row);
      last = row.serial;
    }
  }
  sink.flush();
  // Only when no row stands at our own end is it open whether upstream still has it: one more question.
  if (last < known) await refuseBackwards(deps, known, signal);
  catalogue.atomically(() => {
    catalogue.setDiscovered(Math.max(last, known));
    catalogue.replaceMarks(marks.merge(marksBefore, deps.settings.replayMs));
  });
  deps.emit({
    type: 'discovered',
    head: Math.max(last, known),
    projects: catalogue.untriedCount(),
    why: 'changelog',
  });
}

class DemandSink {
  readonly #deps: MirrorDeps;
  #demands: Demand[] = [];

  constructor(deps: MirrorDeps) {
    this.#deps = deps;
  }

  add(row: ChangelogRow): void {
    const demand = demandOfRow(row, this.#deps.selection);
    if (demand === null) return;
    this.#demands.push(demand);
    if (this.#demands.length >= DEMANDS_PER_WRITE) this.flush();
  }

  flush(): void {
    this.#deps.catalogue.addDue(this.#demands);
    this.#demands = [];
  }
}

/** P7, trap 32: a head below ours is another upstream, or one restored from a backup. Nothing may be concluded from it. */
export async function refuseBackwards(deps: MirrorDeps, known: Serial, signal: AbortSignal): Promise<void> {
  const head = await deps.upstream.head(signal);
  if (head >= known) return;
  throw new JubjubError('UPSTREAM_SERIAL_BACKWARDS', 'the upstream is older than this mirror', {
    url: deps.upstream.identity,
    expected: `a head serial of ${known} or more`,
    received: `head serial ${head}`,
    effect: 'nothing was changed',
    hint: 'check that the URL is the upstream this mirror was made from; if that was restored from a backup, wait until it has caught up',
  });
}
