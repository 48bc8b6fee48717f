/** Step 2, discover: which projects changed since we last looked, and which serial each page must have reached. */
import type { Demand } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import type { ChangelogRow, ProjectName, Serial } from '../pypi/types.ts';
import { keepsName } from './chosen.ts';
import { demandOfRow } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { backwards } from './dialect.ts';
import { MarkKeeper, replayFrom } from './replay.ts';
import { ReservedWatch } from './reserved.ts';

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
export async function discoverChanges(
  deps: MirrorDeps,
  signal: AbortSignal,
  fromAtMost: Serial = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  const { catalogue, clock, upstream } = deps;
  const known = catalogue.progress().discovered ?? 0;
  const marksBefore = catalogue.marks();
  const from = Math.min(fromAtMost, replayFrom(marksBefore, known, deps.settings.replayMs));
  const marks = new MarkKeeper(clock.now());
  const sink = new DemandSink(deps, known);
  let last: Serial = from;
  for await (const rows of upstream.changes(from, signal)) {
    for (const row of rows) {
      if (row.serial > known) marks.add(row);
      sink.add(row);
      last = row.serial;
    }
  }
  // When nothing is new, the row at our own end shows that this is still our upstream. Else one more question.
  if (last !== known) await refuseOtherHead(deps, known, last, signal);
  // Together, because each commit waits for the disk.
  catalogue.atomically(() => {
    sink.flush();
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
  readonly #known: Serial;
  #demands: Demand[] = [];
  readonly #outdated = new Set<ProjectName>();
  readonly #reserved: ReservedWatch;
  #reached: Serial = 0;

  /** `known`: nothing is written before a row there or later has come: until then this may be another upstream. */
  constructor(deps: MirrorDeps, known: Serial) {
    this.#deps = deps;
    this.#known = known;
    this.#reserved = new ReservedWatch(deps);
  }

  add(row: ChangelogRow): void {
    this.#reached = row.serial;
    const demand = demandOfRow(row);
    if (demand === null) return;
    if (keepsName(this.#deps, demand.name)) this.#demands.push(demand);
    else this.#passBy(demand);
    if (this.#demands.length >= DEMANDS_PER_WRITE && this.#reached >= this.#known) this.flush();
  }

  flush(): void {
    const { catalogue } = this.#deps;
    catalogue.addDue(this.#demands);
    if (this.#outdated.size > 0) catalogue.outdateLeftOut([...this.#outdated]);
    this.#reserved.flush();
    this.#demands = [];
    this.#outdated.clear();
  }

  /** Nobody asks for it; but what is known of it from before is not what upstream has any more. */
  #passBy(demand: Demand): void {
    const { name, first, removed } = demand;
    const known = this.#deps.catalogue.project(name);
    // The replay window tells of what is known already.
    if (known !== null && (known.serial ?? 0) < first) {
      // The removal limit holds it: should the rules change back, this is owed.
      if (known.published) this.#demands.push({ ...demand, source: 'selection' });
      else if (known.leftOut !== null) this.#outdated.add(name);
    }
    if (removed === null) this.#reserved.seen(name, first);
    else this.#reserved.gone(name);
  }
}

/**
 * P7, trap 32: a head below ours is another upstream, or one restored from a backup, and nothing may be concluded from
 * it; and rows beyond the head cannot be, so that committing them would make every later head look like going back.
 */
async function refuseOtherHead(
  deps: MirrorDeps,
  known: Serial,
  last: Serial,
  signal: AbortSignal,
): Promise<void> {
  const head = await deps.upstream.head(signal);
  if (head < known) throw backwards(deps, known, head);
  if (last <= head) return;
  throw new JubjubError('UPSTREAM_MALFORMED', 'the changelog goes beyond its own head', {
    url: deps.upstream.identity,
    expected: `no row above ${head}`,
    received: `a row of serial ${last}`,
    effect: 'nothing was committed',
    hint: 'try again later; if it repeats, report it to the upstream',
  });
}
