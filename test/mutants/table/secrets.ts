import type { Mutant } from '../mutant';

/** What lets a secret out. */
export const SECRET_MUTANTS: readonly Mutant[] = [
  {
    name: 'the call log has secrets in its reasons',
    file: 'src/run/without-secrets.ts',
    find: 'inWords(meaning, again && isRefused(again) ? again : unspoken(reply), scrub)',
    replace: 'inWords(meaning, meaning, (text) => text)',
    breaks: 'G9',
    killedBy: 'test/run/secrecy.test.ts',
  },
  {
    name: 'the reason of a failure has secrets in it',
    file: 'src/run/gateway.ts',
    find: 'return this.#parts.vault.scrub(text).slice(0, REASON_CHARS_MAX);',
    replace: 'return text.slice(0, REASON_CHARS_MAX);',
    breaks: 'G9',
    killedBy: 'test/run/secret.test.ts',
  },
  {
    name: 'a secret in hexadecimal is let out',
    file: 'src/secrets.ts',
    find: '[...base64, ...base64url, hex, hex.toUpperCase()]',
    replace: '[...base64, ...base64url, hex.toUpperCase()]',
    breaks: 'G9',
    killedBy: 'test/secrets.test.ts',
  },
];
