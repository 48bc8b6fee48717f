/** `jubjub config caddy`: a site block for a Caddyfile. Nothing but Caddy's standard modules, 2.6 or later. */

import { caddyMaps } from './caddy-maps.ts';
import { caddyErrors, caddyRoutes } from './caddy-routes.ts';
import { opening } from './opening.ts';
import { quotedPath } from './quote.ts';
import { ACCEPT_REMARK, compressionRemark, SERIAL_REMARK, TAG_REMARK } from './remarks.ts';
import type { WebSite } from './site.ts';
import { indent, sections } from './text.ts';

const TLS =
  'It speaks plain HTTP. For TLS leave "http://" and the port out of the address of the site, if that is a public ' +
  'host name: Caddy gets the certificate itself.';

const LINKS = 'Caddy follows symbolic links, also out of the docroot. jubjub makes none.';

const ETAG =
  'ETags are made of the size and the modification time in seconds: when a page is published twice within a second, ' +
  'with the same size, a client that asked in between learns of it with the next change only.';

/** The whole file. @throws JubjubError CONFIG_INVALID for a docroot that Caddy cannot be told. */
export function caddyConfig(site: WebSite): string {
  const head = opening(site, {
    server: 'Caddy',
    command: 'caddy',
    install: [
      'jubjub config caddy > /etc/caddy/jubjub.caddy',
      "echo 'import jubjub.caddy' >> /etc/caddy/Caddyfile",
      'caddy validate --config /etc/caddy/Caddyfile && systemctl reload caddy',
    ],
    remarks: [
      'The user that Caddy runs as must be able to read the docroot.',
      TLS,
      compressionRemark(site.precompress),
      ACCEPT_REMARK,
      ETAG,
      LINKS,
      TAG_REMARK,
      SERIAL_REMARK,
    ],
  });
  const { address, port, serverName } = site;
  const body = sections(
    address === null ? '' : `bind ${address}`,
    `root * ${quotedPath(site.docroot, 'caddy')}`,
    `route {\n${indent(sections(caddyMaps(), caddyRoutes(site)), '\t')}\n}`,
    caddyErrors(site),
  );
  return `${sections(head, `http://${serverName ?? ''}:${port} {\n${indent(body, '\t')}\n}`)}\n`;
}
