/** What the other folders use of upstream/. */
export type {
  DetailReply,
  DetailRequest,
  Dialect,
  DocumentReply,
  DocumentRequest,
  Encoding,
  FileReply,
  FileRequest,
  ListState,
  ProjectListing,
  Upstream,
  UpstreamKind,
  Validator,
} from './contract.ts';
export type { ConnectionOptions, Connections, ConnectionsFactory } from './dispatchers.ts';
export { STREAMS_PER_CONNECTION_MAX } from './protocols.ts';
export { createUpstream, type UpstreamOptions } from './upstream.ts';
