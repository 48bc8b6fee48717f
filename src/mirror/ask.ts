/** Step 3, fetch details: asks for one project's page until it is as new as the change that asked for it. */
import {
  type Demand,
  type DueProject,
  FIRST_NONE,
  type KnownProject,
  type PackedDetail,
} from '../catalogue/contract.ts';
import { asJubjubError, JubjubError } from '../errors.ts';
import { applyTakedowns } from '../pypi/takedown.ts';
import type { Detail, ProjectName, Serial } from '../pypi/types.ts';
import { backoffMs } from '../retry.ts';
import type { Drop } from '../selection/verdict.ts';
import type { DetailReply, Encoding, Validator } from '../upstream/contract.ts';
import { nameDrop } from './chosen.ts';
import { asksForRemoval } from './demands.ts';
import type { MirrorDeps } from './deps.ts';
import { kindOf } from './dialect.ts';
import type { HeadWatch } from './head-watch.ts';
import { isHeldProject, patienceMs, suffices } from './patience.ts';
import { hasLeftTheList, isFromCache } from './unlisted.ts';

/** The waits between two looks at a stale page: short at first, because the edge refreshes within a second (trap 8). */
const STALE_WAITS = {
  attemptsMax: Number.MAX_SAFE_INTEGER,
  firstWaitMs: 500,
  waitMsMax: 20_000,
  retryAfterMsMax: 0,
};

/** A page that may be published. */
export interface Candidate {
  readonly detail: PackedDetail;
  readonly serial: Serial | null;
  readonly status: string;
  readonly validator: Validator | null;
  /** It lists files without a sha256. */
  readonly digestless: boolean;
}

export type Answer =
  /** `unasked`: upstream was not even asked, for only our own settings or the clock have changed. */
  | { readonly kind: 'unchanged'; readonly unasked?: true }
  | { readonly kind: 'page'; readonly page: Candidate }
  | { readonly kind: 'gone'; readonly why: string }
  /** Upstream has it, for all we know; the rules leave it out by its name. */
  | { readonly kind: 'left-out'; readonly drop: Drop }
  /** Nothing usable; `page` is what we hold less what the changelog says is gone, when that makes a difference. */
  | {
      readonly kind: 'failed';
      readonly error: JubjubError;
      readonly page: Candidate | null;
      readonly gone: boolean;
    };

/** Decides one due project. Rejects only with what ends the run: interruption, a failing store or catalogue. */
export async function askForProject(
  deps: MirrorDeps,
  due: DueProject,
  heads: HeadWatch,
  signal: AbortSignal,
): Promise<Answer> {
  const drop = nameDrop(deps, due.name);
  const known = deps.catalogue.project(due.name);
  // What a list has lost, and nobody wants, is not looked for: that it is gone takes nothing away.
  if (drop !== null && due.source === 'unlisted' && known?.published !== true)
    return { kind: 'gone', why: 'not listed upstream' };
  if (drop !== null) return { kind: 'left-out', drop };
  if (isOwnConcern(deps, due, known)) return { kind: 'unchanged', unasked: true };
  try {
    const answer = asksForRemoval(due)
      ? await askAboutRemoval(deps, due, signal)
      : await askUntilFresh(deps, due, known, signal);
    if (answer.kind === 'page') await heads.refuseBeyond(answer.page.serial ?? 0, due.name, signal);
    return answer;
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    return failedAnswer(deps, due, known, failure);
  }
}

/**
 * Only our own settings, or the clock, ask for it: what is known of it is planned anew, and upstream is not troubled. One that
 * failed at that is asked for like any other: what is known may be what is wrong.
 */
function isOwnConcern(deps: MirrorDeps, due: DueProject, known: KnownProject | null): boolean {
  if (due.source !== 'settings' && due.source !== 'selection') return false;
  if (due.first !== FIRST_NONE || due.required > 0 || due.removed !== null || due.takedowns.length > 0)
    return false;
  if (due.pending !== null || !due.replan || deps.distrust?.project(due.name) === true) return false;
  // Without serials nothing tells whether what was left out is still what it was.
  const isCurrent = known?.published === true || (known?.leftOut != null && kindOf(deps) !== 'poll');
  return isCurrent && deps.catalogue.knownDetail(due.name) !== null;
}

/** Failures that concern one project; all others end the run. */
export function isProjectsOwn(error: JubjubError): boolean {
  return error.code.startsWith('UPSTREAM_') || error.code.startsWith('INTEGRITY_');
}

/**
 * P6: a `remove project` row is a positive statement. The page is asked only because the project may have been made
 * again since; an old page, no page and an error all leave the row's word standing.
 */
async function askAboutRemoval(deps: MirrorDeps, due: DueProject, signal: AbortSignal): Promise<Answer> {
  const removed = due.removed ?? 0;
  const why = `removed upstream (serial ${removed})`;
  let reply: DetailReply;
  try {
    reply = await deps.upstream.detail({ name: due.name, validator: null, encoding: 'gzip' }, signal);
  } catch (error) {
    const failure = asJubjubError(error);
    if (!isProjectsOwn(failure)) throw failure;
    return { kind: 'gone', why };
  }
  if (reply.kind !== 'page' || reply.detail.serial === null || reply.detail.serial < removed)
    return { kind: 'gone', why };
  return { kind: 'page', page: candidateOf(deps, reply) };
}

async function askUntilFresh(
  deps: MirrorDeps,
  due: DueProject,
  known: KnownProject | null,
  signal: AbortSignal,
): Promise<Answer> {
  const { clock } = deps;
  const distrusted = deps.distrust?.project(due.name) === true;
  const validator = isHeldProject(known) && !distrusted ? known.validator : null;
  const patience = patienceMs(deps, due, known);
  let waitedMs = 0;
  let absences = 0;
  let encoding: Encoding = validator?.encoding ?? 'gzip';
  for (let attempt = 1; ; attempt++) {
    const reply = withoutGhost(
      known,
      await deps.upstream.detail({ name: due.name, validator, encoding }, signal),
    );
    const answer = judge(deps, due, known, reply);
    if (answer !== null) return answer;
    // Somebody typed a name that nobody knows, or a release needs one: nothing is owed, and nothing is taken away.
    const isAskedByName = due.source === 'operator' || due.source === 'needed';
    if (reply.kind === 'absent' && isAskedByName && known?.published !== true) {
      return { kind: 'gone', why: 'upstream has no such project' };
    }
    absences = reply.kind === 'absent' ? absences + 1 : 0;
    // A confirmed 404: two in a row, of two objects at the edge, and the list does not have the project either.
    if (due.source === 'unlisted' && absences > 1) {
      return { kind: 'gone', why: 'not listed upstream, and its page is gone' };
    }
    const waitMs = Math.ceil(backoffMs(STALE_WAITS, attempt, clock.random()));
    const confirming = reply.kind === 'absent' && due.source === 'unlisted';
    const leftMs = patience - waitedMs;
    if (!confirming && leftMs <= 0) throw staleError(deps, due, reply);
    // The last look is at the end of the patience: a 404 that the edge remembers for a minute is forgotten by then.
    // Counted by what was slept, not by the clock: somebody may set that back.
    const sleepMs = confirming ? waitMs : Math.min(waitMs, leftMs);
    await clock.sleep(sleepMs, signal);
    waitedMs += sleepMs;
    // gzip and identity are separate objects at the edge: the other one may be fresh (protocol §5.4).
    encoding = encoding === 'gzip' ? 'identity' : 'gzip';
  }
}

/**
 * A page older than the project's removal comes from a cache that nobody purged: there is no such page. P7: of a project that we hold
 * since it was made again, it is a page older than ours, and no 404 that confirms anything.
 */
function withoutGhost(known: KnownProject | null, reply: DetailReply): DetailReply {
  if (isHeldProject(known) && known.serial !== null) return reply;
  const removed = known?.removed ?? 0;
  return reply.kind === 'page' && (reply.detail.serial ?? removed) < removed ? { kind: 'absent' } : reply;
}

/** What a reply means; null when it is stale, or a 404 that proves nothing yet. */
function judge(
  deps: MirrorDeps,
  due: DueProject,
  known: KnownProject | null,
  reply: DetailReply,
): Answer | null {
  const ours = isHeldProject(known) ? known.serial : null;
  const oursSuffices = suffices(due, known);
  if (reply.kind === 'absent') return null;
  if (hasLeftTheList(deps, due, known) && isFromCache(deps, known, reply)) return null;
  if (reply.kind === 'unchanged') return oursSuffices || due.required === 0 ? { kind: 'unchanged' } : null;
  // Where nothing is decided by serials, the page that came is the page.
  if (kindOf(deps) === 'poll') return { kind: 'page', page: candidateOf(deps, reply) };
  const theirs = reply.detail.serial;
  if (theirs === null) {
    // Nothing shows that the change is on it, nor that it is newer than ours, or than the project's removal.
    const hasGone = (known?.removed ?? 0) > 0 || (known?.withdrawn === true && due.source !== 'list');
    const mayBeOld = due.required > 0 || ours !== null || hasGone;
    return mayBeOld ? null : { kind: 'page', page: candidateOf(deps, reply) };
  }
  // Older than ours, from an edge that lags behind: what we have is right, and going back would be wrong.
  if (ours !== null && theirs < ours && oursSuffices) return { kind: 'unchanged' };
  if (theirs < due.required || (ours !== null && theirs < ours)) return null;
  return { kind: 'page', page: candidateOf(deps, reply) };
}

function candidateOf(deps: MirrorDeps, reply: Extract<DetailReply, { kind: 'page' }>): Candidate {
  const { detail } = reply;
  const { status } = detail;
  // Before the first list nothing tells how high a serial can be there, and no page would ever replace one that is too high.
  const isBelievable = kindOf(deps) !== 'list' || deps.catalogue.progress().discovered !== null;
  const serial = isBelievable ? detail.serial : null;
  const validator = isBelievable ? reply.validator : null;
  return { detail: deps.catalogue.pack(detail), serial, status, validator, digestless: lacksDigest(detail) };
}

function lacksDigest(detail: Detail): boolean {
  return detail.files.some((file) => file.sha256 === null);
}

/** Asks once for the page as it is now, past every cache that we know of; for a file that vanished (trap 15). */
export async function askAgain(
  deps: MirrorDeps,
  name: ProjectName,
  required: Serial,
  signal: AbortSignal,
): Promise<Candidate | null> {
  const reply = await deps.upstream.detail({ name, validator: null, encoding: 'identity' }, signal);
  if (reply.kind !== 'page' || (reply.detail.serial ?? 0) < required) return null;
  return candidateOf(deps, reply);
}

function receivedOf(reply: DetailReply): string {
  if (reply.kind !== 'page') return 'the page that we have';
  return reply.detail.serial === null ? 'a page without a serial' : `serial ${reply.detail.serial}`;
}

function staleError(deps: MirrorDeps, due: DueProject, reply: DetailReply): JubjubError {
  const common = {
    url: `${deps.upstream.identity}/simple/${due.name}/`,
    effect: `${due.name} stays as it was; it is pending and will be tried again`,
  };
  if (reply.kind === 'absent') {
    return new JubjubError(
      'UPSTREAM_ABSENT',
      `the project should be there, but its page is not: ${due.name}`,
      {
        ...common,
        expected:
          due.required > 0 ? `a page of serial ${due.required} or later` : 'the page of a listed project',
        received: '404',
        hint: 'a 404 alone never removes anything; if the project was removed, the changelog will say so',
      },
    );
  }
  return new JubjubError('UPSTREAM_STALE_PAGE', `upstream still serves an old page: ${due.name}`, {
    ...common,
    expected: due.required > 0 ? `serial ${due.required} or later` : 'a page with its serial',
    received: receivedOf(reply),
    hint: 'the CDN lags behind; if it lasts, raise [sync] stale-patience',
  });
}

/**
 * The page could not be had. That is owed even when what we publish is new enough: a run that met such a thing does not
 * end with 0 (P7). What the changelog positively says is gone leaves what we publish all the same (P6).
 */
function failedAnswer(
  deps: MirrorDeps,
  due: DueProject,
  known: KnownProject | null,
  error: JubjubError,
): Answer {
  if (known === null || !known.published) return { kind: 'failed', error, page: null, gone: false };
  const ours = known.serial ?? 0;
  // Removed and made again, and we still hold what was before: that was taken down, whatever comes next.
  if (due.removed !== null && ours < due.removed) return { kind: 'failed', error, page: null, gone: true };
  return { kind: 'failed', error, page: withoutTakenDown(deps, due, known), gone: false };
}

function withoutTakenDown(deps: MirrorDeps, due: Demand, known: KnownProject): Candidate | null {
  const takedowns = due.takedowns.filter((takedown) => takedown.serial > (known.serial ?? 0));
  const detail = takedowns.length === 0 ? null : deps.catalogue.detail(due.name);
  if (detail === null) return null;
  const effects = takedowns.map((takedown) => takedown.effect);
  const reduced = applyTakedowns(detail, effects);
  if (reduced === detail) return null;
  // No validator: this is not a page that upstream ever sent.
  return {
    detail: deps.catalogue.pack(reduced),
    serial: reduced.serial,
    status: reduced.status,
    validator: null,
    digestless: lacksDigest(reduced),
  };
}
