import { UNKNOWN_REPLIES_MAX, type UnknownReply } from '../../src/job/unknown-reply';
import { UnknownReplies } from '../../src/run/unknown-replies';
import { fakeClock } from '../fake-clock';

function setup() {
  const clock = fakeClock();
  const written: (readonly UnknownReply[])[] = [];
  const unknownReplies = {
    keep: (replies: readonly UnknownReply[]) => Promise.resolve(void written.push(replies)),
    list: () => Promise.resolve([]),
    forget: () => Promise.resolve(0),
  };
  const replies = new UnknownReplies({ unknownReplies, clock, fence: 1 });
  const see = (code: string): Promise<void> => {
    const atMs = clock.nowMs();
    const about = { platform: 'shop', vendor: 'kuaishou', api: 'list', status: 200, reason: 'no', headers: {} };
    return replies.see({ ...about, code, body: `{"at":${atMs}}`, times: 1, firstAtMs: atMs, lastAtMs: atMs });
  };
  return { clock, written, replies, see };
}

it('the first of them is kept at once, a thousand in a second with two writes more', async () => {
  const { clock, written, replies, see } = setup();
  for (let n = 0; n < 1_000; n += 1) {
    await see('7');
    await clock.advance(1);
  }
  await see('7');
  await see('8');
  await replies.flush();
  expect(written.map((batch) => batch.map(({ code, times }) => [code, times]))).toEqual([
    [['7', 1]],
    [['7', 1_000]],
    [['8', 1]],
  ]);
});

it('what waits keeps the first body and moves on to the last instant', async () => {
  const { clock, written, replies, see } = setup();
  await see('6');
  const startMs = clock.nowMs();
  await see('7');
  await clock.advance(300);
  await see('7');
  await replies.flush();
  const row = { code: '7', times: 2, body: `{"at":${startMs}}`, firstAtMs: startMs, lastAtMs: startMs + 300 };
  expect(written[1]).toMatchObject([row]);
});

it('a code that is new with each reply fills no more memory than the store has room for', async () => {
  const { written, replies, see } = setup();
  for (let n = 0; n < UNKNOWN_REPLIES_MAX + 50; n += 1) await see(String(n));
  await replies.flush();
  expect(written).toHaveLength(2);
  expect(written[1]).toHaveLength(UNKNOWN_REPLIES_MAX);
  expect(written[1]?.at(-1)?.code).toBe(String(UNKNOWN_REPLIES_MAX + 49));
});

it('nothing is written where nothing waits', async () => {
  const { written, replies } = setup();
  await replies.flush();
  expect(written).toEqual([]);
});
