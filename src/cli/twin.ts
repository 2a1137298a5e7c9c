import { OffpeakError } from '../errors';
import type { Budget } from '../limit/budget';
import type { Platform } from '../platform/platform';
import type { SandboxOptions } from '../sandbox/options';
import { openSandbox, type Sandbox } from '../sandbox/sandbox';
import type { PlatformName } from '../sandbox/twins';
import { SecretVault } from '../secrets';
import { neverPrint } from './outlet';
import type { Project } from './project';
import { apigOnTwin } from './twin-apig';
import { openaiOnTwin, zhipuOnTwin } from './twin-chat';
import { dingtalkOnTwin } from './twin-dingtalk';
import { kuaishouOnTwin } from './twin-kuaishou';
import type { OnTwin, TwinRun } from './twin-vendor';
import { yidaOnTwin } from './twin-yida';

/** How each vendor of the sandbox runs on its twin: what `offpeak sandbox` serves, `--dry` can try. */
const ON_TWIN: Readonly<Record<PlatformName, OnTwin>> = {
  kuaishou: kuaishouOnTwin,
  yida: yidaOnTwin,
  dingtalk: dingtalkOnTwin,
  apig: apigOnTwin,
  openai: openaiOnTwin,
  zhipu: zhipuOnTwin,
};

/** A project whose platforms are their sandbox twins: the same jobs and budgets, invented accounts, loopback only. */
export interface Twin {
  readonly project: Project;
  readonly sandbox: Sandbox;
}

export interface TwinOptions extends TwinRun {
  readonly sandbox: SandboxOptions;
  /** The project's store, instead of its own. */
  readonly store: string;
  /** Budgets that replace those of the project's platform, by vendor. */
  readonly budgets?: Partial<Record<string, BudgetChanges>>;
}

export type BudgetChanges = Readonly<Record<string, number>>;

/** Opens a sandbox, and the project on top of it. Jobs of a platform that has no twin are left out. */
export async function openTwin(project: Project, options: TwinOptions): Promise<Twin> {
  const sandbox = await openSandbox({ ...options.sandbox, day: options.day });
  const platforms: Record<string, Platform> = {};
  for (const [name, platform] of Object.entries(project.config.platforms)) {
    if (!isOnTwin(platform.vendor)) continue;
    const twin = await ON_TWIN[platform.vendor].platform(sandbox, options);
    const budgets = changed(platform.budgets, twin.budgets, options.budgets?.[platform.vendor]);
    platforms[name] = { ...twin, budgets };
  }
  const config = { ...project.config, store: options.store, platforms };
  const jobs = project.jobs.filter(({ platform }) => platform in platforms);
  return { sandbox, project: { ...project, config, jobs, vault: sandboxVault(sandbox) } };
}

function isOnTwin(vendor: string): vendor is PlatformName {
  return Object.hasOwn(ON_TWIN, vendor);
}

/** The project's own budgets, with other figures where they are named; what the twin alone has is added. */
function changed(own: readonly Budget[], twins: readonly Budget[], limits: BudgetChanges = {}): Budget[] {
  const names = own.map(({ name }) => name);
  const all = [...own, ...twins.filter(({ name }) => !names.includes(name))];
  return all.map((budget) => ({ ...budget, limit: limits[budget.name] ?? budget.limit }));
}

function sandboxVault(sandbox: Sandbox): SecretVault {
  const values: Record<string, string> = {};
  for (const vendor of Object.values(ON_TWIN)) Object.assign(values, vendor.secrets(sandbox));
  const vault = new SecretVault({
    env: (name) => values[name],
    file: (path) => {
      throw new OffpeakError('SECRET_MISSING', `the sandbox has no secret file ${path}`);
    },
  });
  neverPrint(vault);
  return vault;
}
