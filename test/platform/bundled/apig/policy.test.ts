import { OffpeakError } from '../../../../src/errors';
import { checkThrottlePolicy, parseThrottlePolicy } from '../../../../src/platform/bundled/apig/policy';
import { BROKEN, DEMO, DEMO_REPLY } from './demo';

function errorFor(value: unknown): OffpeakError {
  try {
    parseThrottlePolicy(value);
  } catch (thrown) {
    if (thrown instanceof OffpeakError) return thrown;
  }
  throw new Error('it was taken');
}

const parametersOf = (value: unknown): string[] => {
  const checked = checkThrottlePolicy(value);
  return checked.kind === 'valid' ? [] : checked.faults.map(({ parameter }) => parameter);
};

describe('a throttling policy of Huawei Cloud', () => {
  it("is the vendor's own example as it is", () => {
    expect(parseThrottlePolicy(DEMO)).toEqual(DEMO);
  });

  it('is the same when it was read back', () => {
    expect(parseThrottlePolicy({ ...DEMO, ...DEMO_REPLY })).toEqual(DEMO);
  });

  it.each(['流控策略_1', 'abc', 'A_1', '策'.repeat(64), '𠀀𠀁𠀂', 'a'.repeat(64)])('may be called %s', (name) => {
    expect(parseThrottlePolicy({ ...DEMO, name }).name).toBe(name);
  });

  it('takes each limit up to its parent and the greatest number, and a remark of 255 characters', () => {
    const most = 2_147_483_647;
    const full = {
      ...DEMO,
      api_call_limits: most,
      user_call_limits: most,
      app_call_limits: most,
      ip_call_limits: most,
    };
    expect(parametersOf({ ...full, time_interval: most, remark: '注'.repeat(255) })).toEqual([]);
  });

  it('needs a name, a window and a limit for the API, and nothing else', () => {
    const least = { name: 'abc', time_unit: 'DAY', time_interval: 1, api_call_limits: 1 };
    expect(parseThrottlePolicy(least)).toEqual(least);
  });

  it.each(BROKEN)('names its parameter in the form of APIG.2011: %s', (_, change, parameter) => {
    const { code, message } = errorFor({ ...DEMO, ...change });
    const said = `APIG.2011 Invalid parameter value,parameterName:${parameter}. Please refer to the support documentation`;
    expect([code, message.split('\n')[0]]).toEqual(['CONFIG_INVALID', `throttling policy: ${said}`]);
  });

  it('says in a line of its own what was expected and what was got', () => {
    expect(
      errorFor({ ...DEMO, user_call_limits: 900 })
        .message.split('\n')
        .slice(1),
    ).toEqual(['throttling policy user_call_limits: expected at most api_call_limits (800), got 900']);
    expect(errorFor({ ...DEMO, time_unit: 'WEEK' }).message).toContain(
      'time_unit: expected "SECOND" or "MINUTE" or "HOUR" or "DAY", got "WEEK"',
    );
    expect(errorFor({ ...DEMO, user_call_limit: 5 }).message).toContain('did you mean "user_call_limits"?');
  });

  it('tells all that is wrong, in the order of the page; the first is what the gateway would name', () => {
    const wrong = { ip_call_limits: 0, time_interval: 0, app_call_limits: 501, name: '', type: 9, extra: 1 };
    expect(parametersOf({ ...DEMO, ...wrong })).toEqual([
      'app_call_limits',
      'name',
      'type',
      'time_interval',
      'ip_call_limits',
      'extra',
    ]);
  });

  it('is an object', () => {
    for (const value of [null, [], 'text', 7]) expect(parametersOf(value)).toContain('body');
  });
});
