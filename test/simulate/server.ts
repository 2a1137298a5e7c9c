import type { HttpReply, HttpRequest } from '../../src/platform/platform';
import type { DayRule } from '../../src/time/window';
import type { Moods } from './moods';
import type { ServerLedger } from './server-ledger';
import type { Source, SourceRecord } from './source';

/** A page of a job, as its server gave it. */
export interface ServedPage {
  readonly job: string;
  readonly partition: string;
  /** What was asked for: the same text for the same page. */
  readonly asked: string;
  /** The first of its list. */
  readonly isFirst: boolean;
  readonly records: readonly SourceRecord[];
  readonly atMs: number;
}

export interface Answer {
  readonly reply: HttpReply;
  /** Null where the reply holds no page. */
  readonly page: ServedPage | null;
}

/** A platform on the other side of the network: it answers by its own clock and its own counters. */
export interface PlatformServer {
  /** Its name in the config. */
  readonly name: string;
  readonly origin: string;
  readonly ledger: ServerLedger;
  readonly moods: Moods;
  /** Whose list a request asks for; null for other requests. */
  listOf(request: HttpRequest): { readonly job: string; readonly partition: string } | null;
  answer(request: HttpRequest, nowMs: number): Answer;
}

/** The records of a job's partition, by `job/partition`. */
export type Sources = ReadonlyMap<string, Source>;

/** What each platform is made of. */
export interface ServerOptions {
  /** The day of its quota, and how many calls it allows. */
  readonly day: DayRule;
  readonly limit: number;
  readonly sources: Sources;
  readonly random: () => number;
}

/** What is asked of a list, whichever way it is asked for. */
export interface ListQuery {
  readonly job: string;
  readonly partition: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Empty for the first. */
  readonly page: string;
  readonly pageSize: number;
}

/** A part of a list, and the page after it. */
export interface Listed {
  readonly records: readonly SourceRecord[];
  readonly next: string;
}

export const NO_MORE = 'nomore';

/** Oldest first, behind the last record that was seen: what is added meanwhile moves nothing. */
export function listedByCursor(source: Source, { sinceMs, untilMs, page, pageSize }: ListQuery): Listed {
  const all = source.between(sinceMs, untilMs);
  const from = page === '' ? 0 : all.findIndex(({ oid }) => oid === page) + 1;
  const records = all.slice(from, from + pageSize);
  const last = records.at(-1);
  return { records, next: last && from + pageSize < all.length ? last.oid : NO_MORE };
}

/** A list takes in what comes into being so soon after it was begun. */
const MOVING_MS = 10 * 60_000;

/** Newest first, by number: what is added in its first minutes moves every page behind it. */
export function listedByNumber(source: Source, query: ListQuery, nowMs: number): Listed {
  const { sinceMs, untilMs, page, pageSize } = query;
  const all = source.between(sinceMs, Math.min(nowMs, untilMs + MOVING_MS)).toReversed();
  const number = page === '' ? 1 : Number(page);
  const records = all.slice((number - 1) * pageSize, number * pageSize);
  return { records, next: number * pageSize < all.length ? String(number + 1) : NO_MORE };
}

export function servedPage({ job, partition, ...query }: ListQuery, listed: Listed, atMs: number): ServedPage {
  const asked = `${query.sinceMs} ${query.untilMs} ${query.page}`;
  return { job, partition, asked, isFirst: query.page === '', records: listed.records, atMs };
}

/** A record that was on the page before, once more. */
export function withRepeat(listed: Listed, source: Source): Listed {
  const [first] = listed.records;
  const before = first && source.records[source.records.indexOf(first) - 1];
  return before ? { ...listed, records: [before, ...listed.records] } : listed;
}

/** `date` is the platform's own time: whole seconds. */
export function replyOf(status: number, body: unknown, { nowMs, headers = {} }: ReplyOptions): HttpReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { ...headers, date: new Date(nowMs).toUTCString() }, body: text };
}

interface ReplyOptions {
  readonly nowMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}
