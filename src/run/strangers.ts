import type { Park } from '../job/outcome';
import { keyInApp, scopeKey } from '../job/scope';
import { type Draw, isShort } from '../limit/budget';
import type { LearnedStore } from '../limit/learned';
import { type Ledger, leftOf } from '../limit/ledger';
import type { Clock } from '../time/clock';

export interface StrangersParts {
  readonly name: string;
  readonly ledger: Ledger;
  readonly learned: LearnedStore;
  readonly clock: Clock;
  readonly fence: number;
}

/**
 * The platform says that a quota is gone of which our ledger has some left: somebody else draws on it, or it is smaller
 * than configured. Kept for the operator to see; the hold of the scope is what stops the calls.
 */
export async function noticeStrangers(parts: StrangersParts, draws: readonly Draw[], refusal: Park): Promise<void> {
  const { name, ledger, learned, clock, fence } = parts;
  const refused = keyInApp(refusal.scope);
  const quotas = draws.filter(({ budget, scope }) => !isShort(budget) && keyInApp(scope) === refused);
  if (quotas.length === 0) return;
  const nowMs = clock.nowMs();
  const usage = await ledger.usage(nowMs, name);
  const rows = quotas.flatMap(({ budget, scope }) => {
    const row = usage.find((used) => used.budget === budget.name && used.scopeKey === scopeKey(scope));
    const strangers = row ? leftOf(row) : budget.limit;
    if (strangers === 0) return [];
    return [{ ...NOTHING, platform: name, budget: budget.name, scopeKey: scopeKey(scope), strangers }];
  });
  const about = { refusals: 1, refusedAtMs: nowMs, reason: refusal.reason, changedAtMs: nowMs };
  if (rows.length > 0)
    await learned.put(
      rows.map((row) => ({ ...row, ...about })),
      fence,
    );
}

const NOTHING = { limit: null, said: null, guardMs: null, guardRefusedMs: null, catchUpMax: null } as const;
