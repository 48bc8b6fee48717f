/** What can happen in a storm, as data: acts in their order, each with randomness of its own, so that leaving one out changes no other. */
import type { MirrorSettings } from '../../../src/mirror/deps.ts';
import type { FlushMode } from '../../../src/store/local.ts';
import type { UpstreamKind } from '../../../src/upstream/contract.ts';
import type { CdnOptions } from '../sim/cdn.ts';
import type { RateLimit } from '../sim/rate-limit.ts';
import type { StepKind } from './step-kinds.ts';

/** A step of a run: the `nth` of a kind, from 1. */
export interface StepRef {
  readonly kind: StepKind | 'any';
  readonly nth: number;
}

/** Which requests a storm is about. */
export type RequestGroup = 'call' | 'list' | 'page' | 'file' | 'sidecar' | 'provenance' | 'json api';

/** Every request of a group fails in one way for a while, as counted by its requests. */
export interface Storm {
  readonly group: RequestGroup;
  readonly fault:
    | 'missing'
    | 'html-503'
    | 'rate-limited'
    | 'disconnect'
    | 'empty'
    | 'earlier'
    | 'earlier, no serial';
  /** So many requests pass first. */
  readonly after: number;
  readonly requests: number;
}

/** The project list is of a replica that has lost projects, for a whole run; the index makes no such list before the first one was read. */
export interface LostList {
  /** A third of them, or all but a third: more than a mirror may believe. */
  readonly lost: 'some' | 'most';
  /** Their pages are lost there, too: the first who asks gets a 404. */
  readonly withPages: boolean;
}

/** What the network does during a run. */
export interface Weather {
  /** The share of requests that meets an everyday fault, in [0, 1]. */
  readonly share: number;
  readonly storms: readonly Storm[];
  /** The origin answers nothing: the edge has what it has. */
  readonly isOriginDown: boolean;
  readonly lostList: LostList | null;
}

export type Errno = 'EIO' | 'ENOSPC' | 'EMFILE' | 'EACCES' | 'EROFS';

/** What goes wrong on disk: a call fails, writes less than it was given, or takes its time. */
export interface DiskTrouble {
  readonly at: StepRef;
  readonly how: Errno | 'short write' | 'slow';
  /** From then on, else once. */
  readonly lasting: boolean;
}

/** How a run is ended from outside. */
export interface RunEnd {
  /** `hang`: the call never returns, and somebody kills the process then. */
  readonly how: 'kill' | 'power cut' | 'SIGTERM' | 'hang';
  readonly at: StepRef;
}

export type Command =
  | 'sync'
  | 'full'
  | 'named'
  | 'dry run'
  | 'prune'
  | 'sweep'
  | 'verify'
  | 'repair'
  | 'restore'
  | 'release';

/** One process of the mirror, from its start to its end. */
export interface RunAct {
  readonly kind: 'run';
  readonly command: Command;
  readonly allowRemovals: number | null;
  readonly weather: Weather;
  readonly trouble: DiskTrouble | null;
  readonly end: RunEnd | null;
  /** The power goes when the run has ended by itself, before anything else happens. */
  readonly powerCutAfter: boolean;
  /** A second run begins at this step; it must find the lock held and do nothing. */
  readonly rivalAt: StepRef | null;
  /** Somebody deletes the lock at this step. */
  readonly lockLostAt: StepRef | null;
}

/** What is made to happen to the index, where chance would bring it about in one history of a hundred. */
export type Occasion =
  /** A project is quarantined: its files leave the docroot at once. */
  | 'quarantine'
  /** Those that are come back, their files from the trash. */
  | 'clear'
  /** Projects vanish. */
  | 'removals'
  /** Wheels whose METADATA has to be fetched by itself, because it cannot be taken out of them. */
  | 'odd wheels'
  /** Files with attestations. */
  | 'attested';

export type Act =
  /** Time passes for everybody. */
  | { readonly kind: 'time'; readonly ms: number }
  /** One clock is set, forward or back: the mirror's machine has one, and upstream another. */
  | { readonly kind: 'jump'; readonly whose: 'mirror' | 'upstream'; readonly ms: number }
  /** Things happen to the index: half of them now, and half when so much time has passed. */
  | { readonly kind: 'events'; readonly count: number; readonly overMs: number }
  | { readonly kind: 'occasion'; readonly what: Occasion }
  /** The operator changes mirror.toml between two runs. */
  | { readonly kind: 'settings'; readonly settings: StormSettings }
  /** The CDN behaves otherwise from now on. */
  | { readonly kind: 'cdn'; readonly options: Partial<CdnOptions> }
  | RunAct;

export type StormSettings = Partial<
  Pick<
    MirrorSettings,
    | 'jsonApi'
    | 'precompress'
    | 'baseUrl'
    | 'mirrorFiles'
    | 'mirrorMetadata'
    | 'mirrorProvenance'
    | 'hideAfterMs'
    | 'deleteAfterMs'
    | 'removalLimit'
    | 'reconcileShare'
  >
>;

/** An act with its number in its scenario, from 1: what `--acts` names, and what its randomness comes from. */
export interface NumberedAct {
  readonly number: number;
  readonly act: Act;
}

/** Everything that a seed decides before anything is played. */
export interface Scenario {
  readonly seed: number;
  readonly upstream: {
    readonly changes: UpstreamKind;
    readonly changelogRowsMax: number;
    readonly separateFileHost: boolean;
    readonly cdn: Partial<CdnOptions> | false;
    readonly rateLimit: RateLimit | null;
    /** Events before the first run. */
    readonly beginning: number;
    /** Things happen that no row tells of. */
    readonly quiet: boolean;
  };
  readonly disk: 'simulated' | 'memory';
  /** `[store] flush`, of a simulated disk. */
  readonly flush: FlushMode;
  /** Has its system a `sync` that flushes a whole file system? */
  readonly hasSync: boolean;
  readonly settings: StormSettings;
  readonly acts: readonly NumberedAct[];
}
