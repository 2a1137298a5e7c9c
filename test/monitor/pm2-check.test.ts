import { pm2Warnings, readPm2Settings, shutdownTimeoutUnder } from '../../src/monitor/pm2-check';

/** What pm2 7.0.4 hands down for the shipped ecosystem.config.js. */
const SHIPPED = {
  pm_id: '0',
  exec_mode: 'fork_mode',
  instances: '1',
  wait_ready: 'true',
  kill_timeout: '30000',
};

function warned(env: Readonly<Record<string, string>>, shutdownTimeoutMs = 20_000): readonly string[] {
  const settings = readPm2Settings(env);
  return settings ? pm2Warnings(settings, { shutdownTimeoutMs }).map(({ message }) => message) : [];
}

function without(name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(SHIPPED).filter(([key]) => key !== name));
}

describe('the settings of pm2', () => {
  it('are none without pm2', () => {
    expect(readPm2Settings({ kill_timeout: '100', instances: '4' })).toBeNull();
  });

  it('give no warning as they are shipped', () => {
    expect(warned(SHIPPED)).toEqual([]);
  });

  it('that are off in one of pm2 ways are none', () => {
    expect(warned({ ...SHIPPED, cron_restart: 'false', log_date_format: '', log_type: 'undefined' })).toEqual([]);
  });

  it.each([
    [{ ...SHIPPED, cron_restart: '0 3 * * *' }, 'cron_restart is "0 3 * * *"', "put the time into the job's schedule"],
    [{ ...SHIPPED, exec_mode: 'cluster_mode' }, 'exec_mode is cluster_mode', "Set exec_mode: 'fork'"],
    [{ ...SHIPPED, instances: '4' }, 'instances is 4', 'Set instances: 1'],
    [{ ...SHIPPED, instances: 'max' }, 'instances is max', 'Set instances: 1'],
    [{ ...SHIPPED, log_date_format: 'HH:mm' }, 'log_date_format makes', 'Remove it'],
    [{ ...SHIPPED, log_type: 'json' }, 'log_type is json', 'Remove it'],
    [without('wait_ready'), 'wait_ready is not set', 'Set wait_ready: true and listen_timeout: 15000'],
    [without('kill_timeout'), 'kills after 1600 ms', 'Set kill_timeout: 25000'],
    [{ ...SHIPPED, kill_timeout: '24999' }, 'kill_timeout is 24999 ms', 'Set kill_timeout: 25000'],
  ])('that hurt are named with what to do: %j', (env, says, cure) => {
    const warnings = warned(env);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(says);
    expect(warnings[0]).toContain(cure);
  });

  it.each([
    ['9999', 1_000, 1],
    ['10000', 8_000, 0],
    ['10000', 8_001, 1],
    ['25000', 20_000, 0],
  ])('leave a stop enough time: kill_timeout %s for %i ms', (killTimeout, shutdownTimeoutMs, warnings) => {
    expect(warned({ ...SHIPPED, kill_timeout: killTimeout }, shutdownTimeoutMs)).toHaveLength(warnings);
  });
});

describe('the time for a stop', () => {
  it.each([
    [SHIPPED, 20_000],
    [{ ...SHIPPED, kill_timeout: '10000' }, 8_000],
    [without('kill_timeout'), 1_280],
    [{}, 20_000],
  ])('stays below the kill timeout: %j', (env, expected) => {
    expect(shutdownTimeoutUnder(readPm2Settings(env), 20_000)).toBe(expected);
  });
});
