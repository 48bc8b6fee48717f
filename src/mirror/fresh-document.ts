/** Asks for a project's JSON API document until it is as new as its page: the two are separate objects at the edge. */
import type { KnownApiDocument } from '../catalogue/contract.ts';
import { JubjubError } from '../errors.ts';
import { parseJsonApi } from '../pypi/json-api.ts';
import type { ProjectName, Serial } from '../pypi/types.ts';
import { backoffMs } from '../retry.ts';
import type { DocumentReply, Encoding } from '../upstream/contract.ts';
import type { MirrorDeps } from './deps.ts';

/** How often a document older than its page is asked for. */
const STALE_TRIES = 4;
const STALE_WAITS = { attemptsMax: STALE_TRIES, firstWaitMs: 500, waitMsMax: 4_000, retryAfterMsMax: 0 };

export interface WantedDocument {
  readonly name: ProjectName;
  /** It must have reached this serial, that of the page. */
  readonly required: Serial;
  /** What is known of it: the request is conditional. null: nothing. */
  readonly before: Pick<KnownApiDocument, 'serial' | 'validator'> | null;
  /** Is a 404 an answer, and not a sign of age? */
  readonly mayBeAbsent: boolean;
}

/** gzip and identity are asked for in turn, for they may disagree (protocol §5.4). @throws UPSTREAM_STALE_PAGE, UPSTREAM_* */
export async function freshDocument(
  deps: MirrorDeps,
  wanted: WantedDocument,
  signal: AbortSignal,
): Promise<DocumentReply> {
  const { name, required, before, mayBeAbsent } = wanted;
  const validator = before?.validator ?? null;
  let encoding: Encoding = validator?.encoding ?? 'gzip';
  for (let attempt = 1; ; attempt++) {
    const reply = await deps.upstream.document({ what: 'json-api', name, validator, encoding }, signal);
    const serial = serialOf(reply, wanted);
    const isGone = reply.kind === 'absent' && mayBeAbsent;
    if (isGone || (reply.kind !== 'absent' && (serial ?? required) >= required)) return reply;
    if (attempt >= STALE_TRIES) throw staleDocument(deps, wanted, reply, serial);
    await deps.clock.sleep(Math.ceil(backoffMs(STALE_WAITS, attempt, deps.clock.random())), signal);
    encoding = encoding === 'gzip' ? 'identity' : 'gzip';
  }
}

function serialOf(reply: DocumentReply, { name, before }: WantedDocument): Serial | null {
  if (reply.kind === 'document') return parseJsonApi(reply.bytes, name).serial;
  return reply.kind === 'unchanged' ? (before?.serial ?? null) : null;
}

function staleDocument(
  deps: MirrorDeps,
  { name, required }: WantedDocument,
  reply: DocumentReply,
  serial: Serial | null,
): JubjubError {
  const isAbsent = reply.kind === 'absent';
  return new JubjubError(
    isAbsent ? 'UPSTREAM_ABSENT' : 'UPSTREAM_STALE_PAGE',
    `the JSON API document is ${isAbsent ? 'not there any more' : 'older than the page'}: ${name}`,
    {
      url: `${deps.upstream.identity}/pypi/${name}/json`,
      expected: `a document of serial ${required} or later`,
      received: isAbsent ? '404' : `serial ${serial}`,
      effect: 'what is known from before stays, less what is no longer on the page; the project is pending',
    },
  );
}
