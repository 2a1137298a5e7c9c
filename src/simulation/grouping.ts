import type { Partition } from '../job/partition';
import { type Budget, isShort } from '../limit/budget';
import type { Share, Work } from './work';

/**
 * Jobs whose partitions stand for several users each: as many calls in fewer turns. Each job keeps enough partitions to go
 * on side by side as it does in earnest.
 */
export function grouped(works: readonly Work[], usersPerPartition: number): Work[] {
  if (usersPerPartition === 1) return [...works];
  return works.map((work) => ({ ...work, partitions: merged(work.partitions, usersPerPartition) }));
}

/**
 * How many users may share a partition: where the quota of a user of its own may run out each user is simulated alone.
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

/** What runs side by side by default. */
const PARTITIONS_MIN = 8;
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

function merged(partitions: readonly Share<Partition>[], usersPerPartition: number): Share<Partition>[] {
  const users = partitions.filter(({ of }) => of.scope.user !== undefined);
  const groups = Math.min(users.length, Math.max(PARTITIONS_MIN, Math.ceil(users.length / usersPerPartition)));
  const found: { of: Partition; share: number }[] = partitions.filter(({ of }) => of.scope.user === undefined);
  for (let group = 0; group < groups; group += 1) {
    const own = users.slice(startOf(group, groups, users.length), startOf(group + 1, groups, users.length));
    const [first] = own;
    if (first) found.push({ of: first.of, share: own.reduce((sum, { share }) => sum + share, 0) });
  }
  return found;
}

function startOf(group: number, groups: number, users: number): number {
  return Math.floor((group * users) / groups);
}
