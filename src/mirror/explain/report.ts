/** What `jubjub explain` tells, as data: exactly its JSON. Times are ISO 8601 UTC. */
import type { PendingReport } from '../../events.ts';
import type { Ask } from '../../selection/asks.ts';
import type { Doubt, Drop } from '../../selection/verdict.ts';

/** Where something stands: what the rules say of it today, and what the docroot shows. */
export type Standing =
  /** Kept, and on the page; of a release or a project: with at least one file, or upstream has none either. */
  | 'published'
  /** Kept, and not on the page yet. */
  | 'owed'
  /** The rules leave it out. */
  | 'left-out'
  /** The rules leave it out or upstream has it no longer, and it is on the page until the next sync, or held there by the removal limit. */
  | 'leaving'
  /** Upstream has it no longer, or withholds it. */
  | 'gone'
  /** Nothing is known of it. */
  | 'unknown';

/** Why the docroot does not show what the rules say. */
export type Lag =
  /** It was tried and failed, or the removal limit holds it: see `pending`. */
  | 'pending'
  /** The configuration has changed since the last sync. */
  | 'configuration'
  /** It is to be looked at: a run is going on, or was cut short. */
  | 'untried'
  /** Time has made it so since the last sync. */
  | 'time'
  /** The first sync has not come to its end. */
  | 'first-sync'
  /** Nothing that is written down says why. */
  | 'next-sync';

/** What became of a file that was on the page once. */
export interface Withdrawal {
  /** It still lies in the docroot (held: by the operator's will), or in the trash. */
  readonly place: 'docroot' | 'held' | 'trash';
  /** When it left its page; of the trash: when it was moved there. */
  readonly since: string;
  /** When the first run after it takes it from there; null of what is held. */
  readonly until: string | null;
  readonly why: string;
  /** Of the change that led to it; null when none did. */
  readonly serial: number | null;
}

export interface FileExplanation {
  readonly filename: string;
  /** As upstream writes it; null when that cannot be told. */
  readonly version: string | null;
  readonly bytes: number | null;
  /** By upstream's last word; a text is the reason (PEP 592). */
  readonly yanked: boolean | string;
  readonly standing: Standing;
  readonly drop: Drop | null;
  readonly lag: Lag | null;
  /** When time alone will keep it; null: it is kept, or never will be, or so late that it is not looked ahead. */
  readonly keptFrom: string | null;
  readonly withdrawn: Withdrawal | null;
}

/** What one value of one rule leaves out. */
export interface DropGroup {
  readonly rule: string;
  readonly value: string;
  readonly files: number;
  readonly bytes: number;
  /** In upstream's order. */
  readonly versions: readonly string[];
}

/** Who wants a project: nobody needs to, when the rules keep it by its name. */
export interface WantedExplanation {
  /** Its name is kept whatever others need. */
  readonly byName: boolean;
  /** Lines of requirement and lock files. */
  readonly requirements: readonly Ask[];
  /** What kept releases of other projects need of it. */
  readonly needs: readonly NeedReport[];
  /** From a project that is kept by its name down to this one: why it is here. Empty when `byName`. */
  readonly chain: readonly NeedReport[];
  /** What is needed of it, or what it needs of others, and nothing on the pages answers. */
  readonly unmet: readonly (NeedReport & { readonly why: string })[];
  /** Files on its page of which nobody knows what they need, and why. */
  readonly unclear: readonly { readonly file: string; readonly why: string }[];
}

export interface NeedReport {
  readonly name: string;
  /** The project whose release needs it, and the release. */
  readonly of: string;
  readonly by: string;
  readonly specifier: string;
  readonly extras: readonly string[];
}

/** One project, or a release or file of it. */
export interface Explanation {
  readonly project: string;
  /** null: the whole project. */
  readonly asked: { readonly kind: 'release' | 'file'; readonly name: string } | null;
  /** Of what was asked for; so are the next two. */
  readonly standing: Standing;
  readonly drop: Drop | null;
  readonly lag: Lag | null;
  /** A name that is known here and near to one that is not: of a file or a release, or of the project when nothing is known of that. */
  readonly near: string | null;
  /** When time alone will next change what is kept of the project, with the files that come then, and those that go. */
  readonly nextChange: {
    readonly at: string;
    readonly files: readonly string[];
    readonly leaving: readonly string[];
  } | null;
  /** What its page shows; null when it has none. */
  readonly page: {
    readonly serial: number | null;
    readonly files: number;
    readonly releases: number;
    readonly bytes: number;
  } | null;
  /** What upstream had when it was asked last; null when nothing is known of that. */
  readonly upstream: {
    readonly serial: number | null;
    readonly status: string;
    readonly files: number;
    readonly releases: number;
    readonly newest: string | null;
  } | null;
  /** The changelog said so: upstream removed the project with this change. */
  readonly removed: number | null;
  /** The first time at which its files are known to have been off their page for that; null when nothing is left of them. */
  readonly removedBy: string | null;
  readonly pending: PendingReport | null;
  /** The name is reserved: when upstream was seen to have it, and by which change; null when it was not, or is not reserved. */
  readonly reserved: { readonly seen: string; readonly serial: number | null } | null;
  readonly wanted: WantedExplanation;
  /** Of the whole project, whatever was asked for. */
  readonly leftOut: readonly DropGroup[];
  /** Of what was asked for; so are the files, by name. */
  readonly doubts: readonly Doubt[];
  readonly files: readonly FileExplanation[];
  /** The committed serial of the mirror: what is known is known up to here. */
  readonly serial: number | null;
  /** The configuration is the one that the docroot was made with. */
  readonly current: boolean;
}
