import { messageOf } from '../../src/errors';
import type { ControlAction } from '../../src/platform/bundled/apig/control';
import { parseThrottlePolicy, type ThrottlePolicy } from '../../src/platform/bundled/apig/policy';
import { pulledFrom } from '../../src/platform/bundled/apig/pulled';
import { signRequest } from '../../src/platform/bundled/apig/signature';
import {
  bindPolicy,
  createPolicy,
  createSpecial,
  deletePolicy,
  deleteSpecial,
  getPolicy,
  listBoundApis,
  listPolicies,
  listSpecials,
  unbindMany,
  unbindOne,
  updatePolicy,
  updateSpecial,
} from '../../src/platform/bundled/apig/throttles';
import type { SandboxOptions } from '../../src/sandbox/options';
import { BROKEN, DEMO } from '../platform/bundled/apig/demo';
import { callApig, controlOf } from './apig-client';
import { closeAll, setup } from './calls';

afterEach(closeAll);

const demo = parseThrottlePolicy(DEMO);
const ORDERS = '/v1/orders';
const ITEMS = '/v1/items';

async function open(options: SandboxOptions['apig'] = {}) {
  const { sandbox, clock } = await setup({ apig: { limits: { apiQps: null }, ...options } });
  const control = controlOf(sandbox);
  const { publishIds } = sandbox.apig;
  /** Creates a policy and binds it to these paths. */
  const limit = async (policy: ThrottlePolicy, ...paths: string[]): Promise<string> => {
    const { id } = await control(createPolicy(policy));
    await control(
      bindPolicy(
        id,
        paths.map((path) => publishIds[path] ?? ''),
      ),
    );
    return id;
  };
  /** How many of so many calls at one instant are let through. */
  const passed = async (calls: number, path = ORDERS, headers?: Record<string, string>): Promise<number> => {
    const replies = await Promise.all(Array.from({ length: calls }, () => callApig(sandbox, path, headers)));
    return replies.filter(({ status }) => status === 200).length;
  };
  return { sandbox, clock, control, publishIds, limit, passed };
}

const small = (changes: Partial<ThrottlePolicy>): ThrottlePolicy => ({
  name: 'small',
  api_call_limits: 8,
  time_interval: 1,
  time_unit: 'MINUTE',
  ...changes,
});

const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (thrown: unknown) => messageOf(thrown),
  );

describe("the vendor's own example", () => {
  it('is created, reads back equal, and limits calls as it says', async () => {
    const { sandbox, clock, control, publishIds, passed } = await open();
    const created = await control(createPolicy(demo));
    expect(created).toMatchObject({ ...DEMO, bind_num: 0, is_inclu_special_throttle: 2 });
    expect(parseThrottlePolicy(await control(getPolicy(created.id)))).toEqual(DEMO);
    await control(bindPolicy(created.id, [publishIds[ORDERS]!]));
    // One app: 300 a second, of which a user would get 500 and the API 800.
    expect(await passed(301)).toBe(300);
    const { status, body } = await callApig(sandbox, ORDERS);
    expect([status, body.error_code]).toEqual([429, 'APIG.0308']);
    expect(body.error_msg).toContain('policy app over ratelimit,limit:300,time:1 second');
    // The same user without an app: what is left of its 500.
    const token = { 'x-auth-token': sandbox.apig.issueToken() };
    expect(await passed(250, ORDERS, token)).toBe(200);
    await clock.advance(1_000);
    expect(await passed(1)).toBe(1);
  }, 30_000);

  it.each(BROKEN)('is refused with its parameter named when %s', async (_, change, parameter) => {
    const { sandbox } = await open();
    const { apig } = sandbox;
    const reply = await fetch(`${apig.url}/v2/${apig.projectId}/apigw/instances/${apig.instanceId}/throttles`, {
      method: 'POST',
      headers: { 'x-auth-token': apig.issueToken() },
      body: JSON.stringify({ ...DEMO, ...change }),
    });
    expect([reply.status, await reply.json()]).toMatchObject([
      400,
      {
        error_code: 'APIG.2011',
        error_msg: `Invalid parameter value,parameterName:${parameter}. Please refer to the support documentation`,
      },
    ]);
  });
});

describe('a policy that is bound', () => {
  it('counts each API alone, or all together when it is shared', async () => {
    const { limit, passed } = await open();
    await limit(small({}), ORDERS, ITEMS);
    expect([await passed(10, ORDERS), await passed(10, ITEMS)]).toEqual([8, 8]);
    await limit(small({ name: 'shared', type: 2 }), ORDERS, ITEMS);
    expect([await passed(5, ORDERS), await passed(5, ITEMS)]).toEqual([5, 3]);
  });

  it.each([
    ['user', { user_call_limits: 3 }],
    ['app', { app_call_limits: 3 }],
    ['ip', { ip_call_limits: 3 }],
    ['api', { api_call_limits: 3 }],
  ])('says which limit it was: %s', async (word, changes) => {
    const { sandbox, limit, passed } = await open();
    await limit(small({ time_unit: 'HOUR', time_interval: 2, ...changes }), ORDERS);
    expect(await passed(3)).toBe(3);
    expect((await callApig(sandbox, ORDERS)).body.error_msg).toBe(
      `The throttling threshold has been reached: policy ${word} over ratelimit,limit:3,time:2 hour`,
    );
  });

  it('gives an app or a user a figure of its own, which can be changed and taken back', async () => {
    const { sandbox, control, clock, limit, passed } = await open();
    const id = await limit(small({ app_call_limits: 2 }), ORDERS);
    const given = { object_type: 'APP', object_id: sandbox.apig.appId, call_limits: 5 } as const;
    const special = await control(createSpecial(id, given));
    expect(await refusal(control(createSpecial(id, given)))).toContain('APIG.3308');
    expect(await passed(8)).toBe(5);
    await control(updateSpecial(id, special.id, 7));
    expect(await passed(8)).toBe(2);
    expect((await control(listSpecials(id, 0))).entries).toMatchObject([{ ...given, call_limits: 7 }]);
    await control(deleteSpecial(id, special.id));
    expect(await refusal(control(deleteSpecial(id, special.id)))).toContain('APIG.3013');
    await clock.advance(60_000);
    expect(await passed(8)).toBe(2);
  });

  it('tells what is left to those who ask for it', async () => {
    const { sandbox, limit } = await open();
    await limit(small({ user_call_limits: 6 }), ORDERS);
    const { headers } = await callApig(sandbox, ORDERS, { 'x-apig-mode': 'debug' });
    expect(headers.get('x-apig-ratelimit-api')).toBe('remain:7,limit:8,time:1 minute');
    expect(headers.get('x-apig-ratelimit-user')).toBe('remain:5,limit:6,time:1 minute');
    expect((await callApig(sandbox, ORDERS)).headers.get('x-apig-ratelimit-api')).toBeNull();
  });

  it('cannot be deleted before it is unbound; of many bindings some may end', async () => {
    const { control, limit } = await open();
    const id = await limit(small({}), ORDERS, ITEMS);
    expect(await refusal(control(deletePolicy(id)))).toContain('APIG.3451');
    const bound = (await control(listBoundApis(id, 0))).entries;
    expect(bound.map(({ req_method, req_uri, run_env_name }) => [req_method, req_uri, run_env_name])).toEqual([
      ['GET', ORDERS, 'RELEASE'],
      ['GET', ITEMS, 'RELEASE'],
    ]);
    const [first, second] = bound.map(({ throttle_apply_id }) => throttle_apply_id);
    await control(unbindOne(first!));
    expect(await control(unbindMany([first!, second!]))).toMatchObject({
      success_count: 1,
      failure: [{ bind_id: first, error_code: 'APIG.3012' }],
    });
    await control(deletePolicy(id));
    expect(await refusal(control(getPolicy(id)))).toContain('APIG.3005');
  });
});

describe('the control plane', () => {
  it('pages through more policies than fit a page', async () => {
    const { control } = await open({ limits: { policies: 1_000 } });
    for (let at = 0; at < 12; at += 1) await control(createPolicy(small({ name: `policy_${at}` })));
    const small_page: ControlAction<{ total: number; entries: readonly { name: string }[] }> = {
      ...listPolicies(0),
      query: { offset: 10, limit: 5 },
    };
    expect(await control(small_page)).toMatchObject({
      total: 12,
      entries: [{ name: 'policy_10' }, { name: 'policy_11' }],
    });
    expect((await control(listPolicies(0, 'policy_1'))).entries.map(({ name }) => name)).toEqual(['policy_1']);
  });

  it('has a code for what cannot be done', async () => {
    const { control, sandbox } = await open({ limits: { policies: 1 } });
    const { id } = await control(createPolicy(small({})));
    expect(await refusal(control(createPolicy(small({}))))).toContain('APIG.3204');
    expect(await refusal(control(createPolicy(small({ name: 'other' }))))).toContain('APIG.3107');
    expect(await refusal(control(updatePolicy('none', small({}))))).toContain('APIG.3005');
    expect(await control(updatePolicy(id, small({ api_call_limits: 9 })))).toMatchObject({ api_call_limits: 9 });
    expect(await refusal(control(bindPolicy(id, ['none'])))).toContain('APIG.2011');
    expect(await refusal(control(listBoundApis('', 0)))).toContain('APIG.2012');
    expect(await refusal(controlOf(sandbox, 'stale')(getPolicy(id)))).toContain('APIG.1002');
  });

  it('gives what the platform takes as its budgets, sorted, without the APIs of other environments', async () => {
    const { control, limit, sandbox } = await open();
    await limit(small({ name: 'zeta' }), ITEMS, ORDERS);
    const id = await limit(small({ name: 'alpha', time_unit: 'DAY', time_interval: 40 }));
    await control(createSpecial(id, { object_type: 'APP', object_id: sandbox.apig.appId, call_limits: 5 }));
    const live = await Promise.all(
      (await control(listPolicies(0))).entries.map(async (policy) => ({
        policy,
        apis: (await control(listBoundApis(policy.id, 0))).entries,
        specials: (await control(listSpecials(policy.id, 0))).entries,
      })),
    );
    const plain = { type: 1, enable_adaptive_control: 'FALSE' };
    expect(pulledFrom(live, 'RELEASE')).toEqual({
      throttles: [{ policy: { ...small({ name: 'zeta' }), ...plain }, apis: ['GET /v1/items', 'GET /v1/orders'] }],
      leftOut: ['alpha'],
    });
    expect(pulledFrom(live, 'TEST').throttles[0]?.apis).toEqual([]);
  });
});

describe('the gateway', () => {
  it('knows a caller by its code, its signature or its token', async () => {
    const { sandbox, clock } = await open();
    const { apig } = sandbox;
    const url = `${apig.url}${ORDERS}?offset=0&limit=3`;
    const key = { key: apig.appKey, secret: apig.appSecret };
    const signed = (atMs: number) => signRequest({ method: 'GET', url, headers: {}, body: null }, key, atMs).headers;
    const status = async (headers: Record<string, string>): Promise<number> => (await fetch(url, { headers })).status;
    expect(await status({ 'x-apig-appcode': apig.appCode })).toBe(200);
    expect(await status(signed(clock.nowMs()))).toBe(200);
    expect(await status(signed(clock.nowMs() - 16 * 60_000))).toBe(401);
    expect(await status({ 'x-auth-token': apig.issueToken() })).toBe(200);
    expect(await status({ 'x-apig-appcode': 'guess' })).toBe(401);
  });

  it('ends a token after its life, or before', async () => {
    const { sandbox, clock } = await open({ tokenLifetimeMs: 60_000 });
    const headers = { 'x-auth-token': sandbox.apig.issueToken() };
    expect((await callApig(sandbox, ORDERS, headers)).status).toBe(200);
    await clock.advance(60_000);
    expect((await callApig(sandbox, ORDERS, headers)).body.error_code).toBe('APIG.0307');
  });

  it('has limits of its own for an API without a policy, for a domain and for models', async () => {
    const one = await open({ limits: { apiQps: 4 } });
    expect(await one.passed(6)).toBe(4);
    const two = await open({ limits: { apiQps: null, debugPerDay: 3 } });
    expect(await two.passed(4)).toBe(3);
    expect((await callApig(two.sandbox, ITEMS)).body.error_msg).toContain(
      'policy domain over ratelimit,limit:3,time:1 day',
    );
    const three = await open({ limits: { apiQps: null, modelPerDay: 3 } });
    expect(await three.passed(4)).toBe(3);
    expect((await callApig(three.sandbox, ITEMS)).body).toMatchObject({
      error_code: 'APIG.0308',
      error_msg: 'Daily quota exhausted',
    });
  });

  it('lists every record once', async () => {
    const { sandbox } = await open();
    const ids: string[] = [];
    for (let next: number | null = 0; next !== null; ) {
      const { body } = await callApig(sandbox, `${ORDERS}?offset=${next}&limit=100`);
      ids.push(...(body.items ?? []).map(({ id }) => id));
      next = body.next ?? null;
    }
    expect(ids).toEqual([...sandbox.apig.recordIds(ORDERS)]);
  });
});
