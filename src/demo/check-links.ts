/** Follows every link of a served mirror, as an installer would, and checks what comes back against the page. */
import { createHash } from 'node:crypto';
import { JubjubError } from '../errors.ts';
import { parseDetailText } from '../pypi/detail.ts';
import { normalizeName } from '../pypi/names.ts';
import type { JsonObject } from '../pypi/types.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

export interface LinkCheck {
  readonly projects: number;
  readonly files: number;
  readonly sidecars: number;
}

async function get(url: string, accept: string): Promise<Buffer> {
  const response = await fetch(url, { headers: { accept } });
  const body = Buffer.from(await response.arrayBuffer());
  if (response.ok) return body;
  throw new JubjubError('VERIFY_DAMAGE', 'a link does not resolve', {
    url,
    expected: '200',
    received: String(response.status),
  });
}

async function checkDigest(url: string, expected: string): Promise<void> {
  const received = createHash('sha256')
    .update(await get(url, '*/*'))
    .digest('hex');
  if (received === expected) return;
  throw new JubjubError('VERIFY_DAMAGE', 'a link leads to other bytes', { url, expected, received });
}

/** Checks the mirror behind a base URL, sidecars included. @throws VERIFY_DAMAGE naming the first link that is wrong */
export async function checkLinks(baseUrl: string): Promise<LinkCheck> {
  const list = JSON.parse((await get(`${baseUrl}/simple/`, JSON_TYPE)).toString()) as {
    projects: JsonObject[];
  };
  let files = 0;
  let sidecars = 0;
  for (const entry of list.projects) {
    const name = normalizeName(String(entry['name']));
    const url = `${baseUrl}/simple/${name}/`;
    // The page for people and old installers has to be there as well.
    await get(url, 'text/html');
    const detail = parseDetailText((await get(url, JSON_TYPE)).toString(), { name, url, headerSerial: null });
    for (const file of detail.files) {
      if (file.sha256 !== null) await checkDigest(file.url, file.sha256);
      files += 1;
      const metadata = file.coreMetadata?.sha256;
      if (metadata === undefined || metadata === null) continue;
      await checkDigest(`${file.url}.metadata`, metadata);
      sidecars += 1;
    }
  }
  return { projects: list.projects.length, files, sidecars };
}
