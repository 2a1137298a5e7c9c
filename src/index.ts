/** The public API of job and config files. Definitions only: no database and no network behind it. */
export { z } from 'zod';
export { type ConfigDefinition, defineConfig } from './config';
export { OffpeakError } from './errors';
export type { Costs } from './job/cost';
export {
  type ApiReplies,
  type Call,
  type CallOptions,
  type CallParams,
  defineJob,
  type JobDefinition,
  type Page,
  type PageContext,
  type PartitionInput,
  type Schedule,
} from './job/definition';
export type { Outcome } from './job/outcome';
export type { Partition } from './job/partition';
export type { RateReading, Reading } from './job/reading';
export type { Scope, ScopeName } from './job/scope';
export { type FunctionSink, jsonl, type Sink, type SinkRecord, upsert } from './job/sink';
export { type Slice, slices } from './job/slices';
export type { Budget, BudgetPeriod } from './limit/budget';
export type { BudgetOption, BudgetsOption } from './platform/budgets';
export { type KuaishouOptions, kuaishou } from './platform/kuaishou';
// Also brings the reply types of the known APIs into a project that installs the package.
export type { KuaishouItemPage, KuaishouOrderPage } from './platform/kuaishou-reply-shapes';
export type { Platform, PlatformCall, TokenSet, TokenSource } from './platform/platform';
export { readRateHeaders } from './platform/rate-headers';
export { tokenFile } from './platform/tokens';
export { type YidaOptions, yida } from './platform/yida';
export type { YidaFormPage } from './platform/yida-replies';
export { type Secret, secret } from './secrets';
