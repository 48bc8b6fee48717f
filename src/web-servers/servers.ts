/** What writes each server's configuration. A new server is one file, one line here and one in names.ts. */
import { apacheConfig } from './apache.ts';
import { caddyConfig } from './caddy.ts';
import type { WebServerNames } from './names.ts';
import { nginxConfig } from './nginx.ts';
import type { WebSite } from './site.ts';

/** The same site gives the same text, ending in a newline. @throws JubjubError CONFIG_INVALID for a docroot that the server cannot be told */
type Configure = (site: WebSite) => string;

export const CONFIGURE: Readonly<Record<WebServerNames['name'], Configure>> = {
  nginx: nginxConfig,
  caddy: caddyConfig,
  apache: apacheConfig,
};
