import { REASON_CHARS_MAX } from '../../../src/job/attempt';
import { UNKNOWN_REPLIES_MAX, type UnknownReply } from '../../../src/job/unknown-reply';
import { codeOf, HOUR, NOW, type OpenBench, takeLease } from './setup';

const UNKNOWN: UnknownReply = {
  platform: 'shop',
  vendor: 'kuaishou',
  api: 'open.item.new',
  code: '987654',
  reason: 'no such thing',
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: '{"result":987654,"error_msg":"no such thing"}',
  times: 1,
  firstAtMs: NOW,
  lastAtMs: NOW,
};

/** One such reply, at an instant. */
function seen({ atMs = NOW, ...changes }: Partial<UnknownReply> & { atMs?: number } = {}): UnknownReply[] {
  return [{ ...UNKNOWN, ...changes, firstAtMs: atMs, lastAtMs: atMs }];
}

export function unknownReplySuite(setup: OpenBench): void {
  async function held() {
    const bench = await setup();
    return { ...bench, fence: await takeLease(bench.store) };
  }

  describe('a reply that no rule knows', () => {
    test('outlives the process, field by field', async () => {
      const { store, another, fence } = await held();
      await store.unknownReplies.keep(seen(), fence);
      expect(await (await another()).unknownReplies.list()).toEqual([UNKNOWN]);
    });

    test('is one row however often it comes: the first body stays, the last instant moves on', async () => {
      const { store, fence } = await held();
      await store.unknownReplies.keep(seen(), fence);
      await store.unknownReplies.keep(seen({ body: 'other', reason: 'other', atMs: NOW + HOUR }), fence);
      await store.unknownReplies.keep(seen({ atMs: NOW - HOUR }), fence); // a clock that was put back
      expect(await store.unknownReplies.list()).toEqual([{ ...UNKNOWN, times: 3, lastAtMs: NOW + HOUR }]);
    });

    test('counts as often as it came since the last time that it was kept', async () => {
      const { store, fence } = await held();
      await store.unknownReplies.keep([...seen(), ...seen({ code: '1', times: 40 })], fence);
      await store.unknownReplies.keep(seen({ times: 999 }), fence);
      const times = (await store.unknownReplies.list()).map(({ code, times }) => [code, times]);
      expect(Object.fromEntries(times)).toEqual({ [UNKNOWN.code]: 1_000, '1': 40 });
    });

    test('is a row of its own for another platform, API, code or status', async () => {
      const { store, fence } = await held();
      const others = [{}, { platform: 'forms' }, { api: 'open.item.get' }, { code: '1' }, { status: 400 }];
      for (const [at, other] of others.entries())
        await store.unknownReplies.keep(seen({ ...other, atMs: NOW + at }), fence);
      const listed = await store.unknownReplies.list();
      expect(listed.map(({ platform, status, code, api }) => [platform, status, code, api])).toEqual([
        ['forms', 200, '987654', 'open.item.new'],
        ['shop', 400, '987654', 'open.item.new'],
        ['shop', 200, '1', 'open.item.new'],
        ['shop', 200, '987654', 'open.item.get'],
        ['shop', 200, '987654', 'open.item.new'],
      ]);
      expect((await store.unknownReplies.list('forms')).map(({ platform }) => platform)).toEqual(['forms']);
    });

    test('goes when its platform has too many and it was last seen longest ago', async () => {
      const { store, fence } = await held();
      await store.unknownReplies.keep(seen({ platform: 'forms', atMs: NOW - HOUR }), fence);
      for (let at = 0; at < UNKNOWN_REPLIES_MAX; at += 1)
        await store.unknownReplies.keep(seen({ code: String(at), atMs: NOW + at }), fence);
      await store.unknownReplies.keep(seen({ code: '0', atMs: NOW + HOUR }), fence); // seen again
      await store.unknownReplies.keep(seen({ code: 'new', atMs: NOW + HOUR }), fence);
      const codes = (await store.unknownReplies.list('shop')).map(({ code }) => code);
      expect(codes).toHaveLength(UNKNOWN_REPLIES_MAX);
      expect(codes).toEqual(expect.arrayContaining(['0', 'new', '2']));
      expect(codes).not.toContain('1');
      expect(await store.unknownReplies.list('forms')).toHaveLength(1);
    });

    test('can be forgotten by an operator, platform by platform or all', async () => {
      const { store, another, fence } = await held();
      for (const platform of ['shop', 'forms', 'mail']) await store.unknownReplies.keep(seen({ platform }), fence);
      const operator = await another();
      expect(await operator.unknownReplies.forget('shop')).toBe(1);
      expect((await store.unknownReplies.list()).map(({ platform }) => platform)).toEqual(['forms', 'mail']);
      expect(await operator.unknownReplies.forget()).toBe(2);
      expect(await store.unknownReplies.list()).toEqual([]);
    });

    test('keeps its reason cut to what is kept', async () => {
      const { store, fence } = await held();
      await store.unknownReplies.keep(seen({ reason: 'x'.repeat(REASON_CHARS_MAX + 1) }), fence);
      expect((await store.unknownReplies.list())[0]?.reason).toHaveLength(REASON_CHARS_MAX);
    });

    test('is refused without the lease', async () => {
      const { store } = await setup();
      expect(await codeOf(store.unknownReplies.keep(seen(), 1))).toBe('FENCED');
    });
  });
}
