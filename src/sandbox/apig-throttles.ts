import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { SpecialThrottle } from '../platform/bundled/apig/budgets';
import { checkThrottlePolicy, type ThrottlePolicy } from '../platform/bundled/apig/policy';
import { type ApigError, apigError, invalidParameter } from './apig-error';

export interface PublishedApi {
  readonly id: string;
  readonly publishId: string;
  readonly path: string;
}

export interface HeldPolicy {
  readonly id: string;
  readonly createdAtMs: number;
  policy: ThrottlePolicy;
  /** By id. */
  readonly specials: Map<string, SpecialThrottle>;
}

export interface Binding {
  readonly id: string;
  readonly policyId: string;
  readonly api: PublishedApi;
  readonly boundAtMs: number;
}

type Result<Value> = { readonly value: Value } | { readonly error: ApigError };

const special = z.object({
  object_type: z.enum(['APP', 'USER']),
  object_id: z.string().min(1),
  call_limits: z.int().min(1).max(2_147_483_647),
});

/** The policies of the gateway, what they are bound to, and who has a figure of their own. */
export class Throttles {
  readonly apis: readonly PublishedApi[];
  readonly #seed: string;
  readonly #policiesMax: number;
  readonly #policies = new Map<string, HeldPolicy>();
  /** One policy for each API: the only environment is RELEASE. By binding id. */
  readonly #bindings = new Map<string, Binding>();
  #made = 0;

  constructor(parts: { seed: string; paths: readonly string[]; policiesMax: number }) {
    this.#seed = `${parts.seed}/apig`;
    this.#policiesMax = parts.policiesMax;
    this.apis = parts.paths.map((path) => ({
      id: this.#hex(`api${path}`),
      publishId: this.#hex(`publish${path}`),
      path,
    }));
  }

  list(): HeldPolicy[] {
    return [...this.#policies.values()];
  }

  get(id: string): Result<HeldPolicy> {
    const held = this.#policies.get(id);
    return held ? { value: held } : { error: apigError('APIG.3005') };
  }

  create(body: unknown, nowMs: number): Result<HeldPolicy> {
    const checked = this.#check(body, null);
    if ('error' in checked) return checked;
    if (this.#policies.size >= this.#policiesMax) return { error: apigError('APIG.3107') };
    const held = { id: this.#newId('throttle'), createdAtMs: nowMs, policy: checked.value, specials: new Map() };
    this.#policies.set(held.id, held);
    return { value: held };
  }

  update(id: string, body: unknown): Result<HeldPolicy> {
    const held = this.get(id);
    if ('error' in held) return held;
    const checked = this.#check(body, id);
    if ('error' in checked) return checked;
    held.value.policy = checked.value;
    return held;
  }

  remove(id: string): Result<null> {
    const held = this.get(id);
    if ('error' in held) return held;
    if (this.boundTo(id).length > 0) return { error: apigError('APIG.3451') };
    this.#policies.delete(id);
    return { value: null };
  }

  /** A policy that was there before is replaced: an API has one in its environment. */
  bind(id: string, publishIds: readonly string[], nowMs: number): Result<Binding[]> {
    const held = this.get(id);
    if ('error' in held) return held;
    const apis = publishIds.map((publishId) => this.apis.find((api) => api.publishId === publishId));
    if (apis.some((api) => api === undefined)) return { error: invalidParameter('publish_ids') };
    const bound = apis.flatMap((api) => {
      if (!api) return [];
      const before = this.#bindingOf(api.path);
      if (before) this.#bindings.delete(before.id);
      const binding = { id: this.#newId('binding'), policyId: id, api, boundAtMs: nowMs };
      this.#bindings.set(binding.id, binding);
      return [binding];
    });
    return { value: bound };
  }

  unbind(bindingId: string): Result<null> {
    return this.#bindings.delete(bindingId) ? { value: null } : { error: apigError('APIG.3012') };
  }

  boundTo(policyId: string): Binding[] {
    return [...this.#bindings.values()].filter((binding) => binding.policyId === policyId);
  }

  /** The policy that limits an API; null where the gateway's own limit does. */
  policyOf(path: string): HeldPolicy | null {
    const binding = this.#bindingOf(path);
    return (binding && this.#policies.get(binding.policyId)) ?? null;
  }

  addSpecial(policyId: string, body: unknown): Result<readonly [string, SpecialThrottle]> {
    const held = this.get(policyId);
    if ('error' in held) return held;
    const parsed = special.safeParse(body);
    if (!parsed.success) return { error: invalidParameter(String(parsed.error.issues[0]?.path[0] ?? 'body')) };
    const { specials } = held.value;
    const isThere = [...specials.values()].some(
      ({ object_id, object_type }) => object_id === parsed.data.object_id && object_type === parsed.data.object_type,
    );
    if (isThere) return { error: apigError('APIG.3308') };
    const id = this.#newId('special');
    specials.set(id, parsed.data);
    return { value: [id, parsed.data] };
  }

  changeSpecial(policyId: string, id: string, body: unknown): Result<readonly [string, SpecialThrottle]> {
    const held = this.get(policyId);
    if ('error' in held) return held;
    const before = held.value.specials.get(id);
    if (!before) return { error: apigError('APIG.3013') };
    const parsed = special.pick({ call_limits: true }).safeParse(body);
    if (!parsed.success) return { error: invalidParameter('call_limits') };
    const changed = { ...before, ...parsed.data };
    held.value.specials.set(id, changed);
    return { value: [id, changed] };
  }

  removeSpecial(policyId: string, id: string): Result<null> {
    const held = this.get(policyId);
    if ('error' in held) return held;
    return held.value.specials.delete(id) ? { value: null } : { error: apigError('APIG.3013') };
  }

  #check(body: unknown, own: string | null): Result<ThrottlePolicy> {
    const checked = checkThrottlePolicy(body);
    if (checked.kind === 'invalid') return { error: invalidParameter(checked.faults[0].parameter) };
    const { policy } = checked;
    const isTaken = this.list().some(({ id, policy: { name } }) => id !== own && name === policy.name);
    return isTaken ? { error: apigError('APIG.3204') } : { value: policy };
  }

  #bindingOf(path: string): Binding | undefined {
    return [...this.#bindings.values()].find(({ api }) => api.path === path);
  }

  #newId(kind: string): string {
    this.#made += 1;
    return this.#hex(`${kind}/${this.#made}`);
  }

  #hex(name: string): string {
    return createHash('sha256').update(`${this.#seed}/${name}`).digest('hex').slice(0, 32);
  }
}
