import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { copiesOf } from '../secret-copies';
import type { Ended } from './process';
import { configFile, makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

/** Of one line: pm2 and shells pass nothing else on. */
const SECRET = 'p"w\\d/50%<&>\'+é中 =x';

/** A job whose own code gives the secret away in every way that it has. */
const LEAKING = `import { defineJob, jsonl, z } from 'offpeak';
const secret = process.env.SIGN_SECRET;
export default defineJob({
  name: 'leaking',
  platform: 'shop',
  partitions: () => {
    console.log('printed', secret);
    console.error({ secret });
    process.stdout.write(Buffer.from('bytes ' + secret + '\\n'));
    void Promise.reject(new Error('stray ' + secret, { cause: new Error(secret) }));
    return [{ key: 'a\\u202e' + '1' }];
  },
  cursor: z.object({ page: z.number() }),
  initial: () => ({ page: 1 }),
  async *pages() {
    yield { records: [], cursor: { page: 2 } };
    throw Object.assign(new Error('thrown ' + secret + ' \\u001b]8;;http://a.example\\u0007\\u202e\\u2028\\u009b2J'), { secret });
  },
  sink: jsonl('out'),
});
`;
const BROKEN = `throw new Error('at import ' + process.env.SIGN_SECRET);`;
const THROWING = LEAKING.replace("name: 'leaking'", "name: 'throwing'").replace(
  'partitions: () => {',
  'partitions: () => { throw new Error(secret);',
);

const COMMANDS: readonly (readonly string[])[] = [
  ['run', 'leaking'],
  ['run', 'leaking', '--json'],
  ['run', 'throwing'],
  ['run', 'throwing', '--dry'],
  ['run', 'broken'],
  ['jobs'],
  ['jobs', '--json'],
  ['status'],
  ['status', '--json'],
  ['runs'],
  ['runs', '--json'],
  ['runs', '1'],
  ['state', 'ls'],
  ['state', 'show', 'leaking', 'a\u202e1'],
  ['state', 'show', 'leaking', 'a\u202e1', '--json'],
  ['explain', 'leaking'],
  ['explain', 'leaking', '--json'],
  ['next'],
  ['plan', '--html', 'plan.html'],
  ['platform', 'test', 'shop', '--api', 'open.none', '--scope', `user=${USERS[0]}`],
  ['platform', 'unknown'],
  ['platform', 'show', 'shop'],
  ['quota'],
  ['pause', 'leaking', '--reason', `they say ${SECRET}`, '--by', SECRET],
  ['pauses'],
  ['pauses', '--json'],
  ['skip', 'orders', '--reason', `they say ${SECRET}`],
  ['resume', 'leaking', '--by', SECRET],
  ['state', 'set', `orders/${USERS[0]}`],
  ['calibrate'],
  ['doctor'],
  ['backup'],
  ['restore', SECRET],
];

/** Somebody sets a cursor that holds it. */
const INPUT = JSON.stringify({ version: 0, cursor: { page: SECRET } });

async function open(): Promise<TestProject> {
  return makeProject({
    config: configFile(),
    jobs: {
      'orders.ts': ordersJob({ schedule: "{ every: '1h' }" }),
      'leaking.ts': LEAKING,
      'throwing.ts': THROWING,
      'broken.ts': BROKEN,
    },
  });
}

/** Every byte of the project but the sources, which do not hold the secret. */
function filesOf({ directory }: TestProject): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** C0 but line breaks and tabs, C1, line separators, marks of direction; colours are off in a pipe. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

it('no command prints or keeps a secret, and none lets a text steer the terminal', async () => {
  const project = await open();
  const env = { SIGN_SECRET: SECRET };
  const said: Ended[] = [];
  for (const command of COMMANDS) said.push(await project.offpeak(command, { env, input: INPUT }));
  said.forEach(({ stdout, stderr }, index) => {
    const name = COMMANDS[index]?.join(' ');
    const copies = copiesOf(SECRET).filter((copy) => stdout.includes(copy) || stderr.includes(copy));
    expect({ name, copies }).toEqual({ name, copies: [] });
    expect({ name, steering: STEERING.exec(stdout + stderr)?.[0] }).toEqual({ name, steering: undefined });
  });
  const everything = filesOf(project).join('\n');
  expect(copiesOf(SECRET).filter((copy) => everything.includes(copy))).toEqual([]);
  // The texts were there, so that there was something to leave out.
  const text = said.map(({ stdout, stderr }) => stdout + stderr).join('\n');
  for (const word of [
    'printed [secret',
    'bytes [secret',
    'stray [secret',
    'thrown [secret',
    'at import [secret',
    'they say [secret',
    'cursor without secrets',
  ])
    expect(text).toContain(word);
}, 120_000);
