import { OffpeakError } from '../errors';
import type { Budget } from '../limit/budget';
import { kuaishou } from '../platform/kuaishou';
import type { Platform, TokenSet, TokenSource } from '../platform/platform';
import { memoryTokens } from '../platform/token-source';
import { yida } from '../platform/yida';
import type { SandboxOptions } from '../sandbox/options';
import { openSandbox, type Sandbox } from '../sandbox/sandbox';
import { SecretVault, secret } from '../secrets';
import type { DayRule } from '../time/window';
import type { Project } from './project';

/** A project whose platforms are their sandbox twins: the same jobs and budgets, invented accounts, loopback only. */
export interface Twin {
  readonly project: Project;
  readonly sandbox: Sandbox;
}

export interface TwinOptions {
  readonly sandbox: SandboxOptions;
  /** When the sandbox's quota day turns over, and how far its clock and ours may be apart. */
  readonly day: DayRule;
  readonly resetGuardMs: number;
  /** The project's store, instead of its own. */
  readonly store: string;
  /** Budgets that replace those of the project's platform, by vendor. */
  readonly budgets?: Partial<Record<string, BudgetChanges>>;
  readonly testUsers?: readonly string[];
}

export type BudgetChanges = Readonly<Record<string, number>>;

/** Opens a sandbox, and the project on top of it. Jobs of a platform that has no twin are left out. */
export async function openTwin(project: Project, options: TwinOptions): Promise<Twin> {
  const sandbox = await openSandbox({ ...options.sandbox, day: options.day });
  const platforms: Record<string, Platform> = {};
  for (const [name, platform] of Object.entries(project.config.platforms)) {
    const twin = await twinOf(platform.vendor, sandbox, options);
    if (twin)
      platforms[name] = {
        ...twin,
        budgets: changed(platform.budgets, twin.budgets, options.budgets?.[platform.vendor]),
      };
  }
  const config = { ...project.config, store: options.store, platforms };
  const jobs = project.jobs.filter(({ platform }) => platform in platforms);
  return { sandbox, project: { ...project, config, jobs, vault: sandboxVault(sandbox) } };
}

/** The project's own budgets, with other figures where they are named; what the twin alone has is added. */
function changed(own: readonly Budget[], twins: readonly Budget[], limits: BudgetChanges = {}): Budget[] {
  const names = own.map(({ name }) => name);
  const all = [...own, ...twins.filter(({ name }) => !names.includes(name))];
  return all.map((budget) => ({ ...budget, limit: limits[budget.name] ?? budget.limit }));
}

const SIGN_SECRET = secret('env:SANDBOX_SIGN_SECRET');
const APP_SECRET = secret('env:SANDBOX_APP_SECRET');
const YIDA_SECRET = secret('env:SANDBOX_YIDA_SECRET');
const SYSTEM_TOKEN = secret('env:SANDBOX_SYSTEM_TOKEN');

function sandboxVault({ kuaishou: shop, yida: forms }: Sandbox): SecretVault {
  const values: Record<string, string> = {
    SANDBOX_SIGN_SECRET: shop.signSecret,
    SANDBOX_APP_SECRET: shop.appSecret,
    SANDBOX_YIDA_SECRET: forms.appSecret,
    SANDBOX_SYSTEM_TOKEN: forms.systemToken,
  };
  return new SecretVault({
    env: (name) => values[name],
    file: (path) => {
      throw new OffpeakError('SECRET_MISSING', `the sandbox has no secret file ${path}`);
    },
  });
}

async function twinOf(
  vendor: string,
  sandbox: Sandbox,
  { day, resetGuardMs, testUsers = [] }: TwinOptions,
): Promise<Platform | null> {
  if (vendor === 'kuaishou') {
    const { url, appKey } = sandbox.kuaishou;
    const tokens = await merchantTokens(sandbox);
    return kuaishou({
      appKey,
      signSecret: SIGN_SECRET,
      appSecret: APP_SECRET,
      tokens,
      baseUrl: url,
      day,
      resetGuardMs,
      testUsers,
    });
  }
  if (vendor === 'yida') {
    const { url, appKey, appType } = sandbox.yida;
    const secrets = { appSecret: YIDA_SECRET, systemToken: SYSTEM_TOKEN };
    return yida({ appKey, ...secrets, appType, userId: 'sandbox', baseUrl: url, day, resetGuardMs });
  }
  return null;
}

/** What each merchant's authorisation would have brought. */
async function merchantTokens({ kuaishou: shop }: Sandbox): Promise<TokenSource> {
  const tokens = memoryTokens();
  for (const user of shop.userIds) {
    const pair = shop.tokens(user);
    if (!pair) continue;
    const first: TokenSet = { accessToken: pair.accessToken, refreshToken: pair.refreshToken, expiresAtMs: null };
    await tokens.save(user, first);
  }
  return tokens;
}
