/** What `jubjub verify --http` does once its command line is understood: looks at a mirror as its readers do. */
import { existsSync } from 'node:fs';
import { loadConfig } from '../config/load.ts';
import { checkSite, type OwnMirror, type SiteOptions, type SiteSummary } from '../inspect/check-site.ts';
import type { SiteFinding } from '../inspect/findings.ts';
import type { SiteReader } from '../inspect/reader.ts';
import type { CliContext } from './context.ts';
import { PROGRESS_EVERY_MS } from './display/plain.ts';
import { findingText, renderSiteCheck, type SiteResult, siteJson } from './display/site.ts';
import { openCatalogueReadOnly } from './open-mirror.ts';
import { CatalogueProof } from './own-proof.ts';
import { readerFor } from './run-compare.ts';
import { jsonText } from './text.ts';

export interface VerifyHttpOptions {
  /** Absolute. */
  readonly configFile: string;
  /** It was named; else it is read only when it is there, and without it the site is held against its own proof. */
  readonly configNamed: boolean;
  readonly url: string;
  /** How many projects; null: all. */
  readonly sample: number | null;
  /** null: by chance, and told. */
  readonly seed: number | null;
}

/** How many projects are looked at unless the command line says otherwise. */
export const SAMPLE_DEFAULT = 100;

const EXIT_CLEAN = 0;
const EXIT_DAMAGED = 5;
const SEED_MAX = 2 ** 32;
/** Of damage and of warnings, in text; JSON lines tell all of it. */
const FINDINGS_SHOWN_MAX = 20;

/** Checks what a web server gives out, prints what it finds, and answers the exit status. */
export async function runVerifyHttp(options: VerifyHttpOptions, context: CliContext): Promise<number> {
  context.io.keepHeapSmall?.();
  const reader = readerFor(options.url, context);
  try {
    if (!options.configNamed && !existsSync(options.configFile))
      return await verify(reader, null, options, context);
    const { settings } = loadConfig(options.configFile, { readsRequirements: false });
    const catalogue = openCatalogueReadOnly(settings);
    try {
      const proof = new CatalogueProof(catalogue);
      return await verify(reader, { proof, list: () => proof.list() }, options, context);
    } finally {
      catalogue.close();
    }
  } finally {
    await reader.close();
  }
}

async function verify(
  reader: SiteReader,
  own: OwnMirror | null,
  options: VerifyHttpOptions,
  context: CliContext,
): Promise<number> {
  const { clock, output, print, signal, style } = context;
  const startedMs = clock.now();
  const seed = options.seed ?? Math.floor(clock.random() * SEED_MAX);
  const site: SiteOptions = {
    own,
    sample: options.sample,
    seed,
    onFinding: teller(context),
    onProject: progressTeller(context),
  };
  const summary: SiteSummary = await checkSite(reader, site, signal);
  const exitStatus = summary.tally.damage > 0 ? EXIT_DAMAGED : EXIT_CLEAN;
  const result: SiteResult = {
    ...summary,
    exitStatus,
    url: reader.url,
    isOwn: own !== null,
    configNamed: options.configNamed,
    sample: options.sample,
    seed,
    requests: reader.requestsMade,
    durationMs: clock.now() - startedMs,
  };
  if (output.json) print(`${jsonText(siteJson(result))}\n`);
  else if (!output.quiet || exitStatus !== EXIT_CLEAN) print(renderSiteCheck(result, style));
  return exitStatus;
}

/** Prints findings as they are made. */
function teller({ output, print, style }: CliContext): (finding: SiteFinding) => void {
  const shown = { damage: 0, warning: 0 };
  return (finding) => {
    if (output.json) print(`${jsonText({ type: 'finding', ...finding })}\n`);
    else if (
      ++shown[finding.severity] <= FINDINGS_SHOWN_MAX &&
      !(output.quiet && finding.severity === 'warning')
    )
      print(findingText(finding, style));
  };
}

/** A line in the log from time to time. */
function progressTeller({ clock, log }: CliContext): SiteOptions['onProject'] {
  let saidMs = clock.now();
  return (done, of) => {
    const nowMs = clock.now();
    if (nowMs - saidMs < PROGRESS_EVERY_MS) return;
    saidMs = nowMs;
    log.info({ done, of }, 'projects');
  };
}
