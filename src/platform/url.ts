/**
 * Null for what is no URL. `URL.canParse` cannot be asked: on Node 20 and 22 it says no to every host name with a letter
 * between U+0080 and U+00FF, such as ü, once it was called some thousands of times.
 */
export function parseUrl(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}

/** Whether nobody on the way reads what goes there: HTTPS, or plain HTTP that stays on this machine. */
export function isConfidential({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname));
}
