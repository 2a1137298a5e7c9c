import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Conformance, checkRow, classifyOn, replyOf } from '../../src/platform/conformance';
import { PROPERTIES } from '../../src/platform/conformance-property';
import type { Platform } from '../../src/platform/platform';
import * as registry from '../../src/platform/registry';
import { auth } from './setup';

/** What `rows/<vendor>.ts` exports. */
interface Rows {
  readonly CONFORMANCE: Conformance;
  /** Where the rows are about an account of their own; else the vendor's example. */
  readonly PLATFORM?: Platform;
}

/** A sentence in one line, with a page of the vendor behind it. */
const ADVICE = /^\p{Lu}\P{Cc}* https?:\/\/\S+$/u;

const VENDORS = Object.values(registry).map(({ about }) => about);

describe('the registry', () => {
  it('has rows for every vendor', () => {
    const lacking = VENDORS.filter(({ name }) => !existsSync(join(__dirname, 'rows', `${name}.ts`)));
    expect(lacking.map(({ name }) => name)).toEqual([]);
  });

  it('gives every vendor names of its own', () => {
    const names = VENDORS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(VENDORS)('$name', (about) => {
  const rows = jest.requireActual<Rows>(`./rows/${about.name}`);
  const conformance = rows.CONFORMANCE;
  const platform = rows.PLATFORM ?? about.example();

  it.each(conformance.rows.map((row) => [row.name, row] as const))('%s', (_, row) => {
    expect(checkRow(platform, conformance, row)).toEqual([]);
  });

  it.each(PROPERTIES.map((property) => [property.name, property] as const))('%s', (_, property) => {
    expect(() => property.check(platform, conformance)).not.toThrow();
  });

  it('tells the operator what to do about every refusal', () => {
    const refusals = conformance.rows
      .map((row) => ({ ...row, outcome: classifyOn(platform, conformance, { ...row, reply: replyOf(row.reply) }) }))
      .flatMap(({ name, outcome }) => (outcome.kind === 'ok' || outcome.unrecognised ? [] : [{ name, ...outcome }]));
    expect(
      refusals.filter(({ advice = '' }) => !ADVICE.test(advice)).map(({ name, advice }) => [name, advice]),
    ).toEqual([]);
  });

  it('has a row for a wait, an end of it and an error that nobody knows', () => {
    const wants = conformance.rows.map(({ want }) => want);
    const lacks = (name: string, kinds: readonly string[]): string[] =>
      wants.some(({ kind, unrecognised }) => kinds.includes(kind) && !unrecognised) ? [] : [name];
    expect([
      ...lacks('wait', ['pause', 'park', 'backoff']),
      ...lacks('end', ['fatal', 'reauth']),
      ...(wants.some(({ unrecognised }) => unrecognised) ? [] : ['unknown']),
    ]).toEqual([]);
  });

  it('tells of every budget where its figure comes from', () => {
    for (const budget of platform.budgets) expect(budget.source).toMatch(/^https?:\/\/|^offpeak default$/);
  });

  it('names only origins that its requests go to', () => {
    const { api, scope = {}, params = {} } = conformance.call;
    const request = platform.request({ api, params, scope }, auth());
    expect(platform.origins).toContain(new URL(request.url).origin);
  });
});
