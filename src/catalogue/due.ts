/** Due and pending projects: merging what changes ask, and the order in which it is worked off. */
import type { ProjectName, Serial } from '../pypi/types.ts';
import type {
  Attempt,
  Demand,
  DueProject,
  DueSource,
  Failure,
  PendingProject,
  Takedown,
} from './contract.ts';
import { FIRST_NONE } from './contract.ts';
import type { CatalogueDatabase, Row } from './database.ts';
import { integer, integerOrNull, jsonOf, ofProject, projectName, text, textOrNull } from './values.ts';

/** Of more takedowns of one project than this the newest are kept: the list must not grow without end. */
const TAKEDOWNS_MAX = 1_000;
const MESSAGE_LENGTH_MAX = 1_000;

/** The sum of two demands on one project, the later one second. Adding a demand twice (the replay window does) changes nothing. */
export function mergeDemands(one: Demand, other: Demand): Demand {
  return {
    name: one.name,
    displayName: other.displayName ?? one.displayName,
    first: Math.min(one.first, other.first),
    required: Math.max(one.required, other.required),
    removed:
      one.removed === null || other.removed === null
        ? (one.removed ?? other.removed)
        : Math.max(one.removed, other.removed),
    takedowns: mergeTakedowns(one.takedowns, other.takedowns),
    replan: one.replan || other.replan,
    source: strongestSource(one.source, other.source),
  };
}

/** What upstream itself says of a project; that another project needs it says nothing of that. */
const UPSTREAM_SAYS: ReadonlySet<DueSource> = new Set(['changelog', 'list', 'unlisted']);

/**
 * The later word counts, unless it says less: a changelog row names a serial, and only the operator's selection and a list
 * that is newer than the row (`unseen`) speak against it.
 */
function strongestSource(earlier: DueSource, later: DueSource): DueSource {
  // The sweep looks at anything; whoever else asks has a reason.
  if (later === 'reconcile') return earlier;
  if (earlier === 'reconcile') return later;
  if (later === 'operator') return earlier;
  // A list has lost it: that our own settings have changed since does not bring it back.
  if (earlier === 'unlisted' && later === 'settings') return earlier;
  if (later === 'needed') return UPSTREAM_SAYS.has(earlier) ? earlier : later;
  // What is needed may not be known yet: then there is nothing to plan anew, and somebody has to ask.
  if (earlier === 'needed' && later === 'settings') return earlier;
  if (earlier === 'changelog' && later !== 'selection' && later !== 'unlisted') return earlier;
  return later;
}

function mergeTakedowns(one: readonly Takedown[], other: readonly Takedown[]): readonly Takedown[] {
  if (one.length === 0 || other.length === 0) return one.length === 0 ? other : one;
  const bySerial = new Map([...one, ...other].map((takedown) => [takedown.serial, takedown]));
  const merged = [...bySerial.values()].sort((a, b) => a.serial - b.serial);
  return merged.slice(-TAKEDOWNS_MAX);
}

function dueOf(row: Row): DueProject {
  return ofProject(text(row, 'name'), () => readDue(row));
}

function readDue(row: Row): DueProject {
  const attempts = integer(row, 'attempts');
  const pending: Attempt | null =
    attempts === 0
      ? null
      : {
          attempts,
          sinceMs: integer(row, 'since_ms'),
          nextTryMs: integer(row, 'next_try_ms'),
          code: text(row, 'code'),
          message: text(row, 'message'),
        };
  return {
    name: projectName(row),
    displayName: textOrNull(row, 'display_name'),
    first: integer(row, 'first'),
    required: integer(row, 'required'),
    removed: integerOrNull(row, 'removed'),
    takedowns: jsonOf(text(row, 'takedowns'), 'takedowns') as Takedown[],
    replan: integer(row, 'replan') === 1,
    source: text(row, 'source') as DueSource,
    pending,
  };
}

function pendingOf(due: DueProject, discovered: Serial): PendingProject | null {
  if (due.pending === null) return null;
  const required = Math.max(due.required, due.removed ?? 0);
  return { name: due.name, serial: required > 0 ? required : discovered, ...due.pending };
}

/** The part of the catalogue that knows what is owed. */
export class DueTable {
  readonly #db: CatalogueDatabase;
  #round = 0;
  #firstRound: number | null = null;

  constructor(db: CatalogueDatabase) {
    this.#db = db;
  }

  add(demands: readonly Demand[]): void {
    this.#db.atomically(() => {
      // A changelog names a project several times in a row: it is read and written once.
      const merged = new Map<ProjectName, Demand>();
      for (const demand of demands) {
        const known = merged.get(demand.name) ?? this.get(demand.name);
        merged.set(demand.name, known === null ? demand : mergeDemands(known, demand));
      }
      for (const demand of merged.values()) this.#write(demand);
    });
  }

  replanAll(): void {
    this.#db.run('UPDATE due SET replan = 1 WHERE replan = 0');
  }

  get(name: ProjectName): DueProject | null {
    const row = this.#db.one('SELECT * FROM due WHERE name = ?', name);
    return row === null ? null : dueOf(row);
  }

  /** A new run counts attempts anew, with its first round. */
  startRun(): void {
    this.#firstRound = null;
  }

  /** Begins a round. */
  startRound(): void {
    const before = integer(this.#db.one('SELECT coalesce(max(round), 0) AS round FROM due') ?? {}, 'round');
    this.#round = Math.max(this.#round, before) + 1;
    this.#firstRound ??= this.#round;
  }

  next(limit: number): DueProject[] {
    const failed = 'SELECT * FROM due WHERE (attempts = 0) = 0 AND round < ? ORDER BY first, name LIMIT ?';
    const fresh = 'SELECT * FROM due WHERE (attempts = 0) = 1 ORDER BY first, name LIMIT ?';
    const rows = this.#db.all(failed, this.#round, limit);
    return [...rows, ...this.#db.all(fresh, limit - rows.length)].map(dueOf);
  }

  remove(names: readonly ProjectName[]): void {
    for (const name of names) this.#db.run('DELETE FROM due WHERE name = ?', name);
  }

  /**
   * What was asked is void. A killed run may have left pages of what is not published, and nobody else remembers those: they
   * stay, as suspects.
   */
  forgetUpstream(): void {
    this.#db.run(`DELETE FROM due WHERE name IN (SELECT name FROM project WHERE state = 'published')`);
    this.#db.run(
      `UPDATE due SET first = ?, required = 0, removed = NULL, takedowns = '[]', replan = 1, source = 'unlisted',
         attempts = 0, round = 0, since_ms = NULL, next_try_ms = NULL, code = NULL, message = NULL`,
      FIRST_NONE,
    );
  }

  /** What a list that was not read to its end has made due: but what a killed run has planned, or perhaps placed, nobody else remembers. */
  removeUntriedOf(source: DueSource): void {
    const sql = `DELETE FROM due WHERE source = ? AND attempts = 0 AND name NOT IN (SELECT name FROM project)`;
    this.#db.run(sql, source);
  }

  /** Counts one attempt a run, however many rounds that has. */
  fail(failures: readonly Failure[], atMs: number): void {
    const sql = `UPDATE due SET attempts = attempts + (attempts = 0 OR round < ?), round = ?,
      since_ms = coalesce(since_ms, ?), next_try_ms = ?, code = ?, message = ? WHERE name = ?`;
    const firstRound = this.#firstRound ?? this.#round;
    for (const { name, nextTryMs, code, message } of failures) {
      const text = message.slice(0, MESSAGE_LENGTH_MAX);
      this.#db.run(sql, firstRound, this.#round, atMs, nextTryMs, code, text, name);
    }
  }

  hasAbsent(): boolean {
    const sql = `SELECT 1 FROM due WHERE (attempts = 0) = 0 AND code = 'UPSTREAM_ABSENT' LIMIT 1`;
    return this.#db.one(sql) !== null;
  }

  /** What was here before the first list, which lacks it; or is named, and was withdrawn without a row. */
  hasDoubted(): boolean {
    const sql = `SELECT 1 FROM due JOIN project USING (name) WHERE required = 0 AND coalesce(code, '') <> 'LIMIT_REMOVALS'
      AND (source = 'unlisted' AND first = 0 AND state <> 'withdrawn'
        OR source = 'operator' AND code = 'UPSTREAM_STALE_PAGE' AND state = 'withdrawn') LIMIT 1`;
    return this.#db.one(sql) !== null;
  }

  /** Pending, without those that only the removal limit holds back. */
  failedCount(): number {
    const sql = `SELECT count(*) AS n FROM due WHERE (attempts = 0) = 0 AND code <> 'LIMIT_REMOVALS'`;
    return integer(this.#db.one(sql) ?? {}, 'n');
  }

  untriedCount(): number {
    return integer(this.#db.one('SELECT count(*) AS n FROM due WHERE (attempts = 0) = 1') ?? {}, 'n');
  }

  /**
   * The first change that no try has been made for; null when there is none. P6: also a takedown above `committed` of a project that
   * is pending, as long as this run has not come to it: that it is owed keeps no page from offering what is gone.
   */
  firstUntried(committed: Serial): Serial | null {
    const row = this.#db.one('SELECT first FROM due WHERE (attempts = 0) = 1 ORDER BY first LIMIT 1');
    const waiting = this.#db
      .all(
        `SELECT * FROM due WHERE (attempts = 0) = 0 AND round < ? AND (takedowns <> '[]' OR removed > ?)`,
        this.#firstRound ?? Number.MAX_SAFE_INTEGER,
        committed,
      )
      .map(dueOf)
      .flatMap(({ takedowns, removed }) => [...takedowns.map(({ serial }) => serial), removed ?? 0])
      .filter((serial) => serial > committed);
    const firsts = row === null ? waiting : [integer(row, 'first'), ...waiting];
    return firsts.length === 0 ? null : Math.min(...firsts);
  }

  pendingCount(): number {
    return integer(this.#db.one('SELECT count(*) AS n FROM due WHERE (attempts = 0) = 0') ?? {}, 'n');
  }

  /** Oldest first. What a project without a serial of its own owes is everything up to what has been discovered. */
  pending(limit: number, discovered: Serial): PendingProject[] {
    const sql = 'SELECT * FROM due WHERE (attempts = 0) = 0 ORDER BY since_ms, name LIMIT ?';
    return this.#db.all(sql, limit).flatMap((row) => pendingOf(dueOf(row), discovered) ?? []);
  }

  pendingOf(name: ProjectName, discovered: Serial): PendingProject | null {
    const due = this.get(name);
    return due === null ? null : pendingOf(due, discovered);
  }

  /** Published projects that are to go, or would go if their page cannot be had; and suspects, whose 404 decides. */
  removals(): ProjectName[] {
    // CROSS JOIN: SQLite must begin with the few due rows, not with all projects.
    const sql = `SELECT due.name FROM due CROSS JOIN project ON project.name = due.name
      WHERE (due.removed IS NOT NULL OR due.source IN ('unlisted', 'selection')) AND project.state = 'published'
        AND (due.removed >= due.required OR due.removed > coalesce(project.serial, 0)
             OR due.source IN ('unlisted', 'selection'))
      ORDER BY due.name`;
    return this.#db.all(sql).map((row) => projectName(row));
  }

  #write(demand: Demand): void {
    this.#db.run(
      `INSERT INTO due (name, display_name, first, required, removed, takedowns, replan, source)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET display_name = excluded.display_name, first = excluded.first,
         required = excluded.required, removed = excluded.removed, takedowns = excluded.takedowns,
         replan = excluded.replan, source = excluded.source`,
      demand.name,
      demand.displayName,
      demand.first,
      demand.required,
      demand.removed,
      JSON.stringify(demand.takedowns),
      demand.replan ? 1 : 0,
      demand.source,
    );
  }
}
