import type { Mutant } from '../mutant';

/** What lets a secret out. */
export const SECRET_MUTANTS: readonly Mutant[] = [
  {
    name: 'the call log has secrets in its reasons',
    file: 'src/run/attempts.ts',
    find: 'this.#parts.vault.scrub(outcome.reason)',
    replace: 'outcome.reason',
    breaks: 'G9',
    killedBy: 'test/run/secret.test.ts',
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
    find: "...base64url, bytes.toString('hex')])];",
    replace: '...base64url])];',
    breaks: 'G9',
    killedBy: 'test/secrets.test.ts',
  },
];
