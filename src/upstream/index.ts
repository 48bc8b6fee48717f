/** What the other folders use of upstream/. */
export type {
  DetailReply,
  DetailRequest,
  Encoding,
  FileReply,
  FileRequest,
  ProjectListing,
  Upstream,
  Validator,
} from './contract.ts';
export { createUpstream } from './kinds.ts';
export type { UpstreamOptions } from './pypi.ts';
