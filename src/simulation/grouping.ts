import type { Partition } from '../job/partition';
import { type Scope, scopeKey } from '../job/scope';
import { type Budget, isShort } from '../limit/budget';
import type { Share, Work } from './work';

/** Jobs whose partitions stand for several users each: as many calls in fewer turns. */
export function grouped(works: readonly Work[], usersPerPartition: number): Work[] {
  if (usersPerPartition === 1) return [...works];
  const users = usersOf(works);
  const groupOf = new Map(users.map((user, at) => [user, users[at - (at % usersPerPartition)] ?? user]));
  return works.map((work) => ({ ...work, partitions: merged(work.partitions, groupOf) }));
}

/**
 * How many users may share a partition: so many partitions must stay that turns side by side find work, and where the
 * quota of a user of its own may run out each user is simulated alone.
 */
export function usersPerPartitionMax(
  works: readonly Work[],
  budgets: readonly Budget[],
  runsPerDay: RunsPerDay,
): number {
  const perUser = budgets.filter((budget) => budget.scope.includes('user') && !isShort(budget));
  const most = Math.max(0, ...callsPerDay(works, runsPerDay).values());
  if (perUser.some(({ limit }) => most > limit * SAFE_SHARE)) return 1;
  return Math.max(1, Math.floor(usersOf(works).length / PARTITIONS_MIN));
}

type RunsPerDay = (work: Work) => number;

const PARTITIONS_MIN = 32;
const SAFE_SHARE = 0.75;

/** By user. */
function callsPerDay(works: readonly Work[], runsPerDay: RunsPerDay): Map<string, number> {
  const calls = new Map<string, number>();
  for (const work of works) {
    const perDay = work.calls * runsPerDay(work);
    for (const { of, share } of work.partitions) {
      const user = of.scope.user ?? '';
      calls.set(user, (calls.get(user) ?? 0) + share * perDay);
    }
  }
  calls.delete('');
  return calls;
}

function usersOf(works: readonly Work[]): string[] {
  const users = works.flatMap(({ partitions }) => partitions.map(({ of }) => of.scope.user));
  return [...new Set(users.filter((user) => user !== undefined))].sort();
}

function merged(partitions: readonly Share<Partition>[], groupOf: ReadonlyMap<string, string>): Share<Partition>[] {
  const found = new Map<string, { of: Partition; share: number }>();
  for (const { of, share } of partitions) {
    const { user } = of.scope;
    const scope: Scope = user === undefined ? of.scope : { ...of.scope, user: groupOf.get(user) ?? user };
    const key = user === undefined ? of.key : scopeKey(scope);
    const known = found.get(key);
    found.set(key, { of: known?.of ?? { key: of.key, scope }, share: share + (known?.share ?? 0) });
  }
  return [...found.values()];
}
