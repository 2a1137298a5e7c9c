import fs, { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenSet, TokenSource } from '../../src/platform/platform';
import { Sqlite } from '../../src/store/driver';
import type { Machine } from '../../src/store/machine';
import { exclusively } from '../../src/store/token-entries';
import { openTokenFile } from '../../src/store/token-file';

const NOW_MS = Date.parse('2026-03-02T00:00:00+08:00');
const OLD: TokenSet = { accessToken: 'a1', refreshToken: 'r1', expiresAtMs: null };
const NEW: TokenSet = { accessToken: 'a2', refreshToken: 'r2', expiresAtMs: NOW_MS, refreshExpiresAtMs: NOW_MS + 9 };

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'offpeak-tokens-'));
  path = join(directory, 'tokens.json');
  writeFileSync(path, JSON.stringify({ '1': { accessToken: 'a1', refreshToken: 'r1' }, '2': { accessToken: 'b1' } }));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** As a process of this machine sees it; `alive` are the others that run. */
function processOf(pid: number, alive: readonly number[] = []): TokenSource {
  const machine: Machine = {
    host: 'mac-1',
    bootId: 'boot',
    pid,
    processStart: (asked) => (asked === pid || alive.includes(asked) ? `start of ${asked}` : null),
  };
  return openTokenFile(path, machine);
}

function fileText(): string {
  return readFileSync(path, 'utf8');
}

describe('a token file', () => {
  it('gives the tokens of an owner, and keeps the others when it saves', async () => {
    const tokens = processOf(1);
    expect(await tokens.load('1')).toEqual(OLD);
    expect(await tokens.load('3')).toBeNull();
    await tokens.save('1', NEW);
    expect(await tokens.load('1')).toEqual(NEW);
    expect(await tokens.load('2')).toMatchObject({ accessToken: 'b1' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is not written through a link that somebody has put in its way', async () => {
    const elsewhere = join(directory, 'elsewhere');
    writeFileSync(elsewhere, 'untouched');
    for (const name of ['tokens.json.new', 'tokens.json.part']) fs.symlinkSync(elsewhere, join(directory, name));
    await processOf(1).save('1', NEW);
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched');
    expect(await processOf(1).load('1')).toEqual(NEW);
    expect(statSync(`${path}.lock`).mode & 0o777).toBe(0o600);
  });

  it('is made with its folder where there is none', async () => {
    const tokens = openTokenFile(join(directory, 'new', 'tokens.json'));
    expect(await tokens.load('1')).toBeNull();
    await tokens.save('1', NEW);
    expect(await tokens.load('1')).toEqual(NEW);
  });

  it('that is none is refused without a word of its content', async () => {
    writeFileSync(path, '{"1":{"accessToken":"a1","refresh":"oops"}}');
    await expect(processOf(1).load('1')).rejects.toMatchObject({ code: 'SECRET_MISSING' });
    await expect(processOf(1).save('1', NEW)).rejects.not.toThrow(/oops/);
  });

  it('that is damaged is left as it is: nobody but its owner knows what it held', async () => {
    const half = readFileSync(path, 'utf8').slice(0, 40);
    writeFileSync(path, half);
    await expect(processOf(1).save('1', NEW)).rejects.toMatchObject({ code: 'SECRET_MISSING' });
    expect(fileText()).toBe(half);
  });

  it('says who is in the way when another process holds its lock', () => {
    const lock = new Sqlite(`${path}.lock`);
    lock.exec('BEGIN IMMEDIATE');
    const take = (): string => exclusively(path, () => 'mine', { busyMsMax: 0 });
    expect(take).toThrow(/tokens\.json\.lock: another process has held it/);
    lock.close();
    expect(take()).toBe('mine');
  });

  it('loses nothing when processes save side by side', async () => {
    const [one, two] = [processOf(1, [2]), processOf(2, [1])];
    await Promise.all(['1', '2', '3', '4', '5'].map((owner, n) => (n % 2 ? one : two).save(owner, NEW)));
    for (const owner of ['1', '2', '3', '4', '5']) expect(await one.load(owner)).toEqual(NEW);
  });
});

describe('a renewal that is begun', () => {
  it('is noted until its tokens are saved', async () => {
    const tokens = processOf(1);
    expect(await tokens.begin?.('1', OLD, NOW_MS)).toBe('begun');
    expect(await tokens.load('1')).toEqual(OLD);
    expect(await processOf(2).unfinished?.(NOW_MS)).toEqual([{ owner: '1', begunAtMs: NOW_MS }]);
    await tokens.save('1', NEW);
    expect(await processOf(2).unfinished?.(NOW_MS)).toEqual([]);
    expect(fileText()).not.toContain('renewal');
  });

  it('may be begun again by the same process, and by the next one when it is gone; the first beginning is kept', async () => {
    await processOf(1).begin?.('1', OLD, NOW_MS);
    expect(await processOf(1).begin?.('1', OLD, NOW_MS + 1_000)).toBe('begun');
    expect(await processOf(2).begin?.('1', OLD, NOW_MS + 2_000)).toBe('begun');
    expect(await processOf(3).unfinished?.(NOW_MS)).toEqual([{ owner: '1', begunAtMs: NOW_MS }]);
  });

  it('is left to a process that lives, for as long as a reply may take', async () => {
    await processOf(1).begin?.('1', OLD, NOW_MS);
    const other = processOf(2, [1]);
    expect(await other.begin?.('1', OLD, NOW_MS + 100_000)).toBe('busy');
    expect(await other.unfinished?.(NOW_MS + 100_000)).toEqual([]);
    expect(await other.begin?.('1', OLD, NOW_MS + 200_000)).toBe('begun');
  });

  it('is none when the file holds other tokens by now', async () => {
    await processOf(1).save('1', NEW);
    expect(await processOf(2).begin?.('1', OLD, NOW_MS)).toBe('changed');
    expect(await processOf(2).begin?.('9', OLD, NOW_MS)).toBe('changed');
    expect(fileText()).not.toContain('renewal');
  });

  it('ends with the tokens that were written aside when the process was killed', async () => {
    await processOf(1).begin?.('1', OLD, NOW_MS);
    writeFileSync(`${path}.new`, JSON.stringify({ '1': NEW, '2': { accessToken: 'b0' } }));
    expect(await processOf(2).load('1')).toEqual(NEW);
    expect(await processOf(2).unfinished?.(NOW_MS)).toEqual([]);
    expect(JSON.parse(fileText())).toMatchObject({ '1': NEW, '2': { accessToken: 'b1' } });
  });

  it('keeps what was written aside when the disk fills before the next change is written', async () => {
    await processOf(1).begin?.('1', OLD, NOW_MS);
    writeFileSync(`${path}.new`, JSON.stringify({ '1': NEW, '2': { accessToken: 'b1' } }));
    const full = jest.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    });
    await expect(processOf(2).save('2', NEW)).rejects.toThrow(/no space left/);
    full.mockRestore();
    expect(await processOf(3).load('1')).toEqual(NEW);
    await processOf(3).save('2', NEW);
    expect(JSON.parse(fileText())).toMatchObject({ '1': NEW, '2': NEW });
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('does not end with half of a file', async () => {
    await processOf(1).begin?.('1', OLD, NOW_MS);
    writeFileSync(`${path}.new`, JSON.stringify({ '1': NEW }).slice(0, 30));
    expect(await processOf(2).load('1')).toEqual(OLD);
    expect(await processOf(2).unfinished?.(NOW_MS)).toHaveLength(1);
  });

  it('is over when an operator has written new tokens, whatever lies beside them', async () => {
    writeFileSync(`${path}.new`, JSON.stringify({ '1': NEW }));
    expect(await processOf(2).load('1')).toEqual(OLD);
  });
});
