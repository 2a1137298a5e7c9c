import { checkpointSuite } from './suite/checkpoint';
import { editSuite } from './suite/edit';
import { holdSuite } from './suite/hold';
import { leaseSuite } from './suite/lease';
import { ledgerSuite } from './suite/ledger';
import { recordSuite } from './suite/record';
import { runSuite } from './suite/run';
import type { Bench, OpenBench } from './suite/setup';

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
    ledgerSuite(setup);
    holdSuite(setup);
    recordSuite(setup);
  });
}
