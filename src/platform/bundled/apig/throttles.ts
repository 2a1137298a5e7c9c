import { z } from 'zod';
import type { SpecialThrottle } from './budgets';
import { type ControlAction, type ControlPage, pageAt } from './control';
import type { ThrottlePolicy } from './policy';

/** A policy as the service tells it: the parameters, and what it adds. Kept whole. */
export type LivePolicy = z.output<typeof livePolicy>;

/** An API that a policy is bound to. */
export type BoundApi = z.output<typeof boundApi>;

export type LiveSpecial = z.output<typeof liveSpecial>;

/** What unbinding many did: some may have failed. */
export type Unbound = z.output<typeof unbound>;

const livePolicy = z.looseObject({ id: z.string(), name: z.string() });

/** Source: https://support.huaweicloud.com/intl/en-us/api-apig/ListApisBindedToRequestThrottlingPolicyV2.html; newer gateways add the method. */
const boundApi = z.looseObject({
  id: z.string(),
  name: z.string().optional(),
  req_uri: z.string(),
  req_method: z.string().optional(),
  run_env_name: z.string(),
  publish_id: z.string().optional(),
  throttle_apply_id: z.string(),
});

const liveSpecial = z.looseObject({
  id: z.string(),
  call_limits: z.int().positive(),
  object_id: z.string(),
  object_type: z.enum(['APP', 'USER']),
});

const binding = z.looseObject({ id: z.string(), publish_id: z.string(), strategy_id: z.string() });

const unbound = z.looseObject({
  success_count: z.int(),
  failure: z
    .array(z.looseObject({ bind_id: z.string(), error_code: z.string(), error_msg: z.string() }))
    .nullish()
    .transform((failure) => failure ?? []),
});

const nothing = z.unknown().transform(() => null);

export function listPolicies(offset: number, name?: string): ControlAction<ControlPage<LivePolicy>> {
  // Without precise_search a name finds all that hold it.
  const filter = name === undefined ? {} : { name, precise_search: 'name' };
  return {
    method: 'GET',
    path: '/throttles',
    query: { ...pageAt(offset), ...filter },
    answer: page('throttles', livePolicy),
  };
}

export function getPolicy(id: string): ControlAction<LivePolicy> {
  return { method: 'GET', path: policyPath(id), answer: livePolicy };
}

export function createPolicy(policy: ThrottlePolicy): ControlAction<LivePolicy> {
  return { method: 'POST', path: '/throttles', body: policy, answer: livePolicy };
}

export function updatePolicy(id: string, policy: ThrottlePolicy): ControlAction<LivePolicy> {
  return { method: 'PUT', path: policyPath(id), body: policy, answer: livePolicy };
}

export function deletePolicy(id: string): ControlAction<null> {
  return { method: 'DELETE', path: policyPath(id), answer: nothing };
}

export function bindPolicy(id: string, publishIds: readonly string[]): ControlAction<{ throttle_applys: object[] }> {
  return {
    method: 'POST',
    path: '/throttle-bindings',
    body: { strategy_id: id, publish_ids: publishIds },
    answer: z.looseObject({ throttle_applys: z.array(binding) }),
  };
}

export function unbindOne(bindId: string): ControlAction<null> {
  return { method: 'DELETE', path: `/throttle-bindings/${encodeURIComponent(bindId)}`, answer: nothing };
}

/** Source, also of the query: https://support.huaweicloud.com/intl/en-us/api-apig/BatchDisassociateThrottlingPolicyV2.html */
export function unbindMany(bindIds: readonly string[]): ControlAction<Unbound> {
  return {
    method: 'PUT',
    path: '/throttle-bindings',
    query: { action: 'delete' },
    body: { throttle_bindings: bindIds },
    answer: unbound,
  };
}

export function listBoundApis(policyId: string, offset: number): ControlAction<ControlPage<BoundApi>> {
  return {
    method: 'GET',
    path: '/throttle-bindings/binded-apis',
    query: { ...pageAt(offset), throttle_id: policyId },
    answer: page('apis', boundApi),
  };
}

export function listSpecials(policyId: string, offset: number): ControlAction<ControlPage<LiveSpecial>> {
  return {
    method: 'GET',
    path: specialsPath(policyId),
    query: pageAt(offset),
    answer: page('throttle_specials', liveSpecial),
  };
}

export function createSpecial(policyId: string, special: SpecialThrottle): ControlAction<LiveSpecial> {
  return { method: 'POST', path: specialsPath(policyId), body: special, answer: liveSpecial };
}

/** Only the figure can be changed. */
export function updateSpecial(policyId: string, id: string, callLimits: number): ControlAction<LiveSpecial> {
  const path = `${specialsPath(policyId)}/${encodeURIComponent(id)}`;
  return { method: 'PUT', path, body: { call_limits: callLimits }, answer: liveSpecial };
}

export function deleteSpecial(policyId: string, id: string): ControlAction<null> {
  return { method: 'DELETE', path: `${specialsPath(policyId)}/${encodeURIComponent(id)}`, answer: nothing };
}

function policyPath(id: string): string {
  return `/throttles/${encodeURIComponent(id)}`;
}

function specialsPath(policyId: string): string {
  return `${policyPath(policyId)}/throttle-specials`;
}

/** An empty list may be told as null. */
function page<Entry>(key: string, entry: z.ZodType<Entry>): z.ZodType<ControlPage<Entry>> {
  return z
    .looseObject({ total: z.int(), [key]: z.array(entry).nullish() })
    .transform((found) => ({ total: found['total'] as number, entries: (found[key] ?? []) as Entry[] }));
}
