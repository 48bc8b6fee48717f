/** Step upstream: every page compared with upstream's by its validator. It tells; what is to become of it, a sync decides. */
import type { KnownProject } from '../../catalogue/contract.ts';
import { asJubjubError } from '../../errors.ts';
import { serializeDetail } from '../../pypi/detail.ts';
import { isJsonObject } from '../../pypi/json.ts';
import type { Detail, ProjectName, Serial } from '../../pypi/types.ts';
import { isProjectsOwn } from '../ask.ts';
import { kindOf } from '../dialect.ts';
import { withLearned } from '../learn.ts';
import type { OutageWatch } from '../outage.ts';
import type { Finding } from './damage.ts';
import type { VerifyDeps } from './options.ts';

/** `newer`: changed since our last sync, so that the next one brings it. */
export type Answer =
  | { readonly kind: 'same' | 'newer' | 'unasked' }
  | { readonly kind: 'absent' | 'unanswered'; readonly why: string }
  | { readonly kind: 'behind'; readonly finding: Finding };

const SAME: Answer = { kind: 'same' };

/** Rejects with what ends the step: interruption, an upstream that is gone, a failing store. */
export async function compareWithUpstream(
  deps: VerifyDeps,
  name: ProjectName,
  watch: OutageWatch,
  signal: AbortSignal,
): Promise<Answer> {
  // What is due is known to differ, or will be looked at anyway.
  if (deps.catalogue.due(name) !== null) return { kind: 'unasked' };
  try {
    const known = deps.catalogue.project(name);
    if (known === null || !known.published) return { kind: 'unasked' };
    const answer = await ask(deps, known, signal);
    watch.succeeded();
    return answer;
  } catch (error) {
    const failure = asJubjubError(error);
    // A row that cannot be read is told by another step.
    if (failure.code === 'CATALOGUE_UNREADABLE') return { kind: 'unasked' };
    if (!isProjectsOwn(failure)) throw failure;
    await watch.failed(failure);
    return { kind: 'unanswered', why: failure.message };
  }
}

async function ask(deps: VerifyDeps, known: KnownProject, signal: AbortSignal): Promise<Answer> {
  const { name, validator } = known;
  const encoding = validator?.encoding ?? 'gzip';
  const reply = await deps.upstream.detail({ name, validator, encoding }, signal);
  if (reply.kind === 'unchanged') return SAME;
  // P7: a 404 is told, and proves nothing.
  if (reply.kind === 'absent') return { kind: 'absent', why: 'upstream answers 404' };
  const ours = deps.catalogue.detail(name);
  if (ours !== null && isSame(deps, ours, reply.detail)) return SAME;
  const theirs = reply.detail.serial;
  if (kindOf(deps) !== 'poll') {
    // An edge that lags behind: ours is newer, and right.
    if (theirs !== null && known.serial !== null && theirs < known.serial) return SAME;
    if (theirs !== null && theirs > (deps.catalogue.progress().discovered ?? 0)) return { kind: 'newer' };
  }
  return { kind: 'behind', finding: behind(known, theirs) };
}

/**
 * Another validator for the same page is no difference, nor is another serial: roles move it and change nothing that a
 * mirror shows. Digests that we learnt ourselves are none either.
 */
function isSame(deps: VerifyDeps, ours: Detail, theirs: Detail): boolean {
  const learned = new Map(deps.catalogue.learnedOf(ours.name).map((file) => [file.url, file]));
  return withoutSerial(withLearned(theirs, learned)) === withoutSerial(ours);
}

function withoutSerial(detail: Detail): string {
  const { meta, ...rest } = detail.raw;
  const { '_last-serial': _serial, ...more } = isJsonObject(meta) ? meta : {};
  return serializeDetail({ ...detail, raw: { ...rest, meta: more } });
}

function behind({ name, serial }: KnownProject, theirs: Serial | null): Finding {
  const text = (value: Serial | null) => (value === null ? 'its page' : `its page of serial ${value}`);
  return {
    kind: 'behind',
    step: 'upstream',
    project: name,
    path: null,
    expected: `what upstream has: ${text(theirs)}`,
    received: serial === theirs ? 'a page of that serial that says otherwise' : text(serial),
  };
}
