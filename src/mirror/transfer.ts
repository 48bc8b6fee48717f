/** Step 6, transfer: brings one file in, verified, into staging; goes on where an earlier try was cut off. */
import { asJubjubError, JubjubError } from '../errors.ts';
import { sha256Of } from '../pypi/digests.ts';
import { metadataPath } from '../pypi/paths.ts';
import type { DocrootPath, Sha256 } from '../pypi/types.ts';
import { retrying } from '../retry.ts';
import type { Digest, StageWriter } from '../store/contract.ts';
import type { FileReply, Validator } from '../upstream/contract.ts';
import { FILE_BYTES_MAX, METADATA_BYTES_MAX, type MirrorDeps } from './deps.ts';
import type { PlannedFile } from './plan.ts';

/** What is to be fetched, and what it must turn out to be. */
interface Wanted {
  readonly url: string;
  readonly path: DocrootPath;
  readonly name: string;
  /** null: whatever comes is right (a sidecar that is advertised without a digest). */
  readonly sha256: Sha256 | null;
  readonly sizeBytes: number | null;
  readonly bodyBytesMax: number;
  /** Asks conditionally; nothing comes when it still holds. */
  readonly validator?: Validator | null;
  /** Hears of each answer before its bytes. */
  readonly hear?: (reply: FileReply) => void;
}

/** What the bytes that were staged in this run came with, to ask for their rest. */
interface Begun {
  part: string | null;
  /** False once the rest of them was refused: where each server of several has an ETag of its own, no file would ever be whole. */
  isAsked: boolean;
}

/** Brings a distribution file into staging. @throws INTEGRITY_*, UPSTREAM_* (this file's own trouble), STORE_*, INTERRUPTED */
export function transferFile(deps: MirrorDeps, file: PlannedFile, signal: AbortSignal): Promise<Digest> {
  const bodyBytesMax = Math.min(file.sizeBytes ?? FILE_BYTES_MAX, FILE_BYTES_MAX);
  return transfer(deps, { ...file, name: file.filename, bodyBytesMax }, signal);
}

/** Brings the `.metadata` sidecar of a file into staging (PEP 658: at the file's URL with `.metadata` appended). */
export function transferMetadata(deps: MirrorDeps, file: PlannedFile, signal: AbortSignal): Promise<Digest> {
  const url = new URL(file.url);
  url.pathname += '.metadata';
  return transfer(
    deps,
    {
      url: url.href,
      path: metadataPath(file.path),
      name: `${file.filename}.metadata`,
      sha256: file.metadata?.sha256 ?? null,
      sizeBytes: null,
      bodyBytesMax: METADATA_BYTES_MAX,
    },
    signal,
  );
}

/**
 * Takes the core metadata out of the wheel that is at hand: it is the same document (PEP 658), and saves a request. Null
 * when upstream advertises no digest to compare with, or the wheel holds something else: then upstream is to be asked.
 */
export async function extractMetadata(deps: MirrorDeps, file: PlannedFile): Promise<Digest | null> {
  const advertised = file.metadata?.sha256 ?? null;
  if (advertised === null) return null;
  const bytes = await deps.store.wheelMetadata(file.path);
  if (bytes === null || sha256Of(bytes) !== advertised) return null;
  await deps.store.stageBytes(metadataPath(file.path), bytes);
  return { sha256: advertised, sizeBytes: bytes.length };
}

/** What is known of a file whose digest upstream does not give. */
interface Unknown {
  readonly url: string;
  readonly path: DocrootPath;
  readonly filename: string;
  readonly sizeBytes: number | null;
  /** Of the bytes that we have. */
  readonly validator: Validator | null;
}

/** Brings in a file of unknown digest; null when it still is what `validator` stands for. @throws as `transferFile` */
export async function transferUnknown(
  deps: MirrorDeps,
  file: Unknown,
  signal: AbortSignal,
): Promise<{ readonly digest: Digest; readonly validator: Validator | null } | null> {
  const bodyBytesMax = Math.min(file.sizeBytes ?? FILE_BYTES_MAX, FILE_BYTES_MAX);
  const asked = { ...file, name: file.filename, sha256: null, bodyBytesMax };
  let validator: Validator | null = null;
  let unchanged = false;
  const digest = await transfer(
    deps,
    {
      ...asked,
      hear: (reply) => {
        validator = reply.validator;
        unchanged = reply.unchanged;
      },
    },
    signal,
  );
  return unchanged ? null : { digest, validator };
}

async function transfer(deps: MirrorDeps, wanted: Wanted, signal: AbortSignal): Promise<Digest> {
  const writer = await deps.store.stage(wanted.path);
  let digest: Digest;
  try {
    digest = await fetchVerified(deps, wanted, writer, signal);
  } catch (error) {
    // What came in stays for the next try; what is proven wrong does not.
    const { code } = asJubjubError(error);
    if (code.startsWith('INTEGRITY_') || code === 'UPSTREAM_TOO_LARGE') await writer.discard();
    else await writer.suspend();
    throw error;
  }
  await writer.finish();
  return digest;
}

async function fetchVerified(
  deps: MirrorDeps,
  wanted: Wanted,
  writer: StageWriter,
  signal: AbortSignal,
): Promise<Digest> {
  if (wanted.sha256 !== null && writer.digest().sha256 === wanted.sha256) return writer.digest();
  if (wanted.sha256 === null || writer.sizeBytes >= (wanted.sizeBytes ?? FILE_BYTES_MAX))
    await writer.restart();
  let mismatches = 0;
  // Not kept from run to run: the digest of the whole decides, and this only saves joining what does not belong together.
  const begun: Begun = { part: null, isAsked: true };
  return retrying(
    deps.clock,
    deps.settings.fileRetry,
    signal,
    (error, attempt, waitMs) =>
      deps.emit({
        type: 'retry',
        what: wanted.name,
        code: error.code,
        message: error.message,
        attempt,
        waitMs,
      }),
    async () => {
      await receive(deps, wanted, writer, begun, signal);
      const digest = writer.digest();
      const wrong = verify(wanted, digest);
      if (wrong === null) return digest;
      await writer.restart();
      mismatches += 1;
      // Once more from the start: a continued download may have been joined badly, or a line may have flipped a bit.
      throw wrong.with({ retryable: mismatches === 1 });
    },
  );
}

async function receive(
  deps: MirrorDeps,
  wanted: Wanted,
  writer: StageWriter,
  begun: Begun,
  signal: AbortSignal,
): Promise<void> {
  const { url, bodyBytesMax, sizeBytes, validator = null } = wanted;
  // Without a digest nothing would tell that two halves do not belong together.
  if (wanted.sha256 === null && writer.sizeBytes > 0) await writer.restart();
  const ifPart = begun.isAsked ? begun.part : null;
  const reply = await deps.upstream.file(
    { url, offsetBytes: writer.sizeBytes, bodyBytesMax, sizeBytes, ifPart, validator },
    signal,
  );
  wanted.hear?.(reply);
  if (ifPart !== null && reply.offsetBytes !== writer.sizeBytes) begun.isAsked = false;
  begun.part = reply.part;
  if (reply.offsetBytes !== writer.sizeBytes) await writer.restart();
  for await (const chunk of reply.chunks) {
    await writer.write(chunk);
    deps.emit({ type: 'bytes', bytes: chunk.length });
  }
}

function verify(wanted: Wanted, digest: Digest): JubjubError | null {
  const sizeIsRight = wanted.sizeBytes === null || wanted.sizeBytes === digest.sizeBytes;
  const digestIsRight = wanted.sha256 === null || wanted.sha256 === digest.sha256;
  if (sizeIsRight && digestIsRight) return null;
  return new JubjubError(
    digestIsRight || !sizeIsRight ? 'INTEGRITY_SIZE_MISMATCH' : 'INTEGRITY_DIGEST_MISMATCH',
    `the file is not what the index promised: ${wanted.name}`,
    {
      url: wanted.url,
      expected: `sha256 ${wanted.sha256 ?? 'any'} (${wanted.sizeBytes ?? 'any number of'} bytes)`,
      received: `sha256 ${digest.sha256} (${digest.sizeBytes} bytes)`,
      effect: 'the file is not published; its project is pending and will be tried again',
      hint: 'if it repeats, a proxy may be rewriting bodies',
    },
  );
}
