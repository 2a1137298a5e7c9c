import type { Checkpoint } from '../../src/job/checkpoint';
import { type Ended, until } from './process';
import { makeProject, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

const NAME = `orders/${USERS[0]}`;

/** A project whose job has run: its checkpoint stands at version 3, with nothing under way. */
async function setup(): Promise<TestProject & { shown: () => Promise<Checkpoint> }> {
  const project = await makeProject();
  expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
  const shown = async (): Promise<Checkpoint> =>
    (await project.json<{ checkpoint: Checkpoint }>(['state', 'show', NAME])).checkpoint;
  return { ...project, shown };
}

function expectRefusal({ code, stdout, stderr }: Ended, expected: { code: number; says: RegExp }): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: expected.code, stdout: '' });
  expect(stderr).toMatch(expected.says);
  expect(stderr).not.toMatch(/\n\s+at /);
}

test.concurrent('what `state get` prints goes back in with `state set` and changes nothing', async () => {
  const { offpeak, shown } = await setup();
  const before = await shown();
  const { stdout } = await offpeak(['state', 'get', NAME]);
  expect(JSON.parse(stdout)).toEqual({ version: before.version, cursor: { page: '' } });
  const { code, stderr } = await offpeak(['state', 'set', NAME], { input: stdout });
  expect({ code, stderr }).toEqual({ code: 0, stderr: `${NAME}: unchanged\n` });
  expect(await shown()).toEqual(before);
});

test.concurrent('a cursor that was set is shown with what it was, and undo brings that back as a new version', async () => {
  const { offpeak, shown } = await setup();
  const { version } = await shown();
  const set = await offpeak(['state', 'set', NAME], { input: JSON.stringify({ version, cursor: { page: 'x' } }) });
  expect(set.code).toBe(0);
  expect(set.stderr).toContain(`version ${version} -> ${version + 1}\n  before  {"page":""}\n  after   {"page":"x"}`);
  expect(await shown()).toMatchObject({ version: version + 1, cursor: { page: 'x' } });
  expect((await offpeak(['state', 'undo', NAME])).code).toBe(0);
  expect(await shown()).toMatchObject({ version: version + 2, cursor: { page: '' } });
});

test.concurrent('reset starts from the initial cursor again', async () => {
  const { offpeak, json, shown } = await setup();
  expect((await offpeak(['state', 'reset', NAME])).code).toBe(0);
  expect(await shown()).toMatchObject({ cursor: null, status: 'idle' });
  const { run } = await json<{ run: { totals: { records: number } } }>(['run', 'orders', '--partition', USERS[0]]);
  expect(run.totals.records).toBe(75);
});

test.concurrent('an edit with --json prints the checkpoint as it is now', async () => {
  const { json } = await setup();
  const { checkpoint } = await json<{ checkpoint: Checkpoint }>(['state', 'reset', NAME]);
  expect(checkpoint).toMatchObject({ job: 'orders', partition: USERS[0], cursor: null });
});

test.concurrent.each([
  {
    what: 'a cursor that does not fit the schema',
    change: { cursor: { page: 7 } },
    code: 2,
    says: /cursor\.page: expected string, got 7/,
  },
  { what: 'an old version', change: { version: 1 }, code: 1, says: /expected version 1, found version \d+/ },
  {
    what: 'text that is no document',
    change: 'page=7',
    code: 2,
    says: /standard input: expected \{ "version", "cursor" \}/,
  },
])('`state set` refuses $what, and nothing changes', async ({ change, code, says }) => {
  const { offpeak, shown } = await setup();
  const before = await shown();
  const document = { version: before.version, cursor: { page: 'x' } };
  const input = typeof change === 'string' ? change : JSON.stringify({ ...document, ...change });
  expectRefusal(await offpeak(['state', 'set', NAME], { input }), { code, says });
  expect(await shown()).toEqual(before);
});

test.concurrent('`state set` refuses a job that is not there', async () => {
  const { offpeak } = await setup();
  const input = JSON.stringify({ version: 0, cursor: { page: '' } });
  expectRefusal(await offpeak(['state', 'set', `order/${USERS[0]}`], { input }), {
    code: 2,
    says: /there is no job "order", did you mean "orders"\?/,
  });
});

test.concurrent('ls lists what the glob matches', async () => {
  const { offpeak, json } = await setup();
  expect((await json<{ checkpoints: unknown[] }>(['state', 'ls'])).checkpoints).toHaveLength(2);
  const { stdout } = await offpeak(['state', 'ls', '*/*105']);
  expect(stdout).toMatch(new RegExp(`\n${NAME} +idle +\\d+ +\\{"page":""\\}`));
  expect(stdout).not.toContain(USERS[1]);
  expect((await offpeak(['state', 'ls', 'invoices/*'])).stdout).toBe('no checkpoints\n');
  const first = await json<{ checkpoints: unknown[]; more: boolean }>(['state', 'ls', 'orders/*', '-n', '1']);
  expect([first.checkpoints.length, first.more]).toEqual([1, true]);
  expect((await offpeak(['state', 'ls', '-n', '1'])).stderr).toContain('there are more');
  expect((await json<{ checkpoints: unknown[] }>(['state', 'ls', `orders/${USERS[0]}`])).checkpoints).toHaveLength(1);
});

test.concurrent('show has the versions with what made each, newest first', async () => {
  const { json, offpeak } = await setup();
  const { checkpoint, history } = await json<{
    checkpoint: Checkpoint;
    history: { version: number; change: string }[];
  }>(['state', 'show', NAME]);
  expect(checkpoint).toMatchObject({ job: 'orders', partition: USERS[0], bookmark: { page: '' }, status: 'idle' });
  expect(checkpoint).not.toHaveProperty('sinkState');
  expect(history.map(({ change }) => change)).toEqual(expect.arrayContaining(['page']));
  expect(history.map(({ version }) => version)).toEqual(history.map(({ version }) => version).sort((a, b) => b - a));
  const { stdout } = await offpeak(['state', 'show', NAME]);
  expect(stdout).toMatch(new RegExp(`^${NAME}  idle  version ${checkpoint.version}, fence 1\ncursor    `));
});

test.concurrent('edits are refused with 4 while the partition runs in a live process, which is named', async () => {
  const { begin, offpeak, sandbox } = await makeProject();
  sandbox.setFaults({ slowBodyMs: 60_000 });
  sandbox.failNext(2, 'slow-body');
  const running = begin(['run', 'orders']);
  await until(() => sandbox.ledger.attempts().length === 2, 'both partitions call');
  const says = new RegExp(`${NAME} is running in process ${running.child.pid ?? ''} on `);
  expectRefusal(await offpeak(['state', 'reset', NAME]), { code: 4, says });
  const input = JSON.stringify({ version: 0, cursor: { page: 'x' } });
  expectRefusal(await offpeak(['state', 'set', NAME], { input }), { code: 4, says });
});
