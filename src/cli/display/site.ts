/** What `jubjub verify --http` shows: each finding, and how it ended. */
import type { SiteSummary } from '../../inspect/check-site.ts';
import type { SiteFinding, SiteKind } from '../../inspect/findings.ts';
import { SEVERITY_BY_KIND } from '../../inspect/findings.ts';
import type { Style } from '../style.ts';
import { printable } from '../text.ts';
import { bytesText, countText, durationText, serialText } from './format.ts';

const LABEL_WIDTH = 11;

export interface SiteResult extends SiteSummary {
  readonly exitStatus: number;
  readonly url: string;
  /** Held against our own catalogue; else against the proof that it gives out itself. */
  readonly isOwn: boolean;
  readonly configNamed: boolean;
  readonly sample: number | null;
  readonly seed: number;
  readonly requests: number;
  readonly durationMs: number;
}

/** One finding, ending in a newline. */
export function findingText(finding: SiteFinding, style: Style): string {
  const { kind, severity, url, expected, received } = finding;
  const head = severity === 'damage' ? style.red('damage: ') : style.yellow('warning:');
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  return `${[
    `${head} ${kind} ${printable(url)}`,
    `${label('expected')}${printable(expected)}`,
    `${label('received')}${printable(received)}`,
  ].join('\n')}\n`;
}

/** Renders the result, ending in a newline. */
export function renderSiteCheck(result: SiteResult, style: Style): string {
  const { exitStatus, tally } = result;
  const label = (name: string) => style.dim(`  ${name.padEnd(LABEL_WIDTH)}`);
  const clean = tally.warnings === 0 ? 'all as it must be' : 'nothing damaged';
  const ended = exitStatus === 0 ? style.green(clean) : style.red('readers are given something wrong');
  const lines = [
    `${style.bold('verify --http:')} ${ended} ${style.dim(`(exit status ${exitStatus})`)}`,
    ...facts(result).map(([name, text]) => `${label(name)}${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

function facts(result: SiteResult): [string, string][] {
  const { url, isOwn, manifest, tally, negotiates, requests, durationMs } = result;
  const against = isOwn ? 'the catalogue of this mirror' : 'the proof that it gives out itself';
  const found: [string, string][] = [
    ['site', printable(url)],
    ['against', `${against}: serial ${serialText(manifest.serial)}`],
    ['projects', projectsText(result)],
    ['files', `${tally.files} (${bytesText(tally.bytes)}), ${countText(tally.sidecars, 'sidecar')}`],
  ];
  if (tally.external > 0) found.push(['elsewhere', `${countText(tally.external, 'file')}: not looked at`]);
  found.push(['answers', negotiates ? 'JSON or HTML, as asked for' : 'one form, whatever is asked for']);
  for (const severity of ['damage', 'warning'] as const) {
    const text = countsText(result, severity);
    if (text !== null) found.push([severity === 'damage' ? 'damage' : 'warnings', text]);
  }
  found.push(['requests', `${requests} in ${durationText(durationMs)}`]);
  const hint = nextStep(result);
  if (hint !== null) found.push(['next', hint]);
  return found;
}

function projectsText({ tally, manifest, sample, seed }: SiteResult): string {
  if (sample === null || manifest.projects <= sample) return `${tally.projects}, all`;
  return `${tally.projects} of ${manifest.projects} (--seed ${seed} chooses them again; --all looks at all)`;
}

function countsText({ tally }: SiteResult, severity: 'damage' | 'warning'): string | null {
  const kinds = [...tally.found].filter(([kind]) => SEVERITY_BY_KIND[kind] === severity);
  if (kinds.length === 0) return null;
  return kinds
    .sort(([, one], [, other]) => other - one)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}

/** What to do about it; null when there is nothing to say. */
function nextStep({ tally, isOwn, configNamed }: SiteResult): string | null {
  const has = (...kinds: SiteKind[]) => kinds.some((kind) => tally.found.has(kind));
  if (has('manifest') && isOwn)
    return configNamed
      ? 'it serves another state than this mirror is in: look for a cache, or another docroot'
      : 'it serves another state than this mirror (mirror.toml) is in; to hold it against its own proof, go where there is no mirror.toml';
  if (has('file-digest', 'file-size', 'page', 'sidecar-digest', 'status') && isOwn)
    return 'jubjub verify looks at the docroot itself; when that is well, something on the way changes it';
  if (has('no-negotiation', 'type', 'plain-type', 'no-redirect'))
    return 'jubjub config nginx (or caddy, apache) writes a configuration that does';
  return null;
}

/** The last line of `--json`. */
export function siteJson(result: SiteResult): object {
  const { exitStatus, url, isOwn, manifest, negotiates, sample, seed, requests, durationMs, tally } = result;
  const { projects, files, bytes, sidecars, external, damage, warnings, found } = tally;
  return {
    type: 'summary',
    exitStatus,
    url: printable(url),
    against: isOwn ? 'catalogue' : 'manifest',
    serial: manifest.serial,
    digest: manifest.digest,
    checked: { projects, of: manifest.projects, files, bytes, sidecars, external },
    negotiates,
    sample,
    seed,
    damaged: damage,
    warnings,
    found: Object.fromEntries([...found].sort()),
    requests,
    durationMs,
  };
}
