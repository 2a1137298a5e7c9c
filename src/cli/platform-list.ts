import type { Command } from 'commander';
import type { Budget } from '../limit/budget';
import type { VendorAbout } from '../platform/vendor';
import { note, print, printJson, table } from './print';
import { VENDORS } from './vendors';

/** `offpeak platform ls`: every vendor that Offpeak knows, with its budgets. */
export function addPlatformList(platform: Command): void {
  platform
    .command('ls')
    .description('list every platform that Offpeak knows, with its documented budgets')
    .option('--json', 'print one JSON document instead of a table')
    .addHelpText('after', '\nExample:\n  offpeak platform ls --json')
    .action((options: { readonly json?: boolean }) => {
      if (options.json) return printJson({ platforms: VENDORS.map(listed) });
      print(
        table(
          ['name', 'platform', 'support', 'confidence', 'budgets', 'also'],
          VENDORS.map((one) => [
            one.name,
            one.title,
            one.support,
            one.confidence,
            String(one.example().budgets.length),
            (one.aliases ?? []).join(', '),
          ]),
        ),
      );
      note('\n`offpeak platform show NAME` shows the budgets of one, each with its source.');
    });
}

interface Listed extends Omit<VendorAbout, 'example' | 'call'> {
  readonly aliases: readonly string[];
  readonly origins: readonly string[];
  readonly budgets: readonly Budget[];
}

function listed({ name, aliases = [], title, support, confidence, page, example }: VendorAbout): Listed {
  const { origins, budgets } = example();
  return { name, aliases, title, support, confidence, page, origins, budgets };
}
