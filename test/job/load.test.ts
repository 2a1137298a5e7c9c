import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as offpeak from '../../src';
import { loadConfigFile, loadJobs } from '../../src/job/load';

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function setup(files: Record<string, string>): { project: string; load: () => ReturnType<typeof loadJobs> } {
  const project = mkdtempSync(join(tmpdir(), 'offpeak-load-'));
  directories.push(project);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  const options = { projectDirectory: project, platforms: ['kuaishou', 'yida'], checkSchedule: () => [] };
  return { project, load: () => loadJobs('jobs', options) };
}

/** Relies on nothing but what job files get from 'offpeak'. */
function jobSource(fields: Record<string, string> = {}): string {
  const all = {
    name: "'orders'",
    platform: "'kuaishou'",
    cursor: 'z.object({ page: z.string() })',
    initial: "() => ({ page: '' })",
    pages: "async function* () { yield { records: [], cursor: { page: 'x' } }; }",
    sink: "{ kind: 'jsonl', directory: 'out' }",
    ...fields,
  };
  const body = Object.entries(all).map(([key, value]) => `  ${key}: ${value},`);
  return `import { z } from 'offpeak';\nexport default {\n${body.join('\n')}\n};\n`;
}

const brokenOf = (loaded: Awaited<ReturnType<typeof loadJobs>>): string[] =>
  loaded.broken.map(({ error }) => `${error.code} ${error.message}`);

describe('loading a directory of job files', () => {
  it('takes TypeScript, ES modules and CommonJS, in the order of their names, without any node_modules', async () => {
    const { load } = setup({
      'jobs/b.ts': jobSource({ name: "'typed' as string" }),
      'jobs/a.mjs': jobSource({ name: "await Promise.resolve('awaited')" }),
      'jobs/c.cjs': jobSource({ name: "'required'" })
        .replace(/import .*/, "const { z } = require('offpeak');")
        .replace('export default', 'module.exports ='),
      'jobs/d.js': jobSource({ name: "'plain'" }),
    });
    const { jobs, broken, warnings } = await load();
    expect(brokenOf({ jobs, broken, warnings })).toEqual([]);
    expect(jobs.map(({ name, file }) => [name, file])).toEqual([
      ['awaited', 'jobs/a.mjs'],
      ['typed', 'jobs/b.ts'],
      ['required', 'jobs/c.cjs'],
      ['plain', 'jobs/d.js'],
    ]);
    expect(warnings).toEqual([]);
  });

  it('gives job files the running copy of Offpeak, whatever the project has installed', async () => {
    const { load } = setup({
      'jobs/a.ts': `import * as offpeak from 'offpeak';\n${jobSource({ initial: '() => offpeak' })}`,
      'installed/package.json': '{"name":"offpeak","main":"index.js"}',
      'installed/index.js': 'module.exports = { z: null, stale: true };',
    });
    const project = directories.at(-1)!;
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(join(project, 'installed'), join(project, 'node_modules', 'offpeak'));
    const { jobs } = await load();
    const seen = jobs[0]!.initial({ nowMs: 0, partition: { key: 'all', scope: {} } });
    expect((seen as typeof offpeak).z).toBe(offpeak.z);
    expect(seen).not.toHaveProperty('stale');
  });

  it('works in a project that is reached through a symbolic link', async () => {
    const { project } = setup({ 'jobs/a.ts': jobSource() });
    const link = `${project}-link`;
    directories.push(link);
    symlinkSync(project, link);
    const { jobs } = await loadJobs('jobs', {
      projectDirectory: link,
      platforms: ['kuaishou'],
      checkSchedule: () => [],
    });
    expect(jobs.map(({ file }) => file)).toEqual(['jobs/a.ts']);
  });

  it('leaves out declarations, tests, hidden files and folders', async () => {
    const { load } = setup({
      'jobs/a.ts': jobSource(),
      'jobs/a.d.ts': 'syntax error',
      'jobs/a.test.ts': 'syntax error',
      'jobs/.b.ts': 'syntax error',
      'jobs/parts/c.ts': 'syntax error',
      'jobs/readme.md': 'syntax error',
    });
    const loaded = await load();
    expect(loaded.jobs).toHaveLength(1);
    expect(loaded.broken).toEqual([]);
  });

  it('reports each broken file with its place and goes on with the others', async () => {
    const { load } = setup({
      'jobs/a-syntax.ts': "import { z } from 'offpeak';\nconst x: number = ;\nexport default {};\n",
      'jobs/b-throws.ts':
        "interface A {\n  a: number;\n}\nconst f = (): A => {\n  throw new TypeError('boom\\nmore');\n};\nexport default f();\n",
      'jobs/c-no-default.ts': 'export const job = 1;\n',
      'jobs/d-empty.ts': '',
      'jobs/e-missing.ts': "\nimport x from 'not-installed';\nexport default x;\n",
      'jobs/g-string.ts': "throw 'text';\n",
      'jobs/h-good.ts': jobSource(),
    });
    const loaded = await load();
    expect(brokenOf(loaded)).toEqual([
      'JOB_INVALID jobs/a-syntax.ts:2:19: Unexpected token',
      'JOB_INVALID jobs/b-throws.ts:5:9: threw at import: TypeError: boom',
      'JOB_INVALID jobs/c-no-default.ts: expected a default export made by defineJob(), got nothing',
      'JOB_INVALID jobs/d-empty.ts: expected a default export made by defineJob(), got nothing',
      expect.stringMatching(/^JOB_INVALID jobs\/e-missing\.ts:2: Cannot find module 'not-installed'/),
      'JOB_INVALID jobs/g-string.ts: threw at import: "text"',
    ]);
    expect(loaded.jobs.map(({ name }) => name)).toEqual(['orders']);
  });

  it('names the file and the fields of a plain list that is declared wrong', async () => {
    const list = "restList({ api: '', records: 'data', next: 'pge' })";
    const { load } = setup({
      'jobs/a.ts': jobSource({ pages: `${list}.pages` }).replace('{ z }', '{ restList, z }'),
    });
    const [message] = brokenOf(await load());
    expect(message).toMatch(/^JOB_INVALID jobs\/a\.ts:\d+:\d+: restList\(\) api: /);
    expect(message).toContain('restList() next: expected "page", "link" or');
  });

  it('names a syntax error in the module where it is', async () => {
    const { load } = setup({
      'jobs/a.ts': "import './parts/b';\nexport default 1;\n",
      'jobs/parts/b.ts': '\nlet let;\n',
    });
    const [broken] = (await load()).broken;
    expect(broken!.file).toBe('jobs/a.ts');
    expect(broken!.error.message).toMatch(/jobs\/parts\/b\.ts:2:5: /);
  });

  it('keeps the first of two jobs with one name and names both files', async () => {
    const { load } = setup({ 'jobs/a.ts': jobSource(), 'jobs/b.ts': jobSource() });
    const loaded = await load();
    expect(loaded.jobs.map(({ file }) => file)).toEqual(['jobs/a.ts']);
    expect(brokenOf(loaded)).toEqual([
      'JOB_INVALID jobs/b.ts name: expected a name of its own, got "orders", which jobs/a.ts has',
    ]);
  });

  it('refuses an unknown platform with the nearest known one', async () => {
    const { load } = setup({ 'jobs/a.ts': jobSource({ platform: "'kuaisou'" }) });
    expect(brokenOf(await load())).toEqual([
      'JOB_INVALID jobs/a.ts platform: expected a name under platforms in the config file, got "kuaisou", did you mean "kuaishou"?',
    ]);
  });

  it('warns of a secret in clear text by line and name, and never shows the value', async () => {
    const { load } = setup({ 'jobs/a.ts': `${jobSource()}export const accessToken = 'hunter2hunter2';\n` });
    const { warnings } = await load();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('jobs/a.ts:10 accessToken');
    expect(warnings.join()).not.toContain('hunter2');
  });

  it('says so when the directory is empty, and refuses one that is not there', async () => {
    const { project, load } = setup({ 'jobs/readme.md': '' });
    expect((await load()).warnings).toEqual(['jobs: no job file (*.ts, *.js, *.mjs, *.cjs)']);
    const options = { projectDirectory: project, platforms: [], checkSchedule: () => [] };
    await expect(loadJobs('missing', options)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('jobs directory missing') as unknown,
    });
  });
});

describe('loading the config file', () => {
  it('takes the first of the names that it may have', async () => {
    const { project } = setup({
      'offpeak.config.mjs': 'export default { from: "mjs" };',
      'offpeak.config.ts': 'export default { from: "ts" as string };',
    });
    expect(await loadConfigFile(project)).toMatchObject({
      file: 'offpeak.config.ts',
      value: { from: 'ts' },
      warnings: [],
    });
    expect((await loadConfigFile(project, 'offpeak.config.mjs')).value).toEqual({ from: 'mjs' });
  });

  it('says what was looked for and what to do when there is none', async () => {
    const { project } = setup({});
    await expect(loadConfigFile(project)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('expected offpeak.config.ts (or .js, .mjs, .cjs) in') as unknown,
      hint: expect.stringContaining('--config') as unknown,
    });
    await expect(loadConfigFile(project, 'other.ts')).rejects.toThrow(/expected other\.ts in/);
  });

  it('reports a fault in it as one of the configuration', async () => {
    const { project } = setup({ 'offpeak.config.ts': 'export default {\n  a: ,\n};' });
    await expect(loadConfigFile(project)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'offpeak.config.ts:2:6: Unexpected token',
    });
  });
});
