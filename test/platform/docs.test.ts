import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Budget } from '../../src/limit/budget';
import * as registry from '../../src/platform/registry';
import type { VendorAbout } from '../../src/platform/vendor';
import { formatDuration } from '../../src/time/duration';

const FILE = join(__dirname, '..', '..', 'docs', 'platforms.md');

describe('docs/platforms.md', () => {
  it('lists every platform with its budgets, their sources and its confidence', () => {
    const text = readFileSync(FILE, 'utf8');
    const [begin = '', end = ''] = [/^<!-- platforms: .*-->$/m, /^<!-- \/platforms -->$/m].map(
      (mark) => mark.exec(text)?.[0],
    );
    const before = text.slice(0, text.indexOf(begin) + begin.length);
    const wanted = `${before}\n\n${section()}\n${text.slice(text.indexOf(end))}`;
    if (process.env['UPDATE_DOCS']) writeFileSync(FILE, wanted);
    expect(unaligned(readFileSync(FILE, 'utf8'))).toBe(unaligned(wanted));
  });
});

/** Without what a formatter does to the columns of a table. */
function unaligned(markdown: string): string {
  return markdown.replace(/ +/g, ' ').replace(/-{3,}/g, '---');
}

function section(): string {
  const vendors = Object.values(registry)
    .map(({ about }) => about)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [overview(vendors), ...vendors.map(details)].join('\n');
}

function overview(vendors: readonly VendorAbout[]): string {
  const rows = vendors.map(
    ({ name, title, support, confidence }) => `| [\`${name}\`](#${name}) | ${title} | ${support} | ${confidence} |`,
  );
  return ['| name | platform | support | confidence |', '| --- | --- | --- | --- |', ...rows, ''].join('\n');
}

function details({ name, title, page, aliases = [], example }: VendorAbout): string {
  const also = aliases.length === 0 ? '' : ` Also: ${aliases.map((alias) => `\`${alias}\``).join(', ')}.`;
  const { budgets } = example();
  return [`### ${name}`, '', `${title}. [Limits](${page}).${also}`, '', ...tableOf(name, budgets), ''].join('\n');
}

function tableOf(vendor: string, budgets: readonly Budget[]): string[] {
  if (budgets.length === 0) return ['It publishes no figures: limits are learned, or given in `budgets`.'];
  const pages = [...new Set(budgets.map(({ source }) => source))].filter((source) => source.startsWith('http'));
  const rows = budgets.map((budget) => {
    const { name, limit, unit, scope, source } = budget;
    const figure = `${limit.toLocaleString('en-US')}${unit === undefined ? '' : ` ${unit}`}`;
    const from = pages.includes(source) ? `[source][${vendor}-${pages.indexOf(source) + 1}]` : source;
    return `| \`${name}\` | ${figure} | ${windowOf(budget)} | ${scope.join(', ')}${onlyOf(budget)} | ${from} |`;
  });
  const links = pages.map((page, at) => `[${vendor}-${at + 1}]: ${page}`);
  return [
    '| budget | limit | window | counted by | source |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...(links.length === 0 ? [] : ['', ...links]),
  ];
}

function windowOf({ per }: Budget): string {
  if (typeof per === 'string') return per;
  if ('civil' in per) return `${per.civil}, ${per.timezone}`;
  if ('fixedMs' in per) return `${formatDuration(per.fixedMs)} on the clock`;
  if ('bucketMs' in per) return `${formatDuration(per.bucketMs)}, bucket of ${per.burst}`;
  return formatDuration(per.rollingMs);
}

function onlyOf({ only = {} }: Budget): string {
  const names = Object.values(only).flat();
  return names.length === 0 ? '' : `; only ${names.map((name) => `\`${name}\``).join(', ')}`;
}
