import type { SpecialThrottle } from '../platform/bundled/apig/budgets';
import type { Received } from './answer';
import { type ApigError, apigError, invalidParameter, invalidQuery } from './apig-error';
import type { Binding, HeldPolicy, Throttles } from './apig-throttles';
import { jsonOf } from './json';

/** What the control plane says: a body, or an error. */
export type ControlAnswer = { readonly status: number; readonly body: object | string } | { readonly error: ApigError };

type Request = Pick<Received, 'method' | 'query' | 'body' | 'atMs'>;

/** Answers what stands below the gateway's own path: `/throttles/{id}`, `/throttle-bindings`. */
export function answerControl(throttles: Throttles, path: string, request: Request): ControlAnswer {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const [collection, ...rest] = parts;
  if (collection === 'throttles') return answerPolicies(throttles, rest, request);
  if (collection === 'throttle-bindings') return answerBindings(throttles, rest, request);
  return { error: apigError('APIG.1005') };
}

function answerPolicies(throttles: Throttles, [id, sub, special]: readonly string[], request: Request): ControlAnswer {
  const { method, query, atMs } = request;
  const body = jsonOf(request.body);
  if (id === undefined) {
    if (method === 'GET') return listPolicies(throttles, query);
    if (method === 'POST') return told(throttles.create(body, atMs), 201, (held) => policyBody(throttles, held));
    return { error: apigError('APIG.1005') };
  }
  if (sub === 'throttle-specials') return answerSpecials(throttles, { policyId: id, id: special }, request);
  switch (method) {
    case 'GET':
      return told(throttles.get(id), 200, (held) => policyBody(throttles, held));
    case 'PUT':
      return told(throttles.update(id, body), 200, (held) => policyBody(throttles, held));
    case 'DELETE':
      return told(throttles.remove(id), 204, () => '');
    default:
      return { error: apigError('APIG.1005') };
  }
}

function answerSpecials(
  throttles: Throttles,
  { policyId, id }: { policyId: string; id: string | undefined },
  { method, query, body: text, atMs }: Request,
): ControlAnswer {
  const body = jsonOf(text);
  const show = ([key, one]: readonly [string, SpecialThrottle]): object =>
    specialBody(policyId, { id: key, atMs }, one);
  if (id === undefined && method === 'POST') return told(throttles.addSpecial(policyId, body), 201, show);
  if (id === undefined && method === 'GET')
    return told(throttles.get(policyId), 200, ({ specials }) =>
      page('throttle_specials', [...specials].map(show), query),
    );
  if (id !== undefined && method === 'PUT') return told(throttles.changeSpecial(policyId, id, body), 200, show);
  if (id !== undefined && method === 'DELETE') return told(throttles.removeSpecial(policyId, id), 204, () => '');
  return { error: apigError('APIG.1005') };
}

function answerBindings(throttles: Throttles, [id]: readonly string[], request: Request): ControlAnswer {
  const { method, query, body, atMs } = request;
  if (method === 'GET' && id === 'binded-apis') {
    const policyId = query.get('throttle_id') ?? '';
    if (policyId === '') return { error: invalidQuery('throttle_id') };
    return told(throttles.get(policyId), 200, ({ policy: { name } }) =>
      page(
        'apis',
        throttles.boundTo(policyId).map((binding) => apiBody(binding, name)),
        query,
      ),
    );
  }
  if (method === 'DELETE' && id !== undefined) return told(throttles.unbind(id), 204, () => '');
  if (id !== undefined) return { error: apigError('APIG.1005') };
  if (method === 'POST') return bind(throttles, jsonOf(body), atMs);
  if (method === 'PUT' && query.get('action') === 'delete') return unbindMany(throttles, jsonOf(body));
  return { error: invalidParameter('action') };
}

function bind(throttles: Throttles, body: unknown, atMs: number): ControlAnswer {
  const policyId = Reflect.get(Object(body) as object, 'strategy_id') as unknown;
  const publishIds = textsAt(body, 'publish_ids');
  if (typeof policyId !== 'string') return { error: invalidParameter('strategy_id') };
  if (!publishIds) return { error: invalidParameter('publish_ids') };
  return told(throttles.bind(policyId, publishIds, atMs), 201, (bound) => ({
    throttle_applys: bound.map(({ id, api }) => ({
      publish_id: api.publishId,
      scope: 1,
      strategy_id: policyId,
      apply_time: instant(atMs),
      id,
    })),
  }));
}

/** What fails does not keep the others from it. */
function unbindMany(throttles: Throttles, body: unknown): ControlAnswer {
  const ids = textsAt(body, 'throttle_bindings') ?? [];
  const failure = ids.flatMap((bind_id) => {
    const done = throttles.unbind(bind_id);
    return 'error' in done ? [{ bind_id, error_code: done.error.code, error_msg: done.error.text }] : [];
  });
  return { status: 200, body: { failure, success_count: ids.length - failure.length } };
}

function listPolicies(throttles: Throttles, query: URLSearchParams): ControlAnswer {
  const [id, name, isPrecise] = [query.get('id'), query.get('name'), query.get('precise_search') === 'name'];
  const found = throttles
    .list()
    .filter((held) => id === null || held.id === id)
    .filter(({ policy }) => name === null || (isPrecise ? policy.name === name : policy.name.includes(name)));
  return {
    status: 200,
    body: page(
      'throttles',
      found.map((held) => policyBody(throttles, held)),
      query,
    ),
  };
}

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 500;

/** The vendor's rule for what is out of range: offset below 0 is 0, limit below 1 is 20 and above 500 is 500. */
function page(key: string, all: readonly object[], query: URLSearchParams): object {
  const offset = Math.max(0, Number(query.get('offset') ?? 0) || 0);
  const asked = Number(query.get('limit') ?? LIMIT_DEFAULT) || LIMIT_DEFAULT;
  const limit = asked <= 0 ? LIMIT_DEFAULT : Math.min(asked, LIMIT_MAX);
  const entries = all.slice(offset, offset + limit);
  return { total: all.length, size: entries.length, [key]: entries };
}

function policyBody(throttles: Throttles, { id, policy, createdAtMs, specials }: HeldPolicy): object {
  return {
    type: 1,
    enable_adaptive_control: 'FALSE',
    ...policy,
    id,
    bind_num: throttles.boundTo(id).length,
    is_inclu_special_throttle: specials.size > 0 ? 1 : 2,
    create_time: instant(createdAtMs),
  };
}

function apiBody({ id, api, boundAtMs }: Binding, policyName: string): object {
  return {
    run_env_name: 'RELEASE',
    run_env_id: 'DEFAULT_ENVIRONMENT_RELEASE_ID',
    group_name: 'sandbox',
    publish_id: api.publishId,
    throttle_apply_id: id,
    apply_time: instant(boundAtMs),
    name: api.path.slice(1).replaceAll('/', '_'),
    id: api.id,
    type: 1,
    throttle_name: policyName,
    auth_type: 'APP',
    req_method: 'GET',
    req_uri: api.path,
  };
}

function specialBody(throttleId: string, { id, atMs }: { id: string; atMs: number }, given: SpecialThrottle): object {
  return { ...given, object_name: given.object_id, throttle_id: throttleId, apply_time: instant(atMs), id };
}

function told<Value>(
  result: { readonly value: Value } | { readonly error: ApigError },
  status: number,
  show: (value: Value) => object | string,
): ControlAnswer {
  return 'error' in result ? result : { status, body: show(result.value) };
}

function textsAt(body: unknown, key: string): string[] | null {
  const list = Reflect.get(Object(body) as object, key) as unknown;
  return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : null;
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
