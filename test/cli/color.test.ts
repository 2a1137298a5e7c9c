import { hasColors } from '../../src/cli/color';
import { makeProject, removeAll } from './project';

afterAll(removeAll);

test.each([
  { where: 'on a terminal', isTerminal: true, env: {}, expected: true },
  { where: 'on a terminal without any', isTerminal: true, env: { TERM: 'dumb' }, expected: false },
  { where: 'on a terminal with NO_COLOR', isTerminal: true, env: { NO_COLOR: '1' }, expected: false },
  { where: 'in a pipe', isTerminal: undefined, env: {}, expected: false },
  { where: 'in a pipe on a build server', isTerminal: false, env: { CI: 'true' }, expected: false },
  { where: 'in a pipe with FORCE_COLOR', isTerminal: false, env: { FORCE_COLOR: '1' }, expected: true },
  { where: 'with both', isTerminal: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, expected: false },
  { where: 'with FORCE_COLOR=0', isTerminal: true, env: { FORCE_COLOR: '0' }, expected: false },
])('colours $where: $expected', ({ isTerminal, env, expected }) => {
  expect(hasColors(isTerminal, env)).toBe(expected);
});

test('prints plain text into a pipe, on build servers too', async () => {
  const project = await makeProject();
  const told = await project.offpeak(['explain', 'orders'], { env: { CI: 'true' } });
  const refused = await project.offpeak(['run', 'order'], { env: { CI: 'true' } });
  expect(told.stdout).toContain('orders  on platform');
  expect(told.stdout + told.stderr + refused.stderr).not.toContain('\x1b');
  const colored = await project.offpeak(['explain', 'orders'], { env: { FORCE_COLOR: '1' } });
  expect(colored.stdout).toContain('\x1b[1morders\x1b[22m');
});
