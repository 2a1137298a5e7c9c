import type { Command } from 'commander';
import { bindPolicy, type Unbound, unbindMany, unbindOne } from '../platform/bundled/apig/throttles';
import { type Control, type ControlOptions, controlling, policyId, withControl } from './apig-control';
import { count, note, plain, printJson } from './print';

const EXIT_FAILED = 1;

/** `offpeak apig throttle bind|unbind`. */
export function addBindingCommands(throttle: Command): void {
  withControl(
    throttle.command('bind <policy> <publishIds...>').description('bind a policy to published APIs, by publish id'),
    'bind orders 3e9a1f0c5b7d4e6f8a0b2c4d6e8f0a1b',
  ).action(async (policy: string, publishIds: string[], options: ControlOptions) => {
    await controlling(options, async (control) => {
      const bound = await control.perform(bindPolicy(await policyId(control, policy), publishIds));
      if (options.json) printJson(bound);
      else note(`bound to APIs: ${count(bound.throttle_applys.length)}`);
    });
  });
  withControl(
    throttle.command('unbind <bindingIds...>').description('end bindings, by the ids that `get POLICY --apis` shows'),
    'unbind 5f3b9d7c1a2e4f60',
  ).action(async (bindingIds: string[], options: ControlOptions) => {
    const unbound = await controlling(options, (control) => unbind(control, bindingIds));
    if (options.json) printJson(unbound);
    else tell(unbound);
    if (unbound.failure.length > 0) process.exitCode = EXIT_FAILED;
  });
}

async function unbind(control: Control, bindingIds: readonly string[]): Promise<Unbound> {
  const [first, ...rest] = bindingIds;
  if (first === undefined || rest.length > 0) return control.perform(unbindMany(bindingIds));
  await control.perform(unbindOne(first));
  return { success_count: 1, failure: [] };
}

/** Of many, some may end and others not. */
function tell({ success_count, failure }: Unbound): void {
  note(`bindings ended: ${count(success_count)}`);
  for (const { bind_id, error_code, error_msg } of failure) note(plain(`  ${bind_id}: ${error_code} ${error_msg}`));
}
