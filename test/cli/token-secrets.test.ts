import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFile, makeProject, removeAll } from './project';

afterAll(removeAll);

const RENEWED = 'renewed-access-0123456789';
const REFRESH = 'renewed-refresh-9876543210';

/** A project whose tokens are in a file, with this text. */
async function projectWith(tokens: string) {
  const config = configFile()
    .replace('import { ', 'import { tokenFile, ')
    .replace(/tokens: \{.*\},/, "tokens: tokenFile('data/tokens.json'),");
  const project = await makeProject({ config });
  mkdirSync(join(project.directory, 'data'), { mode: 0o700 });
  const file = join(project.directory, 'data', 'tokens.json');
  writeFileSync(file, tokens);
  chmodSync(file, 0o600);
  return project;
}

const REASON = ['pause', 'orders', '--by', 'bob', '--reason', `they refuse ${RENEWED} and ${REFRESH}`];

it('a renewed token that an operator quotes is not kept', async () => {
  const tokens = { '3649418105': { accessToken: RENEWED, refreshToken: REFRESH } };
  const project = await projectWith(JSON.stringify(tokens));
  const { paused } = await project.json<{ paused: { reason: string }[] }>(REASON);
  const [access, refresh] = ['[access token of 3649418105]', '[refresh token of 3649418105]'];
  expect(paused).toMatchObject([{ reason: `they refuse ${access} and ${refresh}` }]);
}, 60_000);

it('a broken token file does not keep an operator from a pause', async () => {
  const project = await projectWith('{');
  const { code, stderr } = await project.offpeak([...REASON]);
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('not looked for') as string });
}, 60_000);
