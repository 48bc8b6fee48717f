/** The JSON API document of a project (`/pypi/<name>/json`): as new as its page, and with no file that is not on it. */
import type { KnownApiDocument, ProjectUpdate } from '../catalogue/contract.ts';
import { isJubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import {
  type ApiFile,
  listedFiles,
  parseJsonApi,
  releaseToShow,
  renderJsonApi,
  speakingOf,
} from '../pypi/json-api.ts';
import { absoluteUrl, apiPath, hrefFromDetail } from '../pypi/paths.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import type { DocumentReply } from '../upstream/contract.ts';
import { type Brought, orElse } from './brought.ts';
import type { MirrorDeps } from './deps.ts';
import { freshDocument, type WantedDocument } from './fresh-document.ts';
import type { OutageWatch } from './outage.ts';
import type { Outcome } from './outcome.ts';
import { linkable } from './publish.ts';

export interface ApiDocument {
  readonly state: Outcome['document'];
  readonly known: KnownApiDocument | null;
}

const NONE: ApiDocument = { state: 'none', known: null };

/**
 * Asks for the document, and stages it with our links. When it cannot be had, the one that lies there stays, less the
 * files that are no longer on the page: a takedown does not wait (P6). Rejects only with what ends the run.
 */
export async function bringApiDocument(
  deps: MirrorDeps,
  outcome: Outcome,
  watch: OutageWatch,
  signal: AbortSignal,
): Promise<Brought<ApiDocument>> {
  const { name, update } = outcome;
  // As on PyPI: 404 of a quarantined project (protocol §3).
  if (update === null || update.status === 'quarantined') return { value: NONE, error: null };
  const there = await readDocument(deps, name);
  // One that lacks a file of the page was written before that was on it: only upstream can tell of it again.
  const links = linksOf(deps, update);
  const lacks = there !== null && (missesSome(there, links) || losesAll(there, links));
  const known = there === null || lacks ? null : (deps.catalogue.project(name)?.api ?? null);
  const before =
    known !== null && deps.distrust?.project(name) === true ? { ...known, validator: null } : known;
  const kept: DocumentReply = { kind: 'unchanged' };
  const reply =
    there !== null && !lacks && isPlannedAnew(outcome)
      ? { value: kept, error: null }
      : await orElse(watch, kept, () => freshDocument(deps, wantedOf(outcome, before), signal));
  if (reply.value.kind === 'absent') return { value: NONE, error: null };
  const bytes = reply.value.kind === 'document' ? reply.value.bytes : there;
  if (bytes === null) return { value: NONE, error: reply.error };
  const validator = reply.value.kind === 'document' ? reply.value.validator : (before?.validator ?? null);
  const spoken = await orElse(watch, bytes, () => speakingOfOurs(deps, name, bytes, links, signal));
  const { serial } = parseJsonApi(bytes, name);
  const { state, sha256 } = await stageDocument(deps, name, there, renderJsonApi(spoken.value, links));
  return { value: { state, known: { serial, validator, sha256 } }, error: reply.error ?? spoken.error };
}

/** The same without asking anybody: when a run is interrupted, a takedown does not wait either. */
export async function keepApiDocument(deps: MirrorDeps, { name, update }: Outcome): Promise<ApiDocument> {
  if (update === null || update.status === 'quarantined') return NONE;
  const there = await readDocument(deps, name);
  const known = deps.catalogue.project(name)?.api ?? null;
  if (there === null || known === null) return { state: 'kept', known };
  const text = renderJsonApi(there, linksOf(deps, update));
  const { state, sha256 } = await stageDocument(deps, name, there, text);
  return { state, known: { ...known, sha256 } };
}

async function stageDocument(
  deps: MirrorDeps,
  name: ProjectName,
  there: Uint8Array | null,
  text: string,
): Promise<{ readonly state: 'kept' | 'staged'; readonly sha256: Sha256 }> {
  const bytes = Buffer.from(text, 'utf8');
  const isSame = there !== null && bytes.equals(there);
  if (!isSame) await deps.store.stageBytes(apiPath(name), bytes);
  return { state: isSame ? 'kept' : 'staged', sha256: sha256Of(bytes) };
}

/** A document whose own release is left out speaks of the newest that is not: nothing advertises what is not there. */
async function speakingOfOurs(
  deps: MirrorDeps,
  name: ProjectName,
  document: Uint8Array,
  links: ReadonlyMap<string, ApiFile>,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const version = releaseToShow(document, links);
  if (version === null) return document;
  const request = { what: 'json-api', name, version, validator: null, encoding: 'identity' } as const;
  const reply = await deps.upstream.document(request, signal);
  // Not every index has them; then the project's own word stays.
  if (reply.kind !== 'document') return document;
  parseJsonApi(reply.bytes, name);
  return Buffer.from(speakingOf(document, reply.bytes), 'utf8');
}

function missesSome(document: Uint8Array, links: ReadonlyMap<string, unknown>): boolean {
  const listed = listedFiles(document);
  return [...links.keys()].some((filename) => !listed.has(filename));
}

/** It may speak of a release that was the newest of ours: with none of ours it is to speak of upstream's. */
function losesAll(document: Uint8Array, links: ReadonlyMap<string, unknown>): boolean {
  return links.size === 0 && listedFiles(document).size > 0;
}

/** The document that lies there; one that is none (damaged, somebody else's) counts as not there. */
async function readDocument(deps: MirrorDeps, name: ProjectName): Promise<Uint8Array | null> {
  const bytes = await deps.store.read(apiPath(name));
  if (bytes === null) return null;
  try {
    parseJsonApi(bytes, name);
    return bytes;
  } catch (error) {
    if (isJubjubError(error, 'UPSTREAM_MALFORMED')) return null;
    throw error;
  }
}

/** Only our own settings ask for it: upstream need not be troubled. */
function isPlannedAnew({ project }: Outcome): boolean {
  return project.due.source === 'settings' || project.due.source === 'selection';
}

/** A 404 is no sign of age where there is no document yet; of one that we have it proves nothing (P7). */
function wantedOf({ name, update }: Outcome, before: KnownApiDocument | null): WantedDocument {
  const mayBeAbsent = before === null || update?.files.length === 0;
  return { name, required: update?.serial ?? 0, before, mayBeAbsent };
}

/** Where the document is to say that the page's files are. */
function linksOf(deps: MirrorDeps, update: ProjectUpdate) {
  const { baseUrl, mirrorFiles } = deps.settings;
  if (!mirrorFiles) {
    const detail = deps.catalogue.unpack(update.detail, update.name);
    const allowed = detail.files.filter(linkable(deps, detail, update.selectedMs));
    return new Map(allowed.map((file) => [file.filename, { href: file.url, sha256: file.sha256 }]));
  }
  return new Map(
    update.files.map(({ filename, path, sha256 }) => {
      // `/pypi/<name>/json` lies as deep as a page, so that the same relative link leads to the file.
      const href = baseUrl === null ? hrefFromDetail(path) : absoluteUrl(baseUrl, path);
      return [filename, { href, sha256 }];
    }),
  );
}
