import { z } from 'zod';
import type { Call, ReplyOf } from '../../src/job/definition';
import '../../src/platform/bundled/kuaishou/reply-shapes';

type Orders = ReplyOf<'open.order.cursor.list'>;

const reply = z.object({ answer: z.string() });

/** Stands for the real one: what is tried here is which type a call has, which the compiler checks. */
function setup(body: unknown): { call: Call; given: unknown[] } {
  const given: unknown[] = [];
  const call = ((...args: unknown[]) => {
    given.push(args);
    return Promise.resolve(body);
  }) as Call;
  return { call, given };
}

describe('a call', () => {
  it('has the type of an API that is known, with and without an estimate', async () => {
    const { call } = setup({ data: { cursor: 'nomore', orderList: [] } });
    const plain: Orders = await call('open.order.cursor.list', { cursor: '' });
    const priced: Orders = await call('open.order.cursor.list', { cursor: '' }, { cost: { points: 2 } });
    expect([plain, priced].map(({ data }) => data.cursor)).toEqual(['nomore', 'nomore']);
  });

  it('has the type of its schema, with and without an estimate', async () => {
    const { call, given } = setup({ answer: 'yes' });
    const options = { reply, cost: { tokens: 1_200 } };
    const plain: { answer: string } = await call('chat', {}, { reply });
    const priced: { answer: string } = await call('chat', {}, options);
    expect([plain.answer, priced.answer]).toEqual(['yes', 'yes']);
    expect(given[1]).toEqual(['chat', {}, options]);
  });

  it('has none where nothing is known of its reply', async () => {
    const { call } = setup(1);
    const unknown: unknown = await call('chat', {}, { cost: { tokens: 1_200 } });
    expect(unknown).toBe(1);
  });
});
