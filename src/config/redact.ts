/** Takes user names and passwords out of anything that is about to be shown. */

const USER_INFO = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;

/**
 * For a value that may be an address gone wrong, whose password may hold anything: nothing before its last `@` is left
 * but the scheme.
 */
export function redactHarder(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1');
}

/** The text with the `user:password@` part of every address in it removed. */
export function redact(text: string): string {
  return text.replace(USER_INFO, '$1');
}
