/** The effective settings: what the configuration says once it is read, checked and completed with defaults. */
import type { SelectionSettings } from '../selection/settings.ts';

/** How many projects a run may withdraw: a number, a share of all projects, or the larger of both. */
export interface RemovalLimit {
  readonly projects: number | null;
  /** In [0, 1]. */
  readonly share: number | null;
}

export interface UpstreamSettings {
  /** The site, without trailing slash; `/simple/` and `/pypi` are below it. */
  readonly url: string;
  /** How changes are learnt; `auto` asks the upstream once, and the catalogue remembers the answer. */
  readonly changes: 'auto' | 'changelog' | 'list' | 'poll';
  readonly contact: string;
  readonly connectTo: { readonly host: string; readonly port: number } | null;
  readonly proxy: string | null;
  /** Absolute path of a PEM file. */
  readonly caFile: string | null;
  /** "host" or "host:port", lower-case. */
  readonly fileHosts: readonly string[];
  readonly allowHttp: boolean;
  readonly expiryMs: number;
  readonly pageConnections: number;
  readonly fileConnections: number;
  /** HTTP/2 is offered; with a proxy it never is. */
  readonly http2: boolean;
  /** For the bodies of all answers together; null is no limit. */
  readonly rateBytesPerSecond: number | null;
  readonly timeoutMs: number;
}

export interface SyncSettings {
  readonly replayMs: number;
  readonly settleMs: number;
  readonly stalePatienceMs: number;
  /** The share of all projects that each run revalidates, in (0, 1]; null is off. */
  readonly reconcileShare: number | null;
  readonly pendingLimit: number;
  readonly removalLimit: RemovalLimit;
}

export interface FilesSettings {
  readonly mirror: boolean;
  readonly metadata: boolean;
  readonly provenance: boolean;
}

export interface PagesSettings {
  /** Where the docroot is served, without a slash at its end; null: not known, so no link can be absolute. */
  readonly baseUrl: string | null;
  /** Mirror `/pypi/<name>/json`, too. */
  readonly jsonApi: boolean;
  /** Keep a gzipped twin beside each page. */
  readonly precompress: boolean;
}

/** When what is written is flushed to the disk: a wave at once, each file as it is complete, or never. */
export type FlushMode = 'wave' | 'file' | 'off';

export interface StoreSettings {
  readonly flush: FlushMode;
}

export interface PruneSettings {
  readonly hideAfterMs: number;
  readonly deleteAfterMs: number;
}

export interface Settings {
  /** Absolute path of the file they came from; null when they came from none (the demo). */
  readonly file: string | null;
  /** Absolute. */
  readonly directory: string;
  readonly upstream: UpstreamSettings;
  readonly sync: SyncSettings;
  /** What of the upstream is kept. */
  readonly selection: SelectionSettings;
  readonly files: FilesSettings;
  readonly pages: PagesSettings;
  readonly prune: PruneSettings;
  readonly store: StoreSettings;
}
