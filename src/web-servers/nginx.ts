/** `jubjub config nginx`: maps and a server block, to be included in `http { }`. Nothing but what Debian's nginx-light has. */
import { negotiationMaps } from './nginx-maps.ts';
import { serverBlock } from './nginx-server.ts';
import { opening } from './opening.ts';
import { ACCEPT_REMARK, compressionRemark, SERIAL_REMARK, TAG_REMARK } from './remarks.ts';
import type { WebSite } from './site.ts';
import { sections } from './text.ts';

const ANY_HOST =
  'It answers for any host name. Where another server block comes first (Debian has sites-enabled/default), remove ' +
  'that one, or set [pages] base-url.';

const USER = 'The user that nginx runs as must be able to read the docroot.';

const ETAG =
  'ETags are made of the size and the modification time in seconds: when a page is published twice within a second, ' +
  'with the same size, a client that asked in between learns of it with the next change only.';

const CAPITALS =
  'nginx cannot lower-case a name, so it is rewritten letter by letter: one that has the same capital more than 20 ' +
  'times is answered with 500.';

/** The whole file. @throws JubjubError CONFIG_INVALID for a docroot that nginx cannot be told. */
export function nginxConfig(site: WebSite): string {
  const head = opening(site, {
    server: 'nginx',
    command: 'nginx',
    install: ['jubjub config nginx > /etc/nginx/conf.d/jubjub.conf', 'nginx -t && systemctl reload nginx'],
    remarks: [
      USER,
      ...(site.serverName === null ? [ANY_HOST] : []),
      compressionRemark(site.precompress),
      ACCEPT_REMARK,
      ETAG,
      CAPITALS,
      TAG_REMARK,
      SERIAL_REMARK,
    ],
  });
  return `${sections(head, negotiationMaps(), serverBlock(site))}\n`;
}
