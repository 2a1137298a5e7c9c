import { stopOnce } from './stop';

async function main() {
  for (const [point, nth] of [
    ['before the debit', 8],
    ['after the debit', 8],
    ['before a call is sent', 15],
    ['while a call is in flight', 15],
    ['after a call is sent', 15],
    ['before the commit', 12],
    ['after the cursor, inside the commit', 12],
    ['after the commit', 12],
    ['before the end of a turn', 1],
    ['before the lease is renewed', 2],
  ] as const)
    console.log(
      JSON.stringify(
        await stopOnce({ point, nth, lease: { heartbeatMs: 200, ttlMs: 1500 }, stoppedMs: 300, pages: 50 }).catch(
          (e: unknown) => `${point}: ${String(e).slice(0, 600)}`,
        ),
      ),
    );
}
void main();
