/**
 * Looks at a mirror as its readers do, over HTTP:
 *  1. manifest   the proof is there; of our own mirror, it is ours
 *  2. list       both forms of the project list
 *  3. manners    negotiation, spellings of names, what is not there, what is private (check-manners.ts)
 *  4. projects   pages, files and sidecars of a choice of the projects, or of all (check-project.ts)
 *
 * Nothing that is found stops the rest; a server that does not answer at all does.
 */
import { isJubjubError, type JubjubError } from '../errors.ts';
import type { Manifest, PageDigest } from '../pypi/manifest.ts';
import { MANIFEST_PATH } from '../pypi/paths.ts';
import { quote } from '../pypi/quote.ts';
import type { ProjectName, Sha256 } from '../pypi/types.ts';
import { checkAbsent, checkRedirects, negotiates, type Specimen } from './check-manners.ts';
import { checkProject } from './check-project.ts';
import { finding, type Report, type SiteFinding, unanswered } from './findings.ts';
import { HTML_TYPE, isType, JSON_TYPE, TEXT_TYPE } from './page-types.ts';
import { inParallel } from './parallel.ts';
import { type ProofSource, RemoteProof } from './proof.ts';
import { CONNECTIONS_MAX, type SiteReader } from './reader.ts';
import { everyProject, sampleProjects, seededChance } from './sample.ts';
import { SiteTally } from './tally.ts';

/** The project list; PyPI's has 45 MB. */
const LIST_BYTES_MAX = 1024 ** 3;
/** So many requests without an answer, one after another, and the server is gone. */
const UNANSWERED_MAX = 5;

/** What our own mirror says of itself, when it is ours that is looked at. */
export interface OwnMirror {
  readonly proof: ProofSource;
  /** The digests of the project list as it must be now. */
  list(): { readonly html: Sha256; readonly json: Sha256 };
}

export interface SiteOptions {
  /** null: the proof that the site itself gives is held against the rest of it. */
  readonly own: OwnMirror | null;
  /** How many projects; null: all. */
  readonly sample: number | null;
  readonly seed: number;
  readonly onFinding: Report;
  /** Hears of each project that is done, and of how many there are to do. */
  readonly onProject: (done: number, of: number) => void;
}

export interface SiteSummary {
  readonly manifest: Manifest;
  readonly negotiates: boolean;
  readonly tally: SiteTally;
}

/** @throws UPSTREAM_* when the server does not answer, or has no proof and we have none either; INTERRUPTED */
export async function checkSite(
  reader: SiteReader,
  options: SiteOptions,
  signal: AbortSignal,
): Promise<SiteSummary> {
  const tally = new SiteTally();
  const report = (one: SiteFinding) => {
    tally.add(one);
    options.onFinding(one);
  };
  const proof = await settleProof(reader, options.own, report, signal);
  const manifest = await proof.manifest(signal);
  const watch = new Watch(reader.url, report);
  const asksByType = await checkManners(reader, options, proof, watch, report, signal);
  const check = { reader, proof, negotiates: asksByType, report, tally };
  const { sample } = options;
  const of = Math.min(sample ?? manifest.projects, manifest.projects);
  const chance = seededChance(options.seed);
  const chosen =
    sample === null ? everyProject(proof, signal) : sampleProjects(proof, sample, chance, signal);
  await inParallel(chosen, CONNECTIONS_MAX, async (project) => {
    await watch.over(project.name, () => checkProject(check, project, signal));
    options.onProject(tally.projects, of);
  });
  return { manifest, negotiates: asksByType, tally };
}

/** The proof that everything is held against: ours, or that of the site. */
async function settleProof(
  reader: SiteReader,
  own: OwnMirror | null,
  report: Report,
  signal: AbortSignal,
): Promise<ProofSource> {
  const remote = new RemoteProof(reader);
  if (own === null) return remote;
  const spot = { project: null, url: `${reader.url}/${MANIFEST_PATH}` };
  try {
    const theirs = await remote.manifest(signal);
    const ours = await own.proof.manifest(signal);
    if (ours.digest !== theirs.digest || ours.serial !== theirs.serial)
      report(finding('manifest', spot, proofText(ours), proofText(theirs)));
  } catch (error) {
    const answered = [
      'UPSTREAM_ABSENT',
      'UPSTREAM_MALFORMED',
      'UPSTREAM_REDIRECT',
      'UPSTREAM_API_VERSION',
    ] as const;
    // A 5xx is what a server says that is not well, and a refusal (403) is one about this document.
    if (!isJubjubError(error, ...answered) && !isRefusal(error)) throw error;
    report(finding('manifest', spot, proofText(await own.proof.manifest(signal)), error.message));
  }
  return own.proof;
}

function isRefusal(error: unknown): error is JubjubError {
  return isJubjubError(error, 'UPSTREAM_STATUS') && (error.facts.httpStatus ?? 500) < 500;
}

function proofText({ serial, projects, digest }: Manifest): string {
  return `serial ${serial ?? 'none'}, ${projects} projects, digest ${digest}`;
}

/** Steps 2 and 3. Returns whether the server negotiates. */
async function checkManners(
  reader: SiteReader,
  options: SiteOptions,
  proof: ProofSource,
  watch: Watch,
  report: Report,
  signal: AbortSignal,
): Promise<boolean> {
  const chance = seededChance(options.seed);
  const first = await anyProject(proof, chance, signal);
  const specimen: Specimen =
    first === null
      ? { project: null, path: '/simple/', jsonSha256: options.own?.list().json ?? null }
      : { project: first.name, path: `/simple/${first.name}/`, jsonSha256: first.pageSha256 };
  let asksByType = true;
  await watch.over(specimen.project, async () => {
    asksByType = await negotiates(reader, specimen, report, signal);
  });
  await watch.over(null, () => checkList(reader, options.own, asksByType, report, signal));
  if (first !== null) await watch.over(first.name, () => checkRedirects(reader, first.name, report, signal));
  await watch.over(null, () => checkAbsent(reader, chance, report, signal));
  return asksByType;
}

async function anyProject(
  proof: ProofSource,
  chance: () => number,
  signal: AbortSignal,
): Promise<PageDigest | null> {
  for await (const project of sampleProjects(proof, 1, chance, signal)) return project;
  return null;
}

/** Both forms of the list; their digests only where we know what they must be. */
async function checkList(
  reader: SiteReader,
  own: OwnMirror | null,
  asksByType: boolean,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const forms = [
    { form: 'html', path: '/simple/', type: TEXT_TYPE },
    { form: 'json', path: asksByType ? '/simple/' : '/simple/index.v1_json', type: JSON_TYPE },
    ...(asksByType ? [{ form: 'html', path: '/simple/', type: HTML_TYPE } as const] : []),
  ] as const;
  let ours = own?.list() ?? null;
  for (const { form, path, type } of forms) {
    const asked = { path, what: 'the project list', accept: type, bytesMax: LIST_BYTES_MAX };
    const spot = { project: null, url: `${reader.url}${path}` };
    const reply = await reader.hashed(asked, signal);
    const given = reply.header('content-type');
    if (reply.status !== 200) report(finding('status', spot, '200', `HTTP ${reply.status}`));
    else if (!isType(given, type))
      report(finding(asksByType || form === 'html' ? 'type' : 'plain-type', spot, type, quote(given ?? '')));
    if (own === null || ours === null || reply.status !== 200 || reply.sha256 === ours[form]) continue;
    // A sync may have written it meanwhile.
    ours = own.list();
    const again = await reader.hashed(asked, signal);
    if (again.sha256 !== ours[form])
      report(finding('list-differs', spot, `sha256 ${ours[form]}`, `sha256 ${again.sha256}`));
  }
}

/** Tells what is not answered as a finding, until it is too much in a row. */
class Watch {
  readonly #site: string;
  readonly #report: Report;
  #unanswered = 0;

  constructor(site: string, report: Report) {
    this.#site = site;
    this.#report = report;
  }

  async over(project: ProjectName | null, action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.#unanswered = 0;
    } catch (error) {
      if (!isJubjubError(error) || error.code === 'INTERRUPTED' || error.code === 'INTERNAL') throw error;
      this.#unanswered += 1;
      if (this.#unanswered >= UNANSWERED_MAX) throw error;
      this.#report(unanswered(error, { project, url: error.facts.url ?? this.#site }));
    }
  }
}
