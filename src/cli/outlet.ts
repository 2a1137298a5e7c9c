import type { SecretVault } from '../secrets';
import { logStrayErrors } from './stray';
import { openTerminalLog } from './terminal-log';

/** Those of the project, and of the sandbox that stands in for its platforms: there is one project a process. */
const vaults: SecretVault[] = [];

/** From here on nothing that this process prints holds a value that the vault knows. */
export function neverPrint(vault: SecretVault): void {
  vaults.push(vault);
}

/** A text without the secrets that are known. To be called before the text is cut or its characters are changed. */
export function blank(text: string): string {
  return vaults.reduce((rest, vault) => vault.scrub(rest), text);
}

/**
 * Stands before both streams, so that it holds for every command, for libraries and for what job files print themselves.
 * What Node prints of errors that nobody caught goes past the streams: they are logged instead.
 */
export function guardOutput(): void {
  for (const stream of [process.stdout, process.stderr]) guard(stream);
  logStrayErrors(openTerminalLog('error', blank));
}

function guard(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (chunk: unknown, ...rest: readonly unknown[]) => boolean;
  stream.write = (chunk: unknown, ...rest: readonly unknown[]) =>
    write(typeof chunk === 'string' ? blank(chunk) : blankBytes(chunk), ...rest);
}

function blankBytes(chunk: unknown): unknown {
  if (!(chunk instanceof Uint8Array)) return chunk;
  const text = Buffer.from(chunk).toString();
  const blanked = blank(text);
  return blanked === text ? chunk : Buffer.from(blanked);
}
