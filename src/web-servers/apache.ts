/** `jubjub config apache`: a virtual host for Apache 2.4, with the modules that Debian has. */
import { apacheErrors, apacheHeaders, apacheManners } from './apache-headers.ts';
import { acceptLines, rewriteRules } from './apache-rules.ts';
import { opening } from './opening.ts';
import { quotedPath } from './quote.ts';
import { ACCEPT_REMARK, compressionRemark, SERIAL_REMARK, TAG_REMARK } from './remarks.ts';
import type { WebSite } from './site.ts';
import { indent, sections } from './text.ts';

const LINKS =
  'Symbolic links are not followed: behind one that is below packages/ the answer is 403 where jubjub serve says 404. ' +
  'jubjub makes none.';

const ANY_HOST =
  'It answers for any host name, as the first virtual host does: hence the a2dissite. With [pages] base-url it answers ' +
  'for that name.';

/** The whole file. @throws JubjubError CONFIG_INVALID for a docroot that Apache cannot be told. */
export function apacheConfig(site: WebSite): string {
  const head = opening(site, {
    server: 'Apache',
    command: 'apache',
    install: [
      'a2enmod rewrite headers',
      'jubjub config apache > /etc/apache2/sites-available/jubjub.conf',
      ...(site.serverName === null ? ['a2dissite 000-default'] : []),
      'a2ensite jubjub && apachectl -t && systemctl reload apache2',
    ],
    remarks: [
      'Modules: alias, authz_core, dir, headers, mime, rewrite, setenvif, version. The a2enmod line adds those that Debian has off.',
      'The user that Apache runs as must be able to read the docroot.',
      ...(site.serverName === null ? [ANY_HOST] : []),
      compressionRemark(site.precompress),
      ACCEPT_REMARK,
      LINKS,
      TAG_REMARK,
      SERIAL_REMARK,
    ],
  });
  const own = site.address?.includes(':') ? `[${site.address}]` : site.address;
  const body = sections(
    named(site),
    `DocumentRoot ${quotedPath(site.docroot, 'apache')}`,
    apacheManners(site),
    acceptLines(),
    rewriteRules(site),
    apacheHeaders(site),
    apacheErrors(site),
  );
  // Debian's ports.conf listens on 80 already, and a second time would be an error.
  const listen = site.port === 80 ? '' : `Listen ${own === null ? '' : `${own}:`}${site.port}`;
  const host = `<VirtualHost ${own ?? '*'}:${site.port}>\n${indent(body, '  ')}\n</VirtualHost>`;
  return `${sections(head, listen, host)}\n`;
}

function named({ serverName, tlsPort }: WebSite): string {
  const name = serverName ?? 'pypi.example.org';
  return `
${serverName === null ? '# Without a ServerName: for any host.' : `ServerName ${serverName}`}
# TLS is yours to set up: mod_ssl, <VirtualHost *:${tlsPort ?? 443}> instead of the line above, and
#   SSLEngine on
#   SSLCertificateFile    /etc/ssl/certs/${name}.pem
#   SSLCertificateKeyFile /etc/ssl/private/${name}.key`;
}
