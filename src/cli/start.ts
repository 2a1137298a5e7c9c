import type { Command } from 'commander';
import { type GlobalOptions, withGlobals } from './command';
import { serve } from './serve';

/** `offpeak start`: the daemon in the foreground. */
export function addStart(program: Command): void {
  withGlobals(
    program.command('start').description('run the daemon: start every job when it is due, resume what is parked'),
  )
    .addHelpText(
      'after',
      '\nA second daemon on the same store stands by and takes over when the first one ends.\n' +
        "Ends calmly on SIGINT, SIGTERM or pm2's shutdown message; a second signal ends at once.\n\nExample:\n  pm2 start ecosystem.config.js",
    )
    .action(async (options: GlobalOptions) => {
      process.exit(await serve(options));
    });
}
