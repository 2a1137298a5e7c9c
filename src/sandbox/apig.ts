import { z } from 'zod';
import { signRequest } from '../platform/bundled/apig/signature';
import type { Answer, Finding, Received } from './answer';
import { answerControl } from './apig-control';
import { type ApigError, apigError, errorBody } from './apig-error';
import { type Caller, debugHeaders, drawsOf, refusalOf } from './apig-limits';
import type { ApigSettings } from './apig-options';
import { Throttles } from './apig-throttles';
import { AppTokens } from './app-token';
import { jsonOf } from './json';
import type { Quota } from './quota';
import { type PartFinding, reply, requestId, unmetered } from './reply';
import type { TwinParts } from './twin';

const TOKEN_API = 'iam.tokens';
const CONTROL_API = 'control';
const DEFAULT_SIZE = 20;
const SIZE_MAX = 100;
/** How far the date of a signature may be off, ms: the user guide's table of errors, APIG.0303. */
const SIGNED_OFF_MS = 15 * 60_000;
const CONTROL = /^\/v2\/([^/]+)\/(apigw|apic)\/instances\/([^/]+)(\/.*)$/;

const login = z.object({
  auth: z.object({
    identity: z.object({
      password: z.object({
        user: z.object({ name: z.string(), password: z.string(), domain: z.object({ name: z.string() }) }),
      }),
    }),
  }),
});

/** A gateway of Huawei Cloud with lists behind it, its control plane, and IAM's tokens for both: all on one port. */
export class Apig {
  readonly tokens: AppTokens;
  readonly throttles: Throttles;
  readonly #settings: ApigSettings;
  readonly #quota: Quota;
  readonly #seed: string;

  constructor(settings: ApigSettings, { seed, quota }: TwinParts) {
    this.#settings = settings;
    this.#quota = quota;
    this.#seed = seed;
    this.tokens = new AppTokens(`${seed}/apig`, settings.tokenLifetimeMs);
    const { policies: policiesMax } = settings.limits;
    this.throttles = new Throttles({ seed, paths: Object.keys(settings.apis), policiesMax });
  }

  answer(request: Received): Answer {
    if (request.path === '/v3/auth/tokens') return unmetered(this.#issueToken(request));
    const control = CONTROL.exec(request.path);
    return control ? unmetered(this.#control(request, control)) : this.#call(request);
  }

  *recordIds(path?: string): Generator<string> {
    for (const [name, { records }] of Object.entries(this.#settings.apis)) {
      if ((path ?? name) === name) for (let at = 0; at < records; at += 1) yield recordId(name, at);
    }
  }

  #issueToken({ body, atMs, n, method }: Received): Answer {
    const { userName, password, domain } = this.#settings;
    const given = login.safeParse(jsonOf(body)).data?.auth.identity.password.user;
    const isKnown = given?.name === userName && given.password === password && given.domain.name === domain;
    if (method !== 'POST' || !isKnown) {
      const error = { code: 401, message: 'The username or password is wrong.', title: 'Unauthorized' };
      return reply(401, { error, request_id: requestId(n) }, { api: TOKEN_API, verdict: 'denied' });
    }
    const { accessToken, expiresInMs } = this.tokens.issue(atMs);
    const token = { expires_at: new Date(atMs + expiresInMs).toISOString(), issued_at: new Date(atMs).toISOString() };
    const served = reply(201, { token }, { api: TOKEN_API, verdict: 'served' });
    return { ...served, headers: { 'x-subject-token': accessToken } };
  }

  #control(request: Received, [, projectId, , instanceId, path = '']: RegExpExecArray): Answer {
    const { headers, atMs, n } = request;
    const token = headers['x-auth-token'];
    if (typeof token !== 'string' || !this.tokens.isGood(token, atMs)) {
      return refused(apigError('APIG.1002'), n, { api: CONTROL_API, verdict: 'denied' });
    }
    if (projectId !== this.#settings.projectId || instanceId !== this.#settings.instanceId) {
      return refused(apigError('APIG.1005'), n, { api: CONTROL_API, verdict: 'denied' });
    }
    const answer = answerControl(this.throttles, path, request);
    if ('error' in answer) return refused(answer.error, n, { api: CONTROL_API, verdict: 'invalid' });
    return reply(answer.status, answer.body, { api: CONTROL_API, verdict: 'served' });
  }

  #call(request: Received): Answer {
    const { method, path, n, headers } = request;
    const api = `${method} ${path}`;
    const records = this.#settings.apis[path]?.records ?? this.#settings.otherRecords;
    if (records === null || method !== 'GET')
      return unmetered(refused(apigError('APIG.0101'), n, { api: 'unknown', verdict: 'invalid' }));
    const caller = this.#callerOf(request, api);
    if ('code' in caller) return unmetered(refused(caller, n, { api, verdict: 'denied' }));
    const { user, app, ip } = caller;
    const scope = { api, user, ip, ...(app === null ? {} : { app }) };
    const draws = drawsOf(caller, this.throttles.policyOf(path), this.#settings);
    const at = { wallMs: request.atMs, monotonicMs: request.monotonicMs };
    const spent = this.#quota.take(draws, at);
    const over = draws.find((draw) => draw === spent);
    const told = headers['x-apig-mode'] === 'debug' ? debugHeaders(draws, this.#quota, at) : {};
    if (over) {
      const finding = { api, scope, verdict: 'refused', budget: over.budget } as const;
      return { ...refused(refusalOf(over), n, finding), headers: told };
    }
    return { ...this.#page(request, { api, scope, records }), headers: told };
  }

  /** By AppCode, by signature, or by an IAM token. */
  #callerOf(request: Received, api: string): Caller | ApigError {
    const { appCode, appId, userId } = this.#settings;
    const known = { api, user: userId, ip: 'loopback' };
    const { headers, atMs } = request;
    const token = headers['x-auth-token'];
    if (typeof token === 'string') {
      return this.tokens.isGood(token, atMs) ? { ...known, app: null } : apigError('APIG.0307');
    }
    const isApp = headers['x-apig-appcode'] === appCode || this.#isSigned(request);
    return isApp ? { ...known, app: appId } : apigError('APIG.0303');
  }

  #isSigned({ method, path, query, headers, body, atMs }: Received): boolean {
    const { appKey: key, appSecret } = this.#settings;
    const date = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(textOf(headers['x-sdk-date']));
    if (!date || method !== 'GET') return false;
    const [, year, month, day, hour, minute, second] = date;
    const signedAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!(Math.abs(signedAtMs - atMs) <= SIGNED_OFF_MS)) return false;
    const text = query.toString();
    const url = `http://${textOf(headers['host'])}${path}${text === '' ? '' : `?${text}`}`;
    const type = headers['content-type'];
    const request = { method, url, headers: type ? { 'content-type': textOf(type) } : {}, body } as const;
    const signed = signRequest(request, { key, secret: appSecret }, signedAtMs);
    return signed.headers['authorization'] === headers['authorization'];
  }

  #page(
    { query, n }: Received,
    { api, scope, records }: { api: string; scope: Finding['scope']; records: number },
  ): Answer {
    const offset = Number(query.get('offset') ?? 0);
    const size = Number(query.get('limit') ?? DEFAULT_SIZE);
    if (!Number.isInteger(offset) || offset < 0 || !(size >= 1 && size <= SIZE_MAX)) {
      const body = { code: 'BAD_PAGE', message: `expected an offset from 0 and a limit from 1 to ${SIZE_MAX}` };
      return reply(400, { ...body, request_id: requestId(n) }, { api, scope, verdict: 'invalid' });
    }
    const path = api.slice('GET '.length);
    const end = Math.min(records, offset + size);
    const items: object[] = [];
    for (let at = offset; at < end; at += 1) items.push({ id: recordId(path, at), note: `${this.#seed}/${at}` });
    const next = end < records ? end : null;
    const finding = { api, scope, verdict: 'served', recordCount: items.length } as const;
    const page = `${api} from ${offset} size ${size}`;
    return reply(200, { total: records, items, next }, { ...finding, page });
  }
}

function recordId(path: string, at: number): string {
  return `${path.slice(1).replaceAll('/', '-')}-${String(at).padStart(7, '0')}`;
}

function refused(error: ApigError, n: number, finding: PartFinding): Answer {
  return reply(error.status, errorBody(error, n), finding);
}

function textOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
