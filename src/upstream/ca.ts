/** The certificate authorities to trust: Node's own roots and those of the operator's `ca-file`. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { JubjubError } from '../errors.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The default roots and the certificates of a PEM file; undefined (Node's defaults) without a file.
 * Throws CONFIG_INVALID when the file cannot be read or holds no valid certificate.
 */
export function trustedRoots(caFile: string | null): string[] | undefined {
  if (caFile === null) return undefined;
  const certificates = readPem(caFile).match(PEM_CERTIFICATE) ?? [];
  if (certificates.length === 0) throw invalid(caFile, 'none');
  for (const certificate of certificates) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      throw invalid(caFile, 'one that cannot be parsed', error);
    }
  }
  return [...getCACertificates('default'), ...certificates];
}

const contexts = new WeakMap<string[], SecureContext>();

/** What trusts these, for all connections together: reading a hundred and more certificates takes longer than a handshake. */
export function trusting(roots: string[]): SecureContext {
  const context = contexts.get(roots) ?? createSecureContext({ ca: roots });
  contexts.set(roots, context);
  return context;
}

function readPem(caFile: string): string {
  try {
    return readFileSync(caFile, 'utf8');
  } catch (error) {
    throw invalid(caFile, error instanceof Error ? error.message : String(error), error);
  }
}

function invalid(caFile: string, received: string, cause?: unknown): JubjubError {
  return new JubjubError('CONFIG_INVALID', 'ca-file holds no usable certificates', {
    path: caFile,
    expected: 'a readable PEM file with at least one BEGIN CERTIFICATE block',
    received,
    hint: 'correct ca-file in [upstream]',
    cause,
  });
}
