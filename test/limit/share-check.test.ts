import type { JobQuota } from '../../src/job/quota';
import { drawsOf } from '../../src/limit/budget';
import { shareWarnings } from '../../src/limit/share-check';
import { ordersJob } from '../run/jobs';

const [DRAW = null] = drawsOf([{ name: 'app-day', limit: 1_000, per: 'day', scope: ['app'], source: 'test' }], {
  app: 'ks1',
});

function job(name: string, quota?: JobQuota) {
  return ordersJob(['101'], { name, ...(quota && { quota }) });
}

describe('shares of the jobs of a platform', () => {
  it('are warned of when the reserves are more than there is, with the jobs that have one', () => {
    const jobs = [job('a', { reserve: 600 }), job('b', { reserve: 500 }), job('c', { weight: 2 }), job('d')];
    expect(shareWarnings({ name: 'shop', draw: DRAW }, jobs)).toEqual([
      'platform shop: expected reserves of at most app-day, 1000, got 1100 of a, b: by priority until it is gone',
    ]);
  });

  it('are warned of when the platform has nothing that they could share', () => {
    expect(shareWarnings({ name: 'shop', draw: null }, [job('a', { cap: 5 })])).toEqual([
      expect.stringContaining('platform shop: no budget that jobs can share') as string,
    ]);
  });

  it('are fine where they fit, where nobody has one, and for jobs of other platforms', () => {
    expect(shareWarnings({ name: 'shop', draw: DRAW }, [job('a', { reserve: 1_000 }), job('b')])).toEqual([]);
    expect(shareWarnings({ name: 'shop', draw: null }, [job('a')])).toEqual([]);
    expect(shareWarnings({ name: 'other', draw: DRAW }, [job('a', { reserve: 2_000 })])).toEqual([]);
  });
});
