import { messageOf } from '../errors';
import { rememberTokens } from '../run/tokens';
import { readEntries } from '../store/token-entries';
import { tokenFiles } from './outside';
import { note, plain } from './print';
import type { Project } from './project';

/**
 * Makes renewed tokens known to the vault, for a command that keeps what an operator says: one that is pasted must not be kept.
 * A file that cannot be read holds no such command up: a pause is asked for in a hurry.
 */
export function knowTokens(project: Project): void {
  for (const file of tokenFiles(project)) {
    try {
      for (const [owner, tokens] of Object.entries(readEntries(file))) rememberTokens(project.vault, owner, tokens);
    } catch (thrown) {
      note(plain(`its tokens are not looked for in what you say: ${messageOf(thrown)}`));
    }
  }
}
