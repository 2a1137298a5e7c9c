import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { PlanDocument } from '../../../src/cli/plan/document';
import { planPage } from '../../../src/cli/plan/page';
import { examplePlan } from './example';
import { EXAMPLE_PICTURE_FILE, examplePicture } from './example-picture';

const GENERATED_AT_MS = Date.parse('2026-03-01T20:00+08:00');
const VOID_ELEMENTS = new Set(['meta', 'link', 'br', 'img']);

function page(document: PlanDocument = examplePlan()): string {
  return planPage(document, GENERATED_AT_MS);
}

/** Fails on an element that is not closed, or closed twice. */
function expectWellFormed(markup: string): void {
  const open: string[] = [];
  for (const [, closing, name = '', selfClosing] of markup
    .replace(/<!doctype html>|<style>[\s\S]*?<\/style>/g, '')
    .matchAll(/<(\/?)([a-z0-9]+)(?:\s+[a-zA-Z-]+="[^"<>]*")*\s*(\/?)>/g)) {
    if (closing) expect(open.pop()).toBe(name);
    else if (!selfClosing && !VOID_ELEMENTS.has(name)) open.push(name);
  }
  expect(open).toEqual([]);
}

describe('the page of a plan', () => {
  test('has every part: days, hours, quotas, runs with their remarks, jobs with their reasons', () => {
    const html = page();
    for (const id of ['week', 'day-0', 'day-6', 'quotas', 'runs', 'jobs']) expect(html).toContain(`id="${id}"`);
    expect(html).toContain('<title>Plan from 2026-03-02 00:00 to 2026-03-09 00:00</title>');
    expect(html).toContain('on 2026-03-01 20:00 Asia/Shanghai');
    expect(html).toContain('parks at 05:14 until Tue 01:02: yida corp-day of 7,700 is spent');
    expect(html).toMatch(
      /the limit is used to \d+ % at most, at its slot to \d+ %; not at a busy time \(from 14 past runs\)/,
    );
    expect(html.match(/gone 05:14/g)).toHaveLength(1);
    expect(html).not.toContain('NaN');
    expectWellFormed(html);
  });

  test('fetches nothing and runs nothing, and says so to the browser', () => {
    const html = page();
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(html).toContain(`content="default-src 'none'; style-src 'sha256-${hash}'"`);
    expect(html).not.toMatch(/<script|<link|<img|\bsrc=|url\(|@import|style=|\son[a-z]+=/);
    expect(html.match(/href="[^#]/)).toBeNull();
  });

  test('takes text from outside for text', () => {
    const plan = examplePlan();
    const bad = '</title><script>alert("1")</script>\u001b&';
    const html = page({
      ...plan,
      jobs: plan.jobs.map((job) => ({ ...job, job: `${bad}${job.job}`, reasonText: bad, platform: bad })),
      peaks: plan.peaks.map((peak) => ({ ...peak, rate: bad })),
      quotas: plan.quotas.map((quota) => ({ ...quota, name: bad })),
      forecast: null,
      infeasible: [
        { kind: 'window', jobs: [bad], fromMs: plan.span.startMs, toMs: plan.span.endMs, minutesMissing: 3 },
      ],
    });
    expect(html).not.toContain('<script');
    expect(html).not.toContain('\u001b');
    expectWellFormed(html);
  });

  test('shows Chinese names, cut to the room that they have', () => {
    const plan = examplePlan();
    const name = '快手店铺订单同步任务名称非常长的一个例子';
    const html = page({ ...plan, jobs: plan.jobs.map((job, at) => (at === 0 ? { ...job, job: name } : job)) });
    expect(html).toContain('<meta charset="utf-8">');
    expect(html).toContain(`<th scope="row">${name}</th>`);
    const labels = [...html.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(labels.filter((text) => text?.startsWith('快手'))).toEqual(Array(7).fill('快手店铺订单同步任务名称非…'));
  });

  test('draws what is above a limit, and lists what cannot be', () => {
    const plan = examplePlan();
    const [peak] = plan.peaks;
    if (!peak) throw new Error('the example has peaks');
    const load = [
      { atMs: plan.span.startMs + 3_600_000, share: 1.5 },
      { atMs: plan.span.startMs + 7_200_000, share: 0 },
    ];
    const html = page({
      ...plan,
      peaks: [{ ...peak, load, share: 1.5 }],
      infeasible: [
        {
          kind: 'rate',
          rate: peak.rate,
          jobs: ['a'],
          fromMs: plan.span.startMs,
          toMs: plan.span.endMs,
          minutesMissing: 9,
        },
      ],
    });
    expect(html).toContain('class="over"');
    expect(html).toContain('is 9 min too short for the calls of a');
    expect(html).toContain('>150 % at 01:00<');
  });

  test('names each full hour of a day on which the clocks change', () => {
    const plan = examplePlan({ days: 1 });
    const startMs = Date.parse('2026-03-29T00:00+01:00');
    const html = page({ ...plan, timezone: 'Europe/Berlin', span: { startMs, endMs: startMs + 23 * 3_600_000 } });
    const ticks = [...html.matchAll(/x="([\d.]+)"[^>]*class="tick">(\d\d:00)</g)];
    expect(ticks.map(([, , hour]) => hour).slice(0, 3)).toEqual(['00:00', '03:00', '06:00']);
    const [midnight, atThree, atSix] = ticks.map(([, x]) => Number(x)) as [number, number, number];
    // Two hours after midnight, not three.
    expect((atThree - midnight) / (atSix - atThree)).toBeCloseTo(2 / 3, 2);
  });
});

describe('the picture in docs', () => {
  test('is that of the example: `npm run -s docs:plan` writes it anew', () => {
    expect(readFileSync(EXAMPLE_PICTURE_FILE, 'utf8')).toBe(examplePicture());
  });

  test('is one well-formed file that needs nothing else', () => {
    const svg = examplePicture();
    expectWellFormed(svg);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ [\d.]+" role="img"/);
    expect(svg).not.toMatch(/href=|url\(|<script|NaN|undefined/);
    expect(svg).toContain('prefers-color-scheme: dark');
  });
});
