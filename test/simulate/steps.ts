/** The moments at which a process may die, by name; most stand before or after a method of the store. */
export const STEPS = {
  'before-debit': 'ledger.reserve before',
  'after-debit': 'ledger.reserve after',
  'before-send': 'http.attempt before',
  'after-send': 'http.attempt sent',
  'after-reply': 'http.attempt after',
  'before-commit': 'runs.commitPage before',
  'after-commit': 'runs.commitPage after',
  'at-decision': 'runs.decide after',
  'at-start': 'runs.start after',
  'before-claim': 'runs.claim before',
  'at-claim': 'runs.claim after',
  'before-end-of-turn': 'runs.endTurn before',
  'at-end-of-turn': 'runs.endTurn after',
  'before-settle': 'runs.settle before',
  'at-settle': 'runs.settle after',
  'at-hold': 'holds.put after',
  'before-lease-renewal': 'lease.renew before',
  'at-lease-renewal': 'lease.renew after',
  'before-recovery': 'runs.recover before',
  'at-recovery': 'runs.recover after',
} as const;

export type StepName = keyof typeof STEPS;
