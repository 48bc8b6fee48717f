/** Many seeds played, added up, and told: what `npm run sim` and the tests of the storm do. */
import { availableParallelism } from 'node:os';
import { Coverage } from './coverage.ts';
import { playAll } from './pool.ts';
import type { SeedResult, SeedTask } from './seed-worker.ts';

export interface CampaignOptions {
  readonly seeds: readonly number[] | { readonly from: number; readonly count: number };
  /** Only these acts of each seed; null: all. */
  readonly acts: readonly number[] | null;
  /** Ends with the first violation. */
  readonly isFailFast: boolean;
  readonly shortenTriesMax: number;
  /** @default one a core */
  readonly threads?: number;
  /** Hears of violations as they are found. */
  readonly onViolation?: (result: SeedResult) => void;
  /** Hears of each seed. */
  readonly onSeed?: (campaign: Campaign) => void;
  readonly signal: AbortSignal;
}

/** Of real time; on a machine that does much else, too. */
const SEED_MS_MAX = 300_000;

/** What many seeds came to. */
export class Campaign {
  readonly coverage = new Coverage();
  readonly violations: SeedResult[] = [];
  seeds = 0;
  runs = 0;
  looks = 0;
  readonly #startedMs = performance.now();

  add(result: SeedResult): void {
    this.seeds += 1;
    this.runs += result.runs;
    this.looks += result.looks;
    this.coverage.addAll(result.counts);
    if (result.violation !== null) this.violations.push(result);
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  get seedsPerS(): number {
    return this.seeds / this.seconds;
  }
}

function* tasksOf({ seeds, acts, shortenTriesMax }: CampaignOptions): Generator<SeedTask, undefined> {
  if ('from' in seeds)
    for (let at = 0; at < seeds.count; at++) yield { seed: seeds.from + at, acts, shortenTriesMax };
  else for (const seed of seeds) yield { seed, acts, shortenTriesMax };
}

/** Plays all seeds. What was found so far is in the campaign when the signal ends it. */
export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const campaign = new Campaign();
  const enough = new AbortController();
  const stop = () => enough.abort();
  options.signal.addEventListener('abort', stop, { once: true });
  await playAll(tasksOf(options), {
    threads: options.threads ?? availableParallelism(),
    seedMsMax: SEED_MS_MAX,
    signal: enough.signal,
    onResult: (result) => {
      campaign.add(result);
      options.onSeed?.(campaign);
      if (result.violation === null) return;
      options.onViolation?.(result);
      if (options.isFailFast) stop();
    },
  });
  options.signal.removeEventListener('abort', stop);
  return campaign;
}

/** A violation as people read it: what broke, the shortest story, and the one command that replays it. */
export function violationText({ seed, violation, shortened }: SeedResult): string {
  const shown = shortened ?? violation;
  if (shown === null) return '';
  const acts = ` --acts ${shown.acts.join(',') || 0}`;
  const head = `seed ${seed} breaks ${shown.promise}`;
  const story = shown.story.map((line) => `    ${line}`).join('\n');
  return `${head}\n${shown.message}\n  the story:\n${story}\n  replay: npm run sim -- --seed ${seed}${acts}\n`;
}
