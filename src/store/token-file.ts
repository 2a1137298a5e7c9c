import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { codeOf, messageOf, OffpeakError } from '../errors';
import type { TokenSet, TokenSource } from '../platform/platform';

const tokenSchema = z.strictObject({
  accessToken: z.string().min(1),
  expiresAtMs: z.number().nullable().default(null),
  refreshToken: z.string().min(1).nullable().default(null),
});
const fileSchema = z.record(z.string(), tokenSchema);

/**
 * Tokens in a JSON file of mode 0600, by owner: `{ "3649418105": { "accessToken": "…", "refreshToken": "…" } }`. A new
 * set is on the disk (written aside, synced, renamed) when `save` resolves: a rotated refresh token is never lost.
 * Both reject with SECRET_MISSING when the file is not what it should be; its content is not repeated.
 */
export function openTokenFile(path: string): TokenSource {
  let last: Promise<unknown> = Promise.resolve();
  return {
    load: async (owner) => (await readTokens(path))[owner] ?? null,
    save: (owner, tokens) => {
      // One after the other: two merchants renewed at once must not write over each other.
      const saved = last.then(async () => writeTokens(path, { ...(await readTokens(path)), [owner]: tokens }));
      last = saved.catch(() => undefined);
      return saved;
    },
  };
}

async function readTokens(path: string): Promise<Record<string, TokenSet>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return {};
    throw new OffpeakError('SECRET_MISSING', `token file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const parsed = fileSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new OffpeakError(
    'SECRET_MISSING',
    `token file ${path}: expected { "<owner>": { "accessToken", "refreshToken", "expiresAtMs" } }`,
    {
      hint: 'Write it by hand with the first tokens of each merchant; it is kept up from then on.',
    },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema says what was expected, without a word of the content
  }
}

async function writeTokens(path: string, tokens: Record<string, TokenSet>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const aside = `${path}.new`;
  const file = await open(aside, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(tokens, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
