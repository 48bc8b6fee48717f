/** The address of a mirror that is looked at: what of it may be shown, and what only goes over the wire. */
import { JubjubError } from '../errors.ts';
import { quote } from '../pypi/quote.ts';

export interface Site {
  /** Without credentials, and without a slash at its end. */
  readonly url: string;
  /** For requests to this site only; null: none. */
  readonly authorization: string | null;
}

/**
 * The site at an address that somebody typed. That of its `/simple/`, which pip is told, is taken for the site above it.
 *
 * @throws USAGE_INVALID when it is no http(s) address
 */
export function parseSite(text: string): Site {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new JubjubError('USAGE_INVALID', 'this is no address of a mirror', {
      expected: 'the http or https address of a docroot, such as https://pypi.example.org',
      received:
        // What stands before an @ may be a password.
        url === null
          ? quote(text.replace(/^.*@/s, '…@'))
          : `${url.protocol}//${url.host}${url.pathname}${url.search && '?…'}`,
      effect: 'nothing was asked',
    });
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const path = url.pathname.replace(/(?<!\/)\/+$/, '').replace(/\/simple$/, '');
  const basic = Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64');
  return {
    url: `${url.origin}${path}`,
    authorization: username === '' && password === '' ? null : `Basic ${basic}`,
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A percent sign that encodes nothing stands for itself.
  }
}
