/** Globs over the tags of wheels: `*` for any text, `?` for one character. */

const GLOB = /^[a-z0-9_]*[*?][a-z0-9_*?]*$/;

/** Whether a text is a glob that tags can match: in lower case, with a wildcard in it. */
export function isTagGlob(text: string): boolean {
  return GLOB.test(text);
}

/** Goes back to the last `*` only, so that no glob takes more than the product of both lengths. */
export function matchesGlob(glob: string, text: string): boolean {
  let at = 0;
  let inGlob = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (glob[inGlob] === '*') {
      star = inGlob++;
      starAt = at;
    } else if (glob[inGlob] === '?' || glob[inGlob] === text[at]) {
      inGlob += 1;
      at += 1;
    } else if (star !== -1) {
      inGlob = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(glob.slice(inGlob));
}
