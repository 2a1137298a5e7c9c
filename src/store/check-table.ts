import type { Database } from 'better-sqlite3';
import type { StoreFinding } from './finding';

/** Rows named of what breaks one rule. */
const NAMED_MAX = 3;

/** What must hold between tables, and what no CHECK can say. */
interface Rule {
  readonly code: string;
  readonly severity: StoreFinding['severity'];
  readonly says: string;
  /** Names each row that breaks it. */
  readonly sql: string;
  readonly todo: string;
}

const CHECKPOINT = "c.job || '/' || c.partition";
const WINDOW = "l.platform || ' ' || l.budget || ' [' || l.scope_key || '] ' || l.window_key";

const RULES: readonly Rule[] = [
  {
    code: 'reference-broken',
    severity: 'error',
    says: 'a row refers to one that is not there',
    sql: `SELECT DISTINCT "table" || ' to ' || parent FROM pragma_foreign_key_check`,
    todo: 'Bring back a backup: somebody changed the database by other means.',
  },
  {
    code: 'checkpoint-history',
    severity: 'error',
    says: 'the checkpoint is not the newest one of its history',
    sql: `
      SELECT ${CHECKPOINT} FROM offpeak_checkpoint c
      WHERE (c.version > 0 AND NOT EXISTS (
          SELECT 1 FROM offpeak_checkpoint_version v
          WHERE v.job = c.job AND v.partition = c.partition AND v.version = c.version
            AND v.cursor IS c.cursor AND v.bookmark IS c.bookmark))
        OR EXISTS (
          SELECT 1 FROM offpeak_checkpoint_version v
          WHERE v.job = c.job AND v.partition = c.partition AND v.version > c.version)
        OR (c.version = 0 AND (c.cursor IS NOT NULL OR c.bookmark IS NOT NULL))`,
    todo: 'Look at it with `offpeak state show`, and set it with `offpeak state set`.',
  },
  {
    code: 'checkpoint-fence',
    severity: 'error',
    says: 'the checkpoint was written by a later holder than the lease knows',
    sql: `
      SELECT ${CHECKPOINT} FROM offpeak_checkpoint c
      WHERE c.fence > COALESCE((SELECT fence FROM offpeak_lease), 0)`,
    todo: 'Bring back a backup: the lease was set back.',
  },
  {
    code: 'checkpoint-running',
    severity: 'error',
    says: 'the checkpoint is under way, but no run of its job is',
    sql: `
      SELECT ${CHECKPOINT} FROM offpeak_checkpoint c
      WHERE c.status = 'running' AND NOT EXISTS (
        SELECT 1 FROM offpeak_run r JOIN offpeak_run_partition p ON p.run_id = r.id
        WHERE r.job = c.job AND p.state = 'running')`,
    todo: 'Start Offpeak: it puts down what nobody works on.',
  },
  {
    code: 'run-ended',
    severity: 'error',
    says: 'the run has ended, but one of its partitions has not',
    sql: `
      SELECT DISTINCT r.job || ' run ' || r.id FROM offpeak_run r JOIN offpeak_run_partition p ON p.run_id = r.id
      WHERE (r.state IN ('done', 'failed') AND p.state NOT IN ('done', 'failed'))
        OR (r.state = 'canceled' AND p.state = 'parked')
        OR (r.state = 'done' AND p.state = 'failed')`,
    todo: 'Report this as a bug. The next run of the job goes on from its checkpoint.',
  },
  {
    code: 'run-parked',
    severity: 'error',
    says: 'the run is parked, but none of its partitions is: nothing would take it up',
    sql: `
      SELECT r.job || ' run ' || r.id FROM offpeak_run r
      WHERE r.state = 'parked' AND NOT EXISTS (
        SELECT 1 FROM offpeak_run_partition p WHERE p.run_id = r.id AND p.state = 'parked')`,
    todo: 'Report this as a bug. `offpeak run` takes the run up.',
  },
  {
    code: 'ledger-window',
    severity: 'error',
    says: 'the window of the ledger ends before it starts, or holds less than nothing',
    sql: `SELECT ${WINDOW} FROM offpeak_ledger l WHERE l.end_ms <= l.start_ms OR l.used < 0 OR l.reserved < 0`,
    todo: 'Bring back a backup: somebody changed the database by other means.',
  },
  {
    code: 'ledger-jobs',
    severity: 'error',
    says: 'jobs have drawn more from the window than was drawn at all',
    sql: `
      SELECT ${WINDOW} FROM offpeak_ledger l JOIN offpeak_ledger_job j USING (platform, budget, scope_key, window_key)
      GROUP BY l.platform, l.budget, l.scope_key, l.window_key HAVING SUM(j.used) > l.used`,
    todo: 'Report this as a bug. Shares of the quota are wrong until the window ends; the quota itself is not.',
  },
  {
    code: 'plan-mixed',
    severity: 'warning',
    says: 'the plan in force was put together from several',
    sql: `
      SELECT COUNT(*) || ' jobs' FROM offpeak_plan
      HAVING COUNT(DISTINCT digest) > 1 OR COUNT(DISTINCT planned_at_ms) > 1`,
    todo: 'Start Offpeak: it makes a new plan.',
  },
];

/** Within a transaction, on a database that is sound and of the newest version. */
export function checkTables(db: Database): StoreFinding[] {
  return RULES.flatMap((rule) => {
    const broken = db.prepare(rule.sql).pluck().all().map(String);
    return broken.length === 0 ? [] : [findingOf(rule, broken)];
  });
}

function findingOf({ code, severity, says, todo }: Rule, broken: readonly string[]): StoreFinding {
  const more = broken.length > NAMED_MAX ? ` and ${broken.length - NAMED_MAX} more` : '';
  return { code, severity, what: `${says}: ${broken.slice(0, NAMED_MAX).join(', ')}${more}`, todo };
}
