import { keptBody, keptHeaders, UNKNOWN_BODY_BYTES_MAX } from '../../src/job/unknown-reply';

const bytesOf = (text: string): number => Buffer.byteLength(text);

describe('the body of a reply that no rule knows', () => {
  it('is kept as it is while it is short enough', () => {
    const longest = 'x'.repeat(UNKNOWN_BODY_BYTES_MAX);
    for (const body of ['', '{"result":1}', '限制', longest]) expect(keptBody(body)).toBe(body);
  });

  it.each(['x', 'é', '限', '😀'])('is cut between two characters and marked: %s', (char) => {
    for (const before of ['', 'a', 'ab', 'abc']) {
      const kept = keptBody(before + char.repeat(UNKNOWN_BODY_BYTES_MAX + 1));
      expect(bytesOf(kept)).toBeLessThanOrEqual(UNKNOWN_BODY_BYTES_MAX);
      expect(bytesOf(kept)).toBeGreaterThan(UNKNOWN_BODY_BYTES_MAX - bytesOf(char));
      expect(kept).toMatch(new RegExp(`^${before}(?:${char})+… \\[cut\\]$`, 'u'));
    }
  });
});

describe('the headers of a reply that no rule knows', () => {
  const clean = (value: string): string => value.replaceAll('hunter2-hunter2', '[#]');

  it('are kept where they tell its kind, its instant and its limit, and no other', () => {
    const telling = {
      'content-type': 'text/html',
      date: 'Sun, 01 Mar 2026 02:00:00 GMT',
      'retry-after': '3',
      ratelimit: '"default";r=0;t=3',
      'ratelimit-policy': '"default";q=100;w=60',
      'x-ratelimit-remaining-tokens': '0',
      'x-rate-limit-reset': '3',
      'x-apig-ratelimit-api': 'remain:0,limit:2,time:1 minute',
    };
    const others = {
      'set-cookie': 'a=b',
      authorization: 'Bearer x',
      location: 'https://example.test/?a=b',
      server: 'x',
    };
    expect(keptHeaders({ ...others, ...telling }, clean)).toEqual(telling);
  });

  it('are kept without secrets and cut, and a bounded number of them', () => {
    expect(keptHeaders({ 'content-type': 'a hunter2-hunter2' }, clean)).toEqual({ 'content-type': 'a [#]' });
    expect(keptHeaders({ date: 'x'.repeat(300) }, clean)['date']).toHaveLength(200);
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`x-ratelimit-${at}`, '1']));
    expect(Object.keys(keptHeaders(many, clean))).toHaveLength(20);
  });
});
