/** The public API of job and config files. Definitions only: no database and no network behind it. */
export { z } from 'zod';
export { type ConfigDefinition, defineConfig } from './config';
export { OffpeakError } from './errors';
export type { Costs } from './job/cost';
export {
  type ApiReplies,
  type BackfillContext,
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
export type { BlackoutDefinition, HoursDefinition, WindowDefinition } from './job/hours-definition';
export type { Outcome } from './job/outcome';
export { listCursor, listPages, slicedCursor, slicedPages } from './job/paging';
export type { Partition } from './job/partition';
export type { JobQuota } from './job/quota';
export type { RateReading, Reading } from './job/reading';
export { type RestListOptions, restList } from './job/rest-list';
export type { Scope, ScopeName } from './job/scope';
export { type FunctionSink, jsonl, type Sink, type SinkRecord, upsert } from './job/sink';
export { type Slice, slices } from './job/slices';
export type { Budget, BudgetPeriod } from './limit/budget';
export { bearer, type Credential, headerKey, queryKey } from './platform/authentication';
export type { BudgetDefinition, BudgetOption, BudgetsOption } from './platform/budgets';
// Also brings the reply types of the known APIs into a project that installs the package.
export type { KuaishouItemPage, KuaishouOrderPage, KuaishouRefundPage } from './platform/bundled/kuaishou/reply-shapes';
export type { YidaFormPage } from './platform/bundled/yida/replies';
export type { ChatLimits } from './platform/chat-account';
export type { ChatReply, EmbeddingsReply } from './platform/chat-reply';
export { type Classify, classifyBy, type Rule, type Table } from './platform/classify';
export type { Conformance, Row } from './platform/conformance';
export { definePlatform, type PlatformDefinition } from './platform/define';
export * as reply from './platform/error-reply';
export { type KeyNames, keysAre, scopeFromKeys } from './platform/key-list';
export * as match from './platform/match';
export type {
  Auth,
  HttpReply,
  HttpRequest,
  Platform,
  PlatformCall,
  TokenRenewal,
  TokenRules,
  TokenSet,
  TokenSource,
} from './platform/platform';
export type { PlatformOptions } from './platform/platform-options';
export { readRateHeaders } from './platform/rate-headers';
export * as react from './platform/reaction';
// A factory for every vendor.
export * from './platform/registry';
export { type RequestBuilder, type RestOptions, rest } from './platform/rest';
export { type RestReply, restReply } from './platform/rest-reply';
export * as wait from './platform/stated-wait';
export { tokenFile } from './platform/tokens';
export { type Secret, secret } from './secrets';
