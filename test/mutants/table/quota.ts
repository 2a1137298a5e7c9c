import type { Mutant } from '../mutant';

/** What breaks the count of what was drawn from a quota. */
export const QUOTA_MUTANTS: readonly Mutant[] = [
  {
    name: 'the quota is debited after the call',
    file: 'src/store/ledger.ts',
    find: `reserved = reserved + :amount WHERE \${OF_WINDOW}\`);
    this.#giveBack = db.prepare(\`
      UPDATE offpeak_ledger SET reserved = reserved - :amount WHERE \${OF_WINDOW} AND reserved >= :amount\`);
    this.#spend = db.prepare(\`
      UPDATE offpeak_ledger SET used = used + :spent, reserved = reserved - :amount
      WHERE \${OF_WINDOW} AND reserved >= :amount\`);`,
    replace: `used = used + 0 * :amount WHERE \${OF_WINDOW}\`);
    this.#giveBack = db.prepare(\`UPDATE offpeak_ledger SET used = used - 0 * :amount WHERE \${OF_WINDOW}\`);
    this.#spend = db.prepare(\`UPDATE offpeak_ledger SET used = used + :spent WHERE \${OF_WINDOW}\`);`,
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a new process takes the short windows for empty',
    file: 'src/cli/gateways.ts',
    find: 'fullAtMs: lastSentMs(lease, clock),',
    replace: 'fullAtMs: -Infinity,',
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a reservation is not waited for',
    file: 'src/cli/gateways.ts',
    find: 'reserve: (blocks) => store.ledger.reserve({ platform: name, blocks, fence, nowMs: clock.nowMs() }),',
    replace: `reserve: (blocks) => {
        store.ledger.reserve({ platform: name, blocks, fence, nowMs: clock.nowMs() }).catch(() => undefined);
        const granted = blocks.map(({ draw, window, needed }) => {
          const scopeKey = Object.entries(draw.scope).map((name) => name.join('=')).join(';');
          const drawn = { platform: name, budget: draw.budget.name, scopeKey, windowKey: window.key, amount: needed };
          return { drawn, left: 0 };
        });
        return Promise.resolve({ kind: 'reserved', blocks: granted });
      },`,
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'what a dead process had reserved is given back',
    file: 'src/store/ledger.ts',
    find: 'SET used = used + reserved, reserved = 0 WHERE reserved > 0',
    replace: 'SET reserved = 0 WHERE reserved > 0',
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a quota allows one call too many',
    file: 'src/store/ledger.ts',
    find: 'return Math.max(0, window.limit - (drawn ?? 0));',
    replace: 'return Math.max(0, window.limit + 1 - (drawn ?? 0));',
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a lower limit in the config counts from tomorrow',
    file: 'src/store/ledger.ts',
    find: 'return Math.max(0, window.limit - (drawn ?? 0));',
    replace: 'return Math.max(0, (row?.limit_ ?? window.limit) - (drawn ?? 0));',
    breaks: 'G3',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'the ledger forgets the present day',
    file: 'src/store/ledger.ts',
    find: 'windowsBeforeMs: nowMs - LEDGER_KEPT_MS,',
    replace: 'windowsBeforeMs: nowMs + LEDGER_KEPT_MS,',
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'what was reserved and not sent is never given back',
    file: 'src/store/ledger.ts',
    find: 'for (const drawn of settlement.unsent) {',
    replace: 'for (const drawn of settlement.unsent.slice(0, 0)) {',
    breaks: 'G4',
    killedBy: 'test/store/sqlite-store.test.ts',
  },
  {
    name: 'a lost reply counts as a call that was not sent',
    file: 'src/run/attempts.ts',
    find: "if (result.kind === 'failure' && !result.sent) permit.unsent();",
    replace: "if (result.kind === 'failure') permit.unsent();",
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a refused call is not counted',
    file: 'src/run/attempts.ts',
    find: "if (result.kind === 'failure' && !result.sent) permit.unsent();",
    replace:
      "if ((result.kind === 'failure' && !result.sent) || outcome.kind === 'park' || outcome.kind === 'pause') permit.unsent();",
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'a call that is tried again is counted once',
    file: 'src/run/attempts.ts',
    find: "if (result.kind === 'failure' && !result.sent) permit.unsent();",
    replace: "if ((result.kind === 'failure' && !result.sent) || outcome.kind === 'backoff') permit.unsent();",
    breaks: 'G3',
    killedBy: 'simulate',
  },
  {
    name: 'permits of a call that did not leave come back twice',
    file: 'src/run/attempts.ts',
    find: `    permit.unsent();
    permit.release();
    return put;`,
    replace: `    permit.unsent();
    permit.unsent();
    permit.release();
    return put;`,
    breaks: 'G3',
    killedBy: 'test/run/ledger.test.ts',
  },
  {
    name: 'permits of a day that is over are given back and kept',
    file: 'src/limit/quota-counter.ts',
    find: '      this.#stocks.delete(key);\n',
    replace: '',
    breaks: 'G3',
    killedBy: 'test/limit/refill.test.ts',
  },
  {
    name: 'a call near a reset draws on one day only',
    file: 'src/limit/quota.ts',
    find: 'if (first.key === last.key) {',
    replace: 'if (first.key <= last.key) {',
    breaks: 'G3',
    killedBy: 'test/limit/quota-day.test.ts',
  },
  {
    name: 'a step of the clock is believed at once',
    file: 'src/time/wall-range.ts',
    find: 'if (Math.abs(wallMs - monotonicMs - this.#offsetMs) <= STEP_MS)',
    replace: 'if (Math.abs(wallMs - monotonicMs - this.#offsetMs) <= Infinity)',
    breaks: 'G3',
    killedBy: 'test/limit/quota-day.test.ts',
  },
  {
    name: 'a date that is near to no clock of ours is not believed',
    file: 'src/time/wall-range.ts',
    find: '    if (farMs > BELIEVED_MS) {',
    replace: '    if (farMs > Infinity) {',
    breaks: 'G3',
    killedBy: 'test/limit/quota-day.test.ts',
  },
  {
    name: 'a call that the platform counted on another day stays where it was booked',
    file: 'src/limit/admission.ts',
    find: 'for (const missed of permit.missed(said)) await',
    replace: 'for (const missed of permit.missed(said).slice(0, 0)) await',
    breaks: 'G3',
    killedBy: 'test/limit/quota-day.test.ts',
  },
  {
    name: 'a clock between two others is forgotten',
    file: 'src/limit/quota.ts',
    find: 'const between = (now.betweenMs ?? [])',
    replace: 'const between = (now.betweenMs ?? []).slice(0, 0)',
    breaks: 'G3',
    killedBy: 'test/limit/quota-day.test.ts',
  },
  {
    name: 'the quota day turns over in UTC',
    file: 'src/time/window.ts',
    find: 'const local = DateTime.fromMillis(nowMs, { zone: rule.timezone });',
    replace: "const local = DateTime.fromMillis(nowMs, { zone: 'utc' });",
    breaks: 'G4',
    killedBy: 'test/time/window.test.ts',
  },
  {
    name: 'every quota day has 24 hours',
    file: 'src/time/window.ts',
    find: 'const end = startOf(start.startOf(unit).plus({ [unit]: 1 }));',
    replace:
      "const end = unit === 'day' ? start.plus({ hours: 24 }) : startOf(start.startOf(unit).plus({ [unit]: 1 }));",
    breaks: 'G4',
    killedBy: 'test/time/window.test.ts',
  },
  {
    name: 'a refusal on its way over the reset costs the new day',
    file: 'src/run/attempts.ts',
    find: 'return this.#day.endMs <= nowMs ? earliestMs : nowMs;',
    replace: 'return nowMs;',
    breaks: 'G4',
    killedBy: 'test/run/retry.test.ts',
  },
];
