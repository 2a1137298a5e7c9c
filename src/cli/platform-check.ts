import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isPlatform } from '../config';
import { messageOf, OffpeakError } from '../errors';
import { loadPlatformFile } from '../job/load';
import { type Conformance, checkRow, parseConformance, type RowFault } from '../platform/conformance';
import { PROPERTIES } from '../platform/conformance-property';
import type { Platform } from '../platform/platform';
import { color } from './color';
import { note, plainLines, print, printJson } from './print';

/** What was asked of a platform, and the answer. */
interface Checked {
  readonly question: string;
  /** Empty when all is well. */
  readonly faults: readonly string[];
}

/** `offpeak platform check FILE`: asks a platform of one's own what the bundled ones are asked. */
export function addPlatformCheck(platform: Command): void {
  platform
    .command('check <file>')
    .description(
      'try the classifier of a platform of your own with its rows, with their wording changed, and with made-up replies',
    )
    .option('-C, --dir <folder>', 'the project that the file belongs to', process.cwd())
    .option('--json', 'print one JSON document instead of lines')
    .addHelpText(
      'after',
      '\nThe file exports the platform as default, and `conformance`: a usual call, what its success looks like, and a row\n' +
        'for every refusal. See docs/platforms.md.\n\nExample:\n  offpeak platform check platforms/parcels.ts',
    )
    .action(async (file: string, { dir, json }: { readonly dir: string; readonly json?: boolean }) => {
      const loaded = await loadPlatformFile(resolve(dir), file);
      if (!isPlatform(loaded.value))
        throw new OffpeakError('CONFIG_INVALID', `${loaded.file}: expected a default export made by definePlatform()`, {
          hint: 'Write `export default definePlatform({ … })`.',
        });
      const conformance = parseConformance(loaded.exports['conformance'], loaded.file);
      const checked = checks(loaded.value, conformance);
      const failed = checked.filter(({ faults }) => faults.length > 0);
      if (json)
        printJson({
          file: loaded.file,
          vendor: loaded.value.vendor,
          passed: checked.length - failed.length,
          failed: failed.length,
          checked,
        });
      else show(checked, loaded.value);
      process.exitCode = failed.length > 0 ? 1 : 0;
    });
}

function checks(platform: Platform, conformance: Conformance): Checked[] {
  return [
    ...conformance.rows.map((row) => ({
      question: row.name,
      faults: tried(() => checkRow(platform, conformance, row).map(faultText)),
    })),
    ...PROPERTIES.map(({ name, check }) => ({
      question: name,
      faults: tried(() => {
        check(platform, conformance);
        return [];
      }),
    })),
    { question: 'has a row for a refusal', faults: hasRefusal(conformance) ? [] : ['every row is a success'] },
  ];
}

function hasRefusal({ rows }: Conformance): boolean {
  return rows.some(({ want }) => want.kind !== 'ok');
}

/** A classifier that throws is a fault like any other. */
function tried(check: () => string[]): string[] {
  try {
    return check();
  } catch (thrown) {
    return [messageOf(thrown)];
  }
}

function faultText({ row, field, want, got }: RowFault): string {
  return `${row}: ${field}: expected ${want}, got ${got}`;
}

function show(checked: readonly Checked[], { vendor }: Platform): void {
  for (const { question, faults } of checked) {
    print(`${faults.length === 0 ? color.green('✓') : color.red('✗')} ${plainLines(question)}`);
    for (const fault of faults) print(`    ${plainLines(fault)}`);
  }
  const failed = checked.filter(({ faults }) => faults.length > 0).length;
  const words = `${vendor}: ${checked.length - failed} passed, ${failed} failed`;
  note(failed === 0 ? color.green(words) : color.red(words));
}
