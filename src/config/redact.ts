/** Takes user names and passwords out of anything that is about to be shown. */

/** Begins at the slashes and not at the scheme, which in a long text of hyphens would be looked for from each of them. */
const USER_INFO = /:\/\/[^\s/?#"'<>]*@/g;

/**
 * For a value that may be an address gone wrong, whose password may hold anything: nothing before its last `@` is left
 * but the scheme.
 */
export function redactHarder(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}

const AUTHORITY_USER_INFO = /^([a-z][a-z0-9+.-]*:\/\/)[^/?#\\]*@/i;

/**
 * For a value that is one address, or nothing of the kind: without user name and password, whatever they are made of. `redact`, which is
 * for sentences, takes a quote or a space for their end.
 */
export function redactValue(text: string): string {
  if (!text.includes('://') || !text.includes('@')) return text;
  return URL.canParse(text) ? text.replace(AUTHORITY_USER_INFO, '$1') : redactHarder(text);
}

/** The text with the `user:password@` part of every address in it removed. */
export function redact(text: string): string {
  return text.replace(USER_INFO, '://');
}
