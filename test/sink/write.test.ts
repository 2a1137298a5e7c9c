import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { jsonl, type SinkPage, upsert } from '../../src/job/sink';
import { fileNameOf } from '../../src/sink/jsonl';
import { openSinks } from '../../src/sink/write';

const directories: string[] = [];

afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

function setup(): { project: string; file: string; write: ReturnType<typeof openSinks> } {
  const project = mkdtempSync(join(tmpdir(), 'offpeak-sink-'));
  directories.push(project);
  return { project, file: join(project, 'out', 'orders', 'shop-1.jsonl'), write: openSinks(project) };
}

function page(changes: Partial<SinkPage> = {}): SinkPage {
  return {
    job: 'orders',
    partition: 'shop-1',
    idempotencyKey: 'orders/shop-1/7/1',
    records: [],
    state: null,
    ...changes,
  };
}

const sink = jsonl('out');

describe('the jsonl sink', () => {
  it('appends a line per record and returns the committed length', async () => {
    const { file, write } = setup();
    const first = await write(sink, page({ records: [{ a: 1 }, { b: '行\n' }] }));
    expect(first.upsert).toBeNull();
    const second = await write(sink, page({ records: [{ c: 3 }], state: first.state }));
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":"行\\n"}\n{"c":3}\n');
    expect(JSON.parse(second.state ?? '')).toEqual({
      file: join('out', 'orders', 'shop-1.jsonl'),
      bytes: statSync(file).size,
    });
  });

  it('cuts off what a crash left behind the committed length, also with an empty page', async () => {
    const { file, write } = setup();
    const { state } = await write(sink, page({ records: [{ a: 1 }] }));
    await write(sink, page({ records: [{ lost: 1 }, { lost: 2 }], state }));
    appendFileSync(file, '{"half a li');
    await write(sink, page({ records: [{ b: 2 }], state }));
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n{"b":2}\n');
    await write(sink, page({ state }));
    expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n');
  });

  it('makes no file for a partition without records', async () => {
    const { file, write } = setup();
    await write(sink, page());
    expect(existsSync(file)).toBe(false);
  });

  it('moves aside a file that no committed state speaks of, and never destroys it', async () => {
    const { file, write } = setup();
    mkdirSync(join(file, '..'), { recursive: true });
    for (const text of ['first\n', 'second\n']) {
      writeFileSync(file, text);
      await write(sink, page({ records: [{ a: 1 }] }));
      expect(readFileSync(file, 'utf8')).toBe('{"a":1}\n');
    }
    expect(readFileSync(`${file}.aside-1`, 'utf8')).toBe('first\n');
    expect(readFileSync(`${file}.aside-2`, 'utf8')).toBe('second\n');
  });

  it('starts a new file when its reader took the old one away, and when the directory is another one', async () => {
    const { project, file, write } = setup();
    const { state } = await write(sink, page({ records: [{ a: 1 }] }));
    rmSync(file);
    const next = await write(sink, page({ records: [{ b: 2 }], state }));
    expect(readFileSync(file, 'utf8')).toBe('{"b":2}\n');
    const moved = await write(jsonl('elsewhere'), page({ records: [{ c: 3 }], state: next.state }));
    expect(readFileSync(join(project, 'elsewhere', 'orders', 'shop-1.jsonl'), 'utf8')).toBe('{"c":3}\n');
    expect(moved.state).toContain('elsewhere');
  });

  it('refuses to go on behind lines that are gone', async () => {
    const { file, write } = setup();
    const { state } = await write(sink, page({ records: [{ a: 1 }] }));
    truncateSync(file, 3);
    await expect(write(sink, page({ records: [{ b: 2 }], state }))).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: `${join('out', 'orders', 'shop-1.jsonl')}: expected at least the 8 bytes that are committed, got 3`,
    });
  });

  it('refuses the state of another sink and says what a file system said', async () => {
    const { project, write } = setup();
    await expect(write(sink, page({ state: '{"offset":1}' }))).rejects.toMatchObject({ code: 'SINK_FAILED' });
    await expect(write(sink, page({ state: 'text' }))).rejects.toMatchObject({ code: 'SINK_FAILED' });
    writeFileSync(join(project, 'out'), 'a file where a directory must be');
    await expect(write(sink, page({ records: [{ a: 1 }] }))).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: expect.stringContaining('cannot be written') as unknown,
    });
  });

  it('writes nothing of a page with a record that is none', async () => {
    const { file, write } = setup();
    const records = [{ a: 1 }, null] as unknown as SinkPage['records'];
    await expect(write(sink, page({ records }))).rejects.toThrow('record 1 of the page: expected an object, got null');
    expect(existsSync(file)).toBe(false);
  });

  it.each(['../../x', '..', '.', '/etc/passwd', 'a/b\\c', 'C:', '店铺 1', 'x'.repeat(200), '页'.repeat(200)])(
    'keeps the partition %s inside its directory',
    async (partition) => {
      const { project, write } = setup();
      await write(sink, page({ partition, records: [{ a: 1 }] }));
      expect(readdirSync(project)).toEqual(['out']);
      const names = readdirSync(join(project, 'out', 'orders'));
      expect(names).toHaveLength(1);
      expect(Buffer.byteLength(names[0]!)).toBeLessThan(255);
    },
  );

  it('names files so that no two partitions share one and the name tells the key', () => {
    const keys = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' });
    fc.assert(
      fc.property(keys, (key) => {
        const name = fileNameOf(key);
        expect(name).toMatch(/^[A-Za-z0-9_%-]+$/);
        expect(decodeURIComponent(name)).toBe(key);
      }),
    );
    expect(fileNameOf(`${'页'.repeat(199)}1`)).not.toBe(fileNameOf(`${'页'.repeat(199)}2`));
  });
});

describe('the other sinks', () => {
  it('hand the rows of an upsert to the commit and leave the state alone', async () => {
    const { write } = setup();
    expect(await write(upsert('orders', { key: 'oid' }), page({ records: [{ oid: 1 }], state: 's' }))).toEqual({
      upsert: { table: 'orders', rows: [{ key: '1', data: '{"oid":1}' }] },
      state: 's',
    });
  });

  it('call a function with the page and the same idempotency key, and wait for it', async () => {
    const { write } = setup();
    const seen: unknown[] = [];
    const records = [{ a: 1 }];
    const written = await write(
      async (...delivery) => {
        await Promise.resolve();
        seen.push(delivery);
      },
      page({ records, state: 's' }),
    );
    expect(written).toEqual({ upsert: null, state: 's' });
    expect(seen).toEqual([[records, { job: 'orders', partition: 'shop-1', idempotencyKey: 'orders/shop-1/7/1' }]]);
  });

  it('report what a function threw, with the page', async () => {
    const { write } = setup();
    const failing = (): void => {
      throw new Error('warehouse is down');
    };
    await expect(write(failing, page())).rejects.toMatchObject({
      code: 'SINK_FAILED',
      message: 'sink of orders/shop-1/7/1: warehouse is down',
    });
  });
});
