import { z } from 'zod';
import type { Answer, Received } from './answer';
import { limitOption } from './option';
import type { Draw, Quota } from './quota';

/** Source of figures and page: open.dingtalk.com, how-to-process-api-throttling-on-the-dingtalk-server. */
const WINDOW_MS = 20_000;
const BAN_MS = 300_000;
const MARK = '{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"sandbox"}';

/** Options of a twin that stands behind DingTalk's gateway. */
export const ipLimitOption = limitOption.default(10_000);
/** No page says which HTTP status the ban has. */
export const banStatusOption = z.union([z.literal(200), z.literal(403)]).default(403);

/** How DingTalk's gateway punishes an address: after too many calls in 20 s it answers everything with a page, for 5 minutes. */
export class IpBan {
  readonly #quota: Quota;
  readonly #draw: Draw | null;
  readonly #status: number;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor({ quota, limit, status }: { quota: Quota; limit: number | null; status: number }) {
    this.#quota = quota;
    const per = { windowMs: WINDOW_MS, counter: { kind: 'sliding' } } as const;
    this.#draw = limit === null ? null : { budget: 'ip-20s', scope: { ip: 'own' }, limit, per };
    this.#status = status;
  }

  /** Counts the call. The page where the address is banned, null where the call goes on. */
  check({ atMs, monotonicMs }: Received, api: string): Answer | null {
    if (this.#draw === null) return null;
    if (monotonicMs >= this.#untilMs) {
      if (this.#quota.take([this.#draw], { wallMs: atMs, monotonicMs }) === null) return null;
      this.#untilMs = monotonicMs + BAN_MS;
    }
    const { budget, scope } = this.#draw;
    return {
      status: this.#status,
      body: `<!DOCTYPE html><html><body><script>window._config_ = ${MARK};</script></body></html>`,
      contentType: 'text/html;charset=utf-8',
      metered: true,
      finding: { api, scope, verdict: 'refused', budget, page: null, recordCount: 0 },
    };
  }
}
