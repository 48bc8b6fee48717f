/** What `HashWorkers` and its threads say to each other. */

/** What a worker is asked: these files, until as many bytes as make a batch were read. */
export type HashBatch = readonly string[];

/** Of one file: its digest in hexadecimal and its size; null when somebody else has to look at it. */
export type WorkerDigest = readonly [sha256: string, sizeBytes: number] | null;

/** The digests of the first files of a batch: what is not among them was not begun. */
export type HashedBatch = readonly WorkerDigest[];

/** Set by whoever does not want some of the batch any more: it ends with what is hashed already. */
export const CANCELLED = 0;
