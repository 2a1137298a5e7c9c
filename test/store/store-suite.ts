import { backfillSuite } from './suite/backfill';
import { checkpointSuite } from './suite/checkpoint';
import { editSuite } from './suite/edit';
import { expectationSuite } from './suite/expectation';
import { holdSuite } from './suite/hold';
import { learnedSuite } from './suite/learned';
import { leaseSuite } from './suite/lease';
import { ledgerSuite } from './suite/ledger';
import { manyPartitionsSuite } from './suite/many-partitions';
import { operatorPauseSuite } from './suite/operator-pause';
import { orderSuite } from './suite/order';
import { planSuite } from './suite/plan';
import { recordSuite } from './suite/record';
import { runSuite } from './suite/run';
import type { Bench, OpenBench } from './suite/setup';
import { skipAheadSuite } from './suite/skip-ahead';
import { sliceSuite } from './suite/slice';
import { slotSuite } from './suite/slot';
import { spendSuite } from './suite/spend';
import { unknownReplySuite } from './suite/unknown-reply';

/** What every store must do, whichever engine is behind it. */
export function storeSuite(name: string, open: OpenBench): void {
  describe(name, () => {
    const benches: Bench[] = [];
    const setup: OpenBench = async () => {
      const bench = await open();
      benches.push(bench);
      return bench;
    };
    afterEach(async () => {
      for (const bench of benches.splice(0)) await bench.remove();
    });

    leaseSuite(setup);
    checkpointSuite(setup);
    editSuite(setup);
    runSuite(setup);
    manyPartitionsSuite(setup);
    slotSuite(setup);
    ledgerSuite(setup);
    spendSuite(setup);
    sliceSuite(setup);
    expectationSuite(setup);
    holdSuite(setup);
    learnedSuite(setup);
    orderSuite(setup);
    operatorPauseSuite(setup);
    skipAheadSuite(setup);
    backfillSuite(setup);
    planSuite(setup);
    recordSuite(setup);
    unknownReplySuite(setup);
  });
}
