import { join } from 'node:path';
import type { Checkpoint } from '../../src/job/checkpoint';
import { makeProject, ordersJob, removeAll, USERS } from './project';

afterAll(removeAll);

const NAME = `orders/${USERS[0]}`;
/** Says at the end what every object of the process has from then on. */
const WATCH = `process.on('exit', () => { for (const name in {}) require('node:fs').writeSync(2, 'polluted: ' + name); });`;
const POISON = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';

/** A cursor of which the schema says nothing. */
const LOOSE = ordersJob().replace('z.object({ page: z.string() })', 'z.looseObject({ page: z.string() })');

it('a cursor, and a document around it, cannot reach the prototype of what the process has', async () => {
  const project = await makeProject({ jobs: { 'orders.ts': LOOSE } });
  project.write('watch.cjs', WATCH);
  const env = { NODE_OPTIONS: `--require ${join(project.directory, 'watch.cjs')}` };
  const set = (input: string) => project.offpeak(['state', 'set', NAME], { env, input });
  for (const [input, says] of [
    [`{"version":0,"cursor":{"page":"",${POISON}}}`, 'expected no field named __proto__'],
    [`{"version":0,"cursor":{"page":"","a":[{${POISON}}]}}`, 'cursor.a[0]: expected no field named __proto__'],
    [
      `{"version":0,"cursor":{"page":""},"constructor":{"prototype":{"polluted":1}}}`,
      'expected { "version", "cursor" }',
    ],
  ] as const) {
    const { code, stderr } = await set(input);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) as string });
    expect(stderr).not.toContain('polluted:');
  }
  // As a name among others it is a field like any other.
  const { code, stderr } = await set('{"version":0,"cursor":{"page":"","constructor":{"prototype":{"polluted":1}}}}');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const ran = await project.offpeak(['run', 'orders'], { env });
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 0 });
  expect(stderr + ran.stderr).not.toContain('polluted:');
}, 60_000);

it('works in a Node that has no __proto__', async () => {
  const { offpeak } = await makeProject();
  const env = { NODE_OPTIONS: '--disable-proto=delete' };
  const said = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await offpeak(args, { env, input });
    expect({ args, code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  await said(['run', 'orders', '--json']);
  await said(['status']);
  const { checkpoint } = JSON.parse(await said(['state', 'show', NAME, '--json'])) as { checkpoint: Checkpoint };
  const cursor = await said(['state', 'get', NAME]);
  expect(JSON.parse(cursor)).toEqual({ version: checkpoint.version, cursor: { page: '' } });
  await said(['state', 'set', NAME], cursor);
}, 60_000);
