import { closeSync, fsyncSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { type LiveThrottle, pulledFrom } from '../platform/bundled/apig/pulled';
import { listBoundApis, listPolicies, listSpecials } from '../platform/bundled/apig/throttles';
import { makeDirectory, openAnew } from '../store/file';
import { type Control, type ControlOptions, controlling, withControl } from './apig-control';
import { count, note, plain, printJson } from './print';

interface PullOptions extends ControlOptions {
  readonly out?: string;
  readonly env: string;
}

/** Each policy is two requests or more: a gateway with hundreds takes minutes. */
const POLICIES_PER_NOTE = 25;

/** `offpeak apig throttle pull`: the live policies as what `throttles` of apig() takes. */
export function addPull(throttle: Command): void {
  withControl(
    throttle.command('pull').description('read the live policies, as what `throttles` of apig() takes'),
    'pull --out data/apig-throttles.json',
  )
    .option('--out <file>', 'write them to a file instead of standard output')
    .option('--env <name>', 'the environment whose APIs are called', 'RELEASE')
    .addHelpText(
      'after',
      "\nIn offpeak.config.ts: import throttles from './data/apig-throttles.json'; … apig({ …, throttles })",
    )
    .action(async (options: PullOptions) => {
      const { throttles, leftOut } = pulledFrom(await controlling(options, live), options.env);
      if (options.out === undefined) printJson(throttles);
      else writeWhole(options.out, `${JSON.stringify(throttles, null, 2)}\n`);
      if (options.json && options.out !== undefined)
        printJson({ file: options.out, policies: throttles.length, leftOut });
      else note(`policies: ${count(throttles.length)}`);
      for (const name of leftOut)
        note(plain(`left out ${name}: its window is longer than the 31 days that are counted`));
    });
}

async function live(control: Control): Promise<LiveThrottle[]> {
  const found: LiveThrottle[] = [];
  const policies = await control.all((offset) => listPolicies(offset));
  for (const policy of policies) {
    if (found.length > 0 && found.length % POLICIES_PER_NOTE === 0)
      note(`${count(found.length)} of ${count(policies.length)} policies`);
    found.push({
      policy,
      apis: await control.all((offset) => listBoundApis(policy.id, offset)),
      specials: await control.all((offset) => listSpecials(policy.id, offset)),
    });
  }
  return found;
}

/** A config that is read meanwhile sees the old file or the new one, never a part. */
function writeWhole(file: string, text: string): void {
  const beside = `${file}.${process.pid}.part`;
  makeDirectory(dirname(file)); // it may be the one of the store
  try {
    writeDurably(beside, text);
    renameSync(beside, file);
  } finally {
    rmSync(beside, { force: true });
  }
}

function writeDurably(file: string, text: string): void {
  const open = openAnew(file);
  try {
    writeFileSync(open, text);
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
}
