import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DEMO } from '../platform/bundled/apig/demo';
import { makeProject, ordersJob, removeAll, type TestProject } from './project';

afterAll(removeAll);

/** Loaded before the command line: a shell that hides nothing. */
const UMASK = 'process.umask(0);';
const OTHERS = 0o077;

/** The loader's compiled sources: it knows no mode, so that the folder alone keeps others out. */
const CACHED = join('data', 'cache', '/');

/** What others may open below the project's folder, but for what the test itself has written. */
function openBelow({ directory }: TestProject, own: ReadonlySet<string>): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !own.has(path) && (statSync(path).mode & OTHERS) !== 0)
    .map((path) => relative(directory, path))
    .filter((path) => !path.startsWith(CACHED));
}

function everythingIn({ directory }: TestProject): ReadonlySet<string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return new Set(entries.map((entry) => join(entry.parentPath, entry.name)));
}

it('what Offpeak makes is for its owner alone, whatever the umask', async () => {
  const jobs = {
    'orders.ts': ordersJob({ schedule: "{ every: '1h' }" }),
    'lines.ts': ordersJob({ name: 'lines', sink: "jsonl('out/lines')" }).replace('upsert, z', 'jsonl, z'),
  };
  const project = await makeProject({ jobs });
  project.write('umask.cjs', UMASK);
  project.write('demo.json', JSON.stringify(DEMO));
  const own = everythingIn(project);
  const { apig } = project.sandbox;
  const env = {
    NODE_OPTIONS: `--require ${join(project.directory, 'umask.cjs')}`,
    APIG_ENDPOINT: apig.url,
    APIG_PROJECT_ID: apig.projectId,
    APIG_INSTANCE_ID: apig.instanceId,
    APIG_AUTH_TOKEN: apig.issueToken(),
  };
  for (const command of [
    ['apig', 'throttle', 'create', '--file', 'demo.json'],
    ['apig', 'throttle', 'pull', '--out', 'data/apig-throttles.json'],
    ['run', 'orders', '--max-calls', '1'],
    ['run', 'lines'],
    ['plan', '--html', 'plan.html'],
    ['backup'],
    ['backup', 'elsewhere/copy.db'],
  ]) {
    const { code, stderr } = await project.offpeak(command, { env });
    expect({ command, code, stderr }).toMatchObject({ code: 0 });
  }
  const daemon = project.begin(['start'], { env });
  await daemon.says(/"started"/);
  const made = [...everythingIn(project)].map((path) => relative(project.directory, path));
  expect(openBelow(project, own)).toEqual([]);
  daemon.child.kill('SIGTERM');
  await daemon.ended;
  expect(made).toEqual(
    expect.arrayContaining([
      'data',
      'data/offpeak.db',
      'data/offpeak.db-wal',
      'data/offpeak.db-shm',
      'data/backups',
      'data/cache',
      'data/apig-throttles.json',
      'elsewhere/copy.db',
      'plan.html',
      'out',
    ]),
  );
}, 120_000);

it('`doctor` warns of a folder and of a store that were open to others before', async () => {
  const project = await makeProject();
  const data = join(project.directory, 'data');
  mkdirSync(data);
  chmodSync(data, 0o777);
  writeFileSync(join(data, 'offpeak.db'), '', { mode: 0o644 });
  expect((await project.offpeak(['run', 'orders', '--max-calls', '1'])).code).toBe(0);
  const { stdout } = await project.offpeak(['doctor', '--json']);
  const { findings } = JSON.parse(stdout) as { findings: readonly object[] };
  expect(findings).toContainEqual(
    expect.objectContaining({ severity: 'warning', what: expect.stringContaining('(mode 777)') as string }),
  );
}, 60_000);
