import type { Call } from '../../src/job/definition';
import { type RestListOptions, restList } from '../../src/job/rest-list';

interface Asked {
  readonly api: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Runs a list against replies in their order; returns what was asked, delivered and kept. */
async function read(options: RestListOptions, replies: readonly unknown[], page?: Record<string, string | number>) {
  const list = restList(options);
  const asked: Asked[] = [];
  const call = ((api: string, params: Asked['params'] = {}) => {
    asked.push({ api, params });
    return Promise.resolve(replies[asked.length - 1]);
  }) as Call;
  const cursor = list.cursor.parse(page ? { page } : list.initial());
  const records: unknown[] = [];
  const cursors: unknown[] = [];
  for await (const read of list.pages({ cursor, call, partition: { key: 'berlin', scope: {} }, nowMs: 7 })) {
    records.push(...read.records.map((record) => record['n']));
    cursors.push(read.cursor);
  }
  return { asked, params: asked.map(({ params }) => params), records, cursors };
}

const page = (...ns: number[]) => ({ data: { orders: ns.map((n) => ({ n })) } });

describe('a plain list', () => {
  it('counts pages until one is empty', async () => {
    const options = {
      api: 'GET /v1/orders',
      params: { status: 'open' },
      records: 'data.orders',
      next: 'page',
    } as const;
    const { asked, records, cursors } = await read(options, [page(1, 2), page(3), page()]);
    expect(asked).toEqual([1, 2, 3].map((n) => ({ api: 'GET /v1/orders', params: { status: 'open', page: n } })));
    expect(records).toEqual([1, 2, 3]);
    expect(cursors).toEqual([{ page: { page: 2 } }, { page: { page: 3 } }, { page: { page: 1 } }]);
  });

  it('takes a page that is shorter than its size for the last', async () => {
    const options = { api: 'a', records: 'data.orders', next: 'page', pageSize: 2, pageParam: 'p' } as const;
    const { params } = await read(options, [page(1, 2), page(3)]);
    expect(params).toEqual([{ p: 1 }, { p: 2 }]);
  });

  it.each([[null], [''], [undefined], [false]])('follows a token until it is %p', async (end) => {
    const options = { api: 'a', records: 'data.orders', next: 'cursor:meta.next' } as const;
    const replies = [
      { ...page(1), meta: { next: 'x' } },
      { ...page(2), meta: { next: 9 } },
      { ...page(3), meta: { next: end } },
    ];
    const { params, records } = await read(options, replies);
    expect(params).toEqual([{}, { cursor: 'x' }, { cursor: 9 }]);
    expect(records).toEqual([1, 2, 3]);
  });

  it('follows links, whose parameters win', async () => {
    const options = { api: 'GET /u/{id}', params: { id: 5, size: 1 }, records: 'data', next: 'link' } as const;
    const replies = [
      { data: [{ n: 1 }], next: { after: 'x', size: '2' } },
      { data: [{ n: 2 }], next: null },
    ];
    const { params, records } = await read(options, replies);
    expect(params).toEqual([
      { id: 5, size: 1 },
      { id: 5, size: '2', after: 'x' },
    ]);
    expect(records).toEqual([1, 2]);
  });

  it('goes on from its cursor, with parameters of the partition', async () => {
    const options: RestListOptions = {
      api: 'a',
      params: ({ partition, nowMs }) => ({ city: partition.key, nowMs }),
      records: 'data.orders',
      next: 'page',
    };
    const { params } = await read(options, [page()], { page: 4 });
    expect(params).toEqual([{ city: 'berlin', nowMs: 7, page: 4 }]);
  });

  it('takes null for an empty list', async () => {
    const { records } = await read({ api: 'a', records: 'data', next: 'page' }, [{ data: null }]);
    expect(records).toEqual([]);
  });

  it.each([
    { next: 'page', reply: { items: [] }, message: 'a data.orders: expected a list of objects, got nothing' },
    {
      next: 'page',
      reply: { data: { orders: ['x'] } },
      message: 'a data.orders: expected a list of objects, got a list of 1',
    },
    { next: 'cursor:next', reply: { ...page(1), next: {} }, message: 'a next: expected a token or null' },
    { next: 'link', reply: page(1), message: 'a next: expected the query of a link or null, got nothing' },
  ] as const)('ends the partition when a reply is none: $message', async ({ next, reply, message }) => {
    await expect(read({ api: 'a', records: 'data.orders', next }, [reply])).rejects.toMatchObject({
      code: 'RUN_FAILED',
      message: expect.stringContaining(message) as string,
    });
  });

  it('stops when the API does not know the parameter of the page', async () => {
    const options = { api: 'a', records: 'data.orders', next: 'page' } as const;
    await expect(read(options, [page(1), page(1), page(1), page(1)])).rejects.toMatchObject({
      code: 'RUN_FAILED',
      message: 'a: expected another page for {"page":3}, got the same records 3 times',
    });
  });
});

describe('the options of a plain list', () => {
  it.each([
    [{ api: '' }, 'restList() api: expected at least 1 characters, got ""'],
    [{ records: 'data..x' }, 'restList() records: expected a path such as "data.orders", got "data..x"'],
    [
      { next: 'offset' },
      'restList() next: expected "page", "link" or "cursor:" and a path, such as "cursor:data.next_cursor", got "offset"',
    ],
    [{ next: 'cursor:' }, 'restList() next: expected "page"'],
    [{ params: 5 }, 'restList() params: expected an object, got 5'],
    [{ params: { page: 1 } }, 'restList() params.page: expected no parameter that carries the page, got 1'],
    [{ next: 'link', pageParam: 'p' }, 'restList() pageParam: expected nothing beside next: "link", got "p"'],
    [{ next: 'link', pageSize: 5 }, 'restList() pageSize: expected nothing but beside next: "page", got 5'],
    [{ pageParm: 'p' }, 'unknown key "pageParm", did you mean "pageParam"?'],
  ])('name their fault: %j', (changes, message) => {
    const options = { api: 'a', records: 'data', next: 'page', ...changes } as RestListOptions;
    expect(() => restList(options)).toThrow(
      expect.objectContaining({ code: 'JOB_INVALID', message: expect.stringContaining(message) as string }) as Error,
    );
  });

  it('name all their faults at once', () => {
    const options = { api: '', records: '', next: 'x' } as unknown as RestListOptions;
    expect(() => restList(options)).toThrow(/ api: [^]* records: [^]* next: /);
  });
});
