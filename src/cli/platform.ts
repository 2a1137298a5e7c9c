import type { Command } from 'commander';
import { addPlatformCheck } from './platform-check';
import { addPlatformClassify } from './platform-classify';
import { addPlatformList } from './platform-list';
import { addPlatformShow } from './platform-show';
import { addPlatformTest } from './platform-test';
import { addPlatformUnknown } from './platform-unknown';

/** `offpeak platform …`: what concerns one platform and its replies. */
export function addPlatform(program: Command): void {
  const platform = program
    .command('platform')
    .description('list, show, test and check platforms, and say what a reply of one means')
    .addHelpText('after', '\nExample:\n  offpeak platform classify kuaishou < reply.json');
  const add = [
    addPlatformList,
    addPlatformShow,
    addPlatformClassify,
    addPlatformTest,
    addPlatformUnknown,
    addPlatformCheck,
  ];
  for (const one of add) one(platform);
}
