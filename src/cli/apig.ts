import type { Command } from 'commander';
import { addThrottleCommands } from './apig-throttle';
import { addBindingCommands } from './apig-throttle-binding';
import { addPull } from './apig-throttle-pull';
import { addSpecial } from './apig-throttle-special';

/** `offpeak apig throttle …`: the throttling policies of a gateway of Huawei Cloud. */
export function addApig(program: Command): void {
  const apig = program
    .command('apig')
    .description('work with gateways of Huawei Cloud API Gateway (APIG)')
    .addHelpText('after', '\nExample:\n  offpeak apig throttle ls');
  const throttle = apig
    .command('throttle')
    .description('the throttling policies of a gateway')
    .addHelpText(
      'after',
      '\nThe gateway may stand in APIG_ENDPOINT, APIG_PROJECT_ID and APIG_INSTANCE_ID, the IAM token in APIG_AUTH_TOKEN.' +
        '\n\nExamples:\n  offpeak apig throttle ls\n  offpeak apig throttle create --file policy.json' +
        '\n  offpeak apig throttle pull --out data/apig-throttles.json',
    );
  addThrottleCommands(throttle);
  addBindingCommands(throttle);
  addSpecial(throttle);
  addPull(throttle);
}
