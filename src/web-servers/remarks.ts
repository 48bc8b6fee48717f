/** What the comments of every configuration say of its limits. */

export const ACCEPT_REMARK =
  'Qualities in Accept are compared by their first decimal: 0.95 and 0.9 count as equal, and then the type that ' +
  'stands first in the header is sent. All that are below 0.1 are equal, too; 0 is a refusal.';

export const TAG_REMARK = 'A page has one ETag as text/html and as v1+html, for its bytes are the same.';

export const SERIAL_REMARK =
  'X-PyPI-Last-Serial and XML-RPC, which other mirrors ask for, come from jubjub serve only. jubjub itself can follow ' +
  'this server: it reads the serials on the pages.';

export const TWINS_REMARK =
  'Pages are sent gzipped to those who name gzip in Accept-Encoding, whatever else they name, from the twins that ' +
  'jubjub keeps beside them.';

export const NO_TWINS_REMARK =
  'Pages are sent as they are. With [pages] precompress = true jubjub keeps gzipped twins of them, for a tenth of the ' +
  'traffic and no work here.';

/** One for the setting at hand. */
export function compressionRemark(precompress: boolean): string {
  return precompress ? TWINS_REMARK : NO_TWINS_REMARK;
}
