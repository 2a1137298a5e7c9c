import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../src/cli/doctor/finding';
import { checkDisk, checkNode } from '../../src/cli/doctor/machine';
import { CHECKOUT, makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

const NFS = 0x6969;
const EXT4 = 0xef53;

interface DoctorDocument {
  readonly errors: number;
  readonly findings: readonly Finding[];
}

async function examine({ offpeak }: TestProject, ...args: string[]): Promise<DoctorDocument & { code: number | null }> {
  const { code, stdout } = await offpeak(['doctor', '--json', ...args]);
  return { code, ...(JSON.parse(stdout) as DoctorDocument) };
}

function of(findings: readonly Finding[], check: string): readonly Finding[] {
  return findings.filter((finding) => finding.check === check);
}

/** All that lies in the project, but for what it only links to. */
function filesOf({ directory }: TestProject): Map<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [path, readFileSync(path, 'base64')]));
}

describe('offpeak doctor', () => {
  it('finds nothing wrong with a project that has run, and says what it looked at', async () => {
    const project = await makeProject();
    symlinkSync(join(CHECKOUT, 'node_modules'), join(project.directory, 'node_modules'));
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    await project.json(['backup']);
    project.write(
      'tsconfig.json',
      '{ "compilerOptions": { "strict": true, "module": "node16", "incremental": true } }',
    );
    const before = filesOf(project);
    const { code, errors, findings } = await examine(project, '--deep');
    expect(filesOf(project)).toEqual(before);
    expect(before.size).toBeGreaterThan(5);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect({ code, errors }).toEqual({ code: 0, errors: 0 });
    for (const check of ['node', 'sqlite', 'time zones', 'config', 'types', 'secrets', 'store', 'cursors', 'backups']) {
      expect(of(findings, check)).toMatchObject([{ severity: 'ok', todo: null }]);
    }
    expect(of(findings, 'daemon')).toMatchObject([{ severity: 'warning', what: 'no process runs on the store' }]);
  });

  it('names what is broken first, with what to do: a type, a cursor, a file that others read, a damaged backup', async () => {
    const project = await makeProject();
    symlinkSync(join(CHECKOUT, 'node_modules'), join(project.directory, 'node_modules'));
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const { path } = await project.json<{ path: string }>(['backup']);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(1, 4_096));
    chmodSync(join(project.directory, 'data', 'offpeak.db'), 0o644);
    const job = ordersJob().replace('page: z.string()', 'page: z.string(), since: z.number()');
    project.write('jobs/orders.ts', `${job}\nexport const wrong: number = 'text';\n`);
    const { code, errors, findings } = await examine(project, '--deep');
    expect(code).toBe(1);
    expect(findings.slice(0, errors).map(({ severity }) => severity)).toEqual(Array(errors).fill('error'));
    expect(of(findings, 'types')[0]?.what).toContain('jobs/orders.ts(');
    expect(of(findings, 'cursors')[0]?.what).toContain(`orders/${USERS[0]}`);
    expect(of(findings, 'backups')[0]?.severity).toBe('error');
    expect(of(findings, 'store')[0]).toMatchObject({ todo: expect.stringContaining('chmod 600') as unknown });
  });

  it('works beside a broken config, without secrets, and names no value', async () => {
    const project = await makeProject();
    expect((await project.offpeak(['run', 'orders'])).code).toBe(0);
    const missing = await project.offpeak(['doctor', '--json'], { env: { SIGN_SECRET: '' } });
    expect(missing.code).toBe(1);
    expect(missing.stdout).toContain('no value for env:SIGN_SECRET');
    expect(missing.stdout).not.toContain(project.sandbox.kuaishou.tokens(USERS[0])?.accessToken ?? '');
    project.write('offpeak.config.ts', 'export default 1');
    const { code, findings } = await examine(project);
    expect(code).toBe(1);
    expect(of(findings, 'config')).toMatchObject([{ severity: 'error' }]);
    expect(of(findings, 'store')).toMatchObject([{ severity: 'ok' }]);
  });

  it('says so in a folder that is no project, and makes nothing there', async () => {
    const project = await makeProject();
    const empty = mkdtempSync(join(tmpdir(), 'offpeak-empty-'));
    const { code, stdout } = await project.offpeak(['doctor', '-C', empty]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ +check +found\s+error +config +expected offpeak\.config\.ts[^]*-> .*offpeak init/);
    expect(readdirSync(empty)).toEqual([]);
    rmSync(empty, { recursive: true });
  });
});

describe('the checks of the machine', () => {
  it.each([
    ['20.18.0', false, 'error'],
    ['20.20.2', false, 'ok'],
    ['22.1.0', false, 'warning'],
    ['24.19.0', false, 'error'],
    ['24.19.0', true, 'ok'],
  ])('on Node %s, with the Node-API driver: %s, is %s', (version, hasNodeApi, severity) => {
    expect(checkNode(version, hasNodeApi).severity).toBe(severity);
  });

  it.each([
    { what: 'a network disk and a full one', disk: { type: NFS, freeBytes: 0 }, rules: {}, judged: ['error', 'error'] },
    { what: 'a local disk with room', disk: { type: EXT4, freeBytes: 1e12 }, rules: {}, judged: ['ok', 'ok'] },
    {
      what: 'a network disk that the config allows',
      disk: { type: NFS, freeBytes: 1e12 },
      rules: { remoteDisk: 'allow' },
      judged: ['warning', 'ok'],
    },
    {
      what: 'less room than the config asks for',
      disk: { type: EXT4, freeBytes: 1e9 },
      rules: { diskFreeBytesMin: 2e9 },
      judged: ['ok', 'error'],
    },
    {
      what: 'room for a while',
      disk: { type: EXT4, freeBytes: 3e9 },
      rules: { diskFreeBytesMin: 2e9 },
      judged: ['ok', 'warning'],
    },
  ] as const)('judge $what', ({ disk, rules, judged }) => {
    expect(checkDisk('/x/offpeak.db', rules, () => disk).map(({ severity }) => severity)).toEqual(judged);
  });
});
