import type { Command } from 'commander';
import { OffpeakError } from '../errors';
import type { Learned } from '../limit/learned';
import type { Platform } from '../platform/platform';
import type { VendorAbout } from '../platform/vendor';
import { budgetTable } from './budget-table';
import { color } from './color';
import { type GlobalOptions, inspecting, withGlobals } from './command';
import { learnedTable } from './learned';
import { note, print, printJson } from './print';
import type { Project } from './project';
import { findVendor, unknownPlatform } from './vendors';

/** `offpeak platform show NAME`: a platform of the project with what was learned of it, or a vendor. */
export function addPlatformShow(platform: Command): void {
  withGlobals(
    platform
      .command('show <name>')
      .description('show the budgets of a platform with their sources, and what was learned of them'),
  )
    .addHelpText('after', '\nExample:\n  offpeak platform show kuaishou')
    .action(async (name: string, options: GlobalOptions) => {
      const about = findVendor(name);
      // A vendor can be looked up anywhere; the project adds what is its own.
      const own = await ownPlatform(name, options).catch((thrown: unknown) => {
        if (about) return null;
        throw thrown instanceof OffpeakError && thrown.code === 'CONFIG_INVALID'
          ? unknownPlatform(name, [], thrown)
          : thrown;
      });
      if (own) return showOwn(name, own, options);
      if (!about) throw unknownPlatform(name, []);
      showVendor(about, options);
    });
}

interface Own {
  readonly project: Project;
  readonly platform: Platform;
  readonly learned: readonly Learned[];
}

async function ownPlatform(name: string, options: GlobalOptions): Promise<Own | null> {
  return inspecting(options, async ({ project, store }) => {
    const platform = project.config.platforms[name];
    if (!platform) {
      if (findVendor(name)) return null;
      throw unknownPlatform(name, Object.keys(project.config.platforms));
    }
    return { project, platform, learned: await store.learned.list({ platform: name }) };
  });
}

function showOwn(name: string, { project, platform, learned }: Own, { json }: GlobalOptions): void {
  const { vendor, origins, day, resetGuardMs, reprobeMs, budgets, secrets } = platform;
  const about = findVendor(vendor);
  if (json) {
    const described = { name, vendor, page: about?.page ?? null, confidence: about?.confidence ?? null };
    const account = { origins, day, resetGuardMs, reprobeMs: reprobeMs ?? null, secrets };
    return printJson({ ...described, ...account, budgets, learned });
  }
  print(color.bold(`${name}: ${about?.title ?? vendor}`) + `, ${origins.join(', ')}`);
  if (about) print(`limits: ${about.page} (confidence: ${about.confidence})`);
  print(`\n${budgetTable(budgets, day)}`);
  if (learned.length === 0) return note('\nnothing was learned of its limits so far');
  print(`\n${color.bold('learned')}`);
  print(learnedTable(project, learned));
}

function showVendor(about: VendorAbout, { json }: GlobalOptions): void {
  const { name, title, support, confidence, page, aliases = [], example } = about;
  const { origins, day, budgets } = example();
  if (json) return printJson({ name, aliases, title, support, confidence, page, origins, day, budgets, learned: [] });
  print(`${color.bold(`${name}: ${title}`)}, ${origins.join(', ')}`);
  print(`limits: ${page} (support: ${support}, confidence: ${confidence})`);
  print(`\n${budgetTable(budgets, day)}`);
}
