/** The example of the vendor's page on creating a policy, word for word. */
export const DEMO = {
  api_call_limits: 800,
  app_call_limits: 300,
  enable_adaptive_control: 'FALSE',
  ip_call_limits: 600,
  name: 'throttle_demo',
  remark: 'Total: 800 calls/second; user: 500 calls/second; app: 300 calls/second; IP address: 600 calls/second',
  time_interval: 1,
  time_unit: 'SECOND',
  type: 1,
  user_call_limits: 500,
} as const;

/** What only its reply has. */
export const DEMO_REPLY = {
  id: '3437448ad06f4e0c91a224183116e965',
  create_time: '2020-07-31T08:44:02.205366118Z',
  bind_num: 0,
  is_inclu_special_throttle: 2,
} as const;

/** Every rule of the page broken once: what is changed in the example, and the parameter that must be named. */
export const BROKEN: readonly (readonly [
  rule: string,
  change: Readonly<Record<string, unknown>>,
  parameter: string,
])[] = [
  ['a name is needed', { name: undefined }, 'name'],
  ['a name is text', { name: 7 }, 'name'],
  ['a name has at least 3 characters', { name: 'ab' }, 'name'],
  ['a name has at most 64 characters', { name: 'a'.repeat(65) }, 'name'],
  ['a name begins with a letter, not a digit', { name: '1abc' }, 'name'],
  ['a name begins with a letter, not "_"', { name: '_abc' }, 'name'],
  ['a name has no "-"', { name: 'abc-d' }, 'name'],
  ['a name has no blank', { name: 'abc d' }, 'name'],
  ['a unit is needed', { time_unit: undefined }, 'time_unit'],
  ['a unit is one of four', { time_unit: 'WEEK' }, 'time_unit'],
  ['a unit is in capitals', { time_unit: 'second' }, 'time_unit'],
  ['a remark is text', { remark: 1 }, 'remark'],
  ['a remark has at most 255 characters', { remark: '注'.repeat(256) }, 'remark'],
  ['a type is 1 or 2', { type: 3 }, 'type'],
  ['a type is a number', { type: '1' }, 'type'],
  ['adaptive control is text', { enable_adaptive_control: true }, 'enable_adaptive_control'],
  ['adaptive control is TRUE or FALSE', { enable_adaptive_control: 'true' }, 'enable_adaptive_control'],
  ['an interval is needed', { time_interval: undefined }, 'time_interval'],
  ['a limit for the API is needed', { api_call_limits: undefined }, 'api_call_limits'],
  ['an app gets no more than a user', { app_call_limits: 501 }, 'app_call_limits'],
  [
    'an app gets no more than the API where users have no limit',
    { app_call_limits: 801, user_call_limits: undefined },
    'app_call_limits',
  ],
  ['a user gets no more than the API', { user_call_limits: 801 }, 'user_call_limits'],
  ['an address gets no more than the API', { ip_call_limits: 801 }, 'ip_call_limits'],
  ['there are no other parameters', { user_limit: 1 }, 'user_limit'],
  ...['api_call_limits', 'app_call_limits', 'user_call_limits', 'ip_call_limits', 'time_interval'].flatMap(
    (parameter) =>
      [0, -1, 1.5, 2_147_483_648, '10', null].map(
        (value) =>
          [`${parameter} is a whole number, not ${JSON.stringify(value)}`, { [parameter]: value }, parameter] as const,
      ),
  ),
];
