import { VENDORS } from '../../src/cli/vendors';
import { makeProject, removeAll, type TestProject } from './project';

afterAll(removeAll);

/** The options of a platform, and its job: a partition, and a call whose reply holds records. */
const PROJECTS: Readonly<Record<string, { options: string; partition: string; call: string; records: string }>> = {
  kuaishou: {
    options: "appKey: 'ks1', signSecret: secret('env:A'), tokens: { '42': secret('env:B') }",
    partition: "{ key: '42', scope: { user: '42' } }",
    call: "'open.item.list.get', { pageNumber: 1, pageSize: 20 }",
    records: 'reply.data.items',
  },
  yida: {
    options:
      "appKey: 'ding1', appSecret: secret('env:A'), systemToken: secret('env:B'), appType: 'APP_1', userId: 'manager'",
    partition: "{ key: 'FORM-1' }",
    call: "'yida.forms.instances.search', { formUuid: 'FORM-1', currentPage: 1, pageSize: 20 }",
    records: 'reply.data',
  },
  dingtalk: {
    options: "appKey: 'ding1', appSecret: secret('env:A')",
    partition: "{ key: '7' }",
    call: "'POST /topapi/v2/user/list', { dept_id: 7, cursor: 0, size: 20 }",
    records: 'reply.result.list',
  },
  apig: {
    options: "baseUrl: 'https://api.example.com', auth: { kind: 'app-code', code: secret('env:A') }",
    partition: "{ key: 'shipments' }",
    call: "'GET /v3/shipments', { limit: 20 }",
    records: 'reply.data.items',
  },
  openai: {
    options: "apiKey: secret('env:A')",
    partition: "{ key: 'prompts' }",
    call: "'chat', { model: 'm', messages: [{ role: 'user', content: 'hello' }] }",
    records: 'reply.choices',
  },
  zhipu: {
    options: "apiKey: secret('env:A')",
    partition: "{ key: 'prompts' }",
    call: "'chat', { model: 'm', messages: [{ role: 'user', content: 'hello' }] }",
    records: 'reply.choices',
  },
};

const NAMES = Object.keys(PROJECTS);

const config = `import { defineConfig, secret, ${NAMES.join(', ')} } from 'offpeak';
export default defineConfig({
  platforms: { ${NAMES.map((name) => `${name}: ${name}({ ${PROJECTS[name]?.options} })`).join(',\n')} },
});
`;

const jobOf = (name: string): string => `import { defineJob, z } from 'offpeak';
export default defineJob({
  name: '${name}-page',
  platform: '${name}',
  partitions: () => [${PROJECTS[name]?.partition}],
  cursor: z.object({ page: z.number() }),
  initial: () => ({ page: 1 }),
  async *pages({ cursor, call }) {
    const reply = await call(${PROJECTS[name]?.call});
    yield { records: ${PROJECTS[name]?.records}, cursor };
  },
  sink: () => undefined,
});
`;

let project: TestProject;
beforeAll(async () => {
  project = await makeProject({ config, jobs: Object.fromEntries(NAMES.map((name) => [`${name}.ts`, jobOf(name)])) });
});

test('every platform with full support has a row here', () => {
  const full = VENDORS.filter(({ support }) => support === 'full').map(({ name }) => name);
  expect([...NAMES].sort()).toEqual(full);
});

test.concurrent.each(NAMES)('a job of %s runs dry, with records and without its secrets', async (name) => {
  const { code, stdout, stderr } = await project.offpeak(['run', `${name}-page`, '--dry', '--json']);
  expect(stderr).toMatch(/^complete /m);
  expect(code).toBe(0);
  const { dry, run } = JSON.parse(stdout) as { dry: boolean; run: { totals: { records: number; attempts: number } } };
  expect(dry).toBe(true);
  expect(run.totals.records).toBeGreaterThan(0);
});
