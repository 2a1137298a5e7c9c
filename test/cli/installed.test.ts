import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, configFile, makeProject, ordersJob, removeAll } from './project';

afterAll(removeAll);

/** The job in CommonJS, as a project without TypeScript writes it. */
function commonJs(job: string): string {
  return job
    .replace("import { defineJob, upsert, z } from 'offpeak';", "const { defineJob, upsert, z } = require('offpeak');")
    .replace('export default', 'module.exports =');
}

test.concurrent('installed in another project, its TypeScript and JavaScript job files find `offpeak`', async () => {
  const config = configFile().replace('import {', 'import type { Config } from "offpeak";\nimport {');
  const jobs = { 'orders.ts': ordersJob(), 'plain.js': commonJs(ordersJob({ name: 'plain' })) };
  const { directory, write, begin, json } = await makeProject({ config, jobs });
  write('package.json', '{ "name": "another", "private": true }');
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(CHECKOUT, join(directory, 'node_modules', 'offpeak'));
  const script = join(directory, 'node_modules', 'offpeak', 'dist', 'cli.js');
  const listed = await begin(['jobs'], { script }).ended;
  expect({ code: listed.code, stderr: listed.stderr }).toEqual({ code: 0, stderr: '' });
  expect(listed.stdout).toMatch(/\norders .* jobs\/orders\.ts/);
  expect(listed.stdout).toMatch(/\nplain .* jobs\/plain\.js/);
  expect((await begin(['run', 'plain'], { script }).ended).code).toBe(0);
  expect(await json(['runs'])).toMatchObject({ runs: [{ job: 'plain', state: 'done', totals: { records: 150 } }] });
});

test.concurrent('in a project of ES modules, job files in every form are found', async () => {
  const jobs = {
    'orders.ts': ordersJob(),
    'module.mjs': ordersJob({ name: 'module' }),
    'common.cjs': commonJs(ordersJob({ name: 'common' })),
    'types.d.ts': 'export {};',
    'orders.test.ts': 'throw new Error();',
  };
  const { write, json } = await makeProject({ jobs });
  write('package.json', '{ "name": "another", "type": "module" }');
  const { jobs: found, broken } = await json<{ jobs: { name: string }[]; broken: unknown[] }>(['jobs']);
  expect(found.map(({ name }) => name)).toEqual(['common', 'module', 'orders']);
  expect(broken).toEqual([]);
});
