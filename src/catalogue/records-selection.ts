/** What the catalogue takes and gives of the selection: what is left out, what is needed by others, what is reserved; as data. */
import type { JsonObject, ProjectName, Serial, Sha256 } from '../pypi/types.ts';
import type { Ask } from '../selection/asks.ts';
import type { Drop } from '../selection/verdict.ts';
import type { Validator } from '../upstream/contract.ts';
import type { PackedDetail } from './records.ts';

/** A project that upstream has and the selection leaves out. What is known of it stays, so that it need not be asked for again. */
export interface LeftOut {
  readonly name: ProjectName;
  readonly displayName: string | null;
  /** null: what is known stays as it is. */
  readonly page: {
    readonly detail: PackedDetail;
    readonly serial: Serial | null;
    readonly status: string;
    readonly validator: Validator | null;
  } | null;
  readonly drop: Drop;
  /** When time alone will next change that; null: never. */
  readonly reviewMs: number | null;
}

/** Why something is left out, as the audit and people read it: `left out by [releases] block django<4: version 3.2`. */
export function dropText({ rule, value, why }: Drop): string {
  return `left out by ${value === '' ? rule : `${rule} ${value}`}: ${why}`;
}

/** What a project's JSON API document says of it (`info`, without the description), for rules about metadata. */
export interface KnownInfo {
  /** Of the document; null when it says none. */
  readonly serial: Serial | null;
  readonly info: JsonObject;
}

/** What one file needs. Files do not change, so neither does this. */
export interface FileNeeds {
  readonly sha256: Sha256;
  /** Where that is from: core metadata beside the file or inside it, the JSON API's word; or nothing could tell. */
  readonly source: 'metadata' | 'json-api' | 'unknown';
  /** Requirements as written (PEP 508). */
  readonly requiresDist: readonly string[];
  readonly requiresPython: string | null;
  /** Why nothing could tell; null unless `source` is `unknown`. */
  readonly trouble: string | null;
}

/** A need: what a kept release of one project asks of another. */
export interface Need extends Ask {
  /** Whose release needs it. */
  readonly of: ProjectName;
}

/** A name that is reserved here, and that upstream has. */
export interface ReservedName {
  readonly name: ProjectName;
  readonly seenMs: number;
  /** Of the row that told of it; null when a list did. */
  readonly serial: Serial | null;
  /** A run has ended with 3 because of it. */
  readonly told: boolean;
}
