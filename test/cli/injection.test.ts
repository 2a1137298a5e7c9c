import type { Ended } from './process';
import { makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

/** Clears, colours and retitles a terminal, links elsewhere, turns text round, breaks lines, and leaves a page of HTML. */
const HOSTILE =
  'a\u001b[2J\u001b]8;;http://x.example\u0007b\u009b31m\u0085\u061c\u200f\u202e\u2066\u2028\u2029\r\nforged</script>"\'&';
/** What a partition key may hold: no C0, no C1. */
const HOSTILE_KEY = HOSTILE.replace(/\p{Cc}/gu, '');

/** C0 but line breaks and tabs, C1, line separators, marks of direction; colours are off in a pipe. */
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A job that fails with the text, after a page whose cursor holds it. */
const FAILING = `import { defineJob, upsert, z } from 'offpeak';
export default defineJob({
  name: 'failing',
  platform: 'shop',
  schedule: { every: '1h' },
  partitions: () => [{ key: ${JSON.stringify(HOSTILE_KEY)}, scope: { user: ${JSON.stringify(HOSTILE)} } }],
  cursor: z.record(z.string(), z.string()),
  initial: () => ({}),
  async *pages({ cursor, call }) {
    yield { records: [], cursor: { ${JSON.stringify(HOSTILE)}: ${JSON.stringify(HOSTILE)} } };
    throw new Error(${JSON.stringify(HOSTILE)}, { cause: new Error(${JSON.stringify(HOSTILE)}) });
  },
  sink: upsert('out', { key: 'id' }),
});
`;

const CHECKPOINT = `failing/${HOSTILE_KEY}`;
/** What an operator types is not split into lines. */
const ARGUMENT = HOSTILE.replace(/[\r\n]+/g, '');
const WHY = ['--reason', HOSTILE, '--by', `ann ${HOSTILE_KEY}`.slice(0, 90)] as const;

/** In this order: what the first ones leave behind, the others print. */
const COMMANDS: readonly (readonly string[])[] = [
  ['run', 'failing'],
  ['run', 'orders', '--max-calls', '1'],
  ['run', ARGUMENT],
  ['skip', 'failing', ...WHY],
  ['pause', 'orders', ...WHY],
  ['pause', 'orders', ...WHY],
  ['pauses'],
  ['pause', ARGUMENT, ...WHY],
  ['status'],
  ['status', '--json'],
  ['runs'],
  ['runs', '1'],
  ['state', 'ls'],
  ['state', 'ls', '--json'],
  ['state', 'show', CHECKPOINT],
  ['state', 'get', CHECKPOINT],
  ['explain', 'failing'],
  ['explain', 'orders', '--json'],
  ['jobs'],
  ['next', 'failing'],
  ['next', ARGUMENT],
  ['plan'],
  ['calibrate'],
  ['quota'],
  ['unpark', '--job', 'failing', '--partition', HOSTILE_KEY],
  ['backfill', 'orders', '--from', ARGUMENT, '--to', '2026-01-02'],
  ['platform', 'classify', 'kuaishou'],
  ['platform', 'test', 'shop', '--api', ARGUMENT, '--scope', `user=${USERS[0]}`],
  ['platform', 'unknown'],
  ['doctor'],
  ['resume', 'orders'],
];

/** One that breaks at import, and whose name does. */
const BROKEN = { [`broken-\u202e\u2028.ts`]: `throw new Error(${JSON.stringify(HOSTILE)});` };

function inputOf([first, second]: readonly string[]): { input?: string } {
  if (first !== 'platform' || second !== 'classify') return {};
  return { input: JSON.stringify({ status: 500, headers: { 'x-a': 'b' }, body: { result: 99, error_msg: HOSTILE } }) };
}

async function said(project: TestProject, command: readonly string[]): Promise<Ended> {
  return project.offpeak(command, inputOf(command));
}

it('no command lets a text from outside steer the terminal or forge a line', async () => {
  const project = await makeProject({
    jobs: { 'orders.ts': ordersJob({ schedule: "{ every: '1h' }" }), 'failing.ts': FAILING, ...BROKEN },
  });
  const all: string[] = [];
  for (const command of COMMANDS) {
    const { stdout, stderr } = await said(project, command);
    all.push(stdout, stderr);
    const text = stdout + stderr;
    expect({ command, steering: STEERING.exec(text)?.[0] }).toEqual({ command, steering: undefined });
    expect({ command, forged: /^\s*forged/m.test(text) }).toEqual({ command, forged: false });
  }
  // The texts were there: as dots for people, escaped in JSON.
  expect(all.join('\n')).toContain('a·[2J·]8;;http://x.example·b·31m');
  expect(all.join('\n')).toContain('a\\u001b[2J\\u001b]8;;http://x.example\\u0007b\\u009b31m');
}, 180_000);
