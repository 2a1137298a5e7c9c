import type { Log } from '../log';

/**
 * Errors that a job's own code let go astray. Node would print them as they are, secrets included, and end the process
 * with every other job in it: a rejected promise that nobody waits for is logged, and the rest goes on. After an exception
 * that nobody caught nothing is certain: the process ends, and what is committed stays.
 */
export function logStrayErrors(log: Log): void {
  const onRejection = (thrown: unknown): void =>
    log.error({ err: thrown }, 'a promise was rejected and nobody waited for it: a job file lacks an await');
  const onException = (thrown: unknown): void => {
    log.error({ err: thrown }, 'an exception was caught nowhere: this process ends');
    process.exit(1);
  };
  process.on('unhandledRejection', onRejection);
  process.on('uncaughtException', onException);
}
