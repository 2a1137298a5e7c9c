import { userInfo } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { REASON_CHARS_MAX } from '../job/attempt';
import type { SecretVault } from '../secrets';

const NAME_CHARS_MAX = 100;

/** Why an operator wants it: what others read months later. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why, for whoever wonders later')
    .makeOptionMandatory()
    .argParser((text) => parseText(text, REASON_CHARS_MAX));
}

export function byOption(): Option {
  return new Option('--by <who>', 'who says so (default: the user of this shell)').argParser((text) =>
    parseText(text, NAME_CHARS_MAX),
  );
}

interface Said {
  readonly reason: string;
  readonly by: string;
}

/** What an operator said, as it may be kept: an error text that is pasted in a hurry may hold a token. */
export function withoutSecrets({ reason, by }: Said, vault: SecretVault): Said {
  return { reason: vault.scrub(reason), by: vault.scrub(by) };
}

/** The user of this shell: behind sudo the one who called it. */
export function operatorName(): string {
  const caller = process.env['SUDO_USER'];
  if (caller) return caller;
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`; // a container's user has no name
  }
}

function parseText(text: string, charsMax: number): string {
  const trimmed = text.trim();
  if (trimmed !== '' && trimmed.length <= charsMax) return trimmed;
  throw new InvalidArgumentError(`Expected 1 to ${charsMax} characters.`);
}
