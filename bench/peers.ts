import Bottleneck from 'bottleneck';
import { RateLimiter } from 'limiter';
import { RateLimiterMemory, RateLimiterQueue } from 'rate-limiter-flexible';
import type { Reply } from './caller';

/** Starts a call when its limiter lets it, and resolves when the call is over. */
export type Gate = (call: () => Promise<Reply>) => Promise<unknown>;

/** Each library as its own documentation says that so many calls a second are kept. */
export const PEERS: Readonly<Record<string, (perSecond: number) => Gate | Promise<Gate>>> = {
  'bottleneck reservoir': (perSecond) =>
    bottleneck({ reservoir: perSecond, reservoirRefreshAmount: perSecond, reservoirRefreshInterval: 1_000 }),
  'bottleneck minTime': (perSecond) => bottleneck({ minTime: 1_000 / perSecond }),
  'bottleneck minTime + 1 %': (perSecond) => bottleneck({ minTime: 1_010 / perSecond }),
  'p-throttle': async (perSecond) => {
    const { default: pThrottle } = await import('p-throttle');
    return pThrottle({ limit: perSecond, interval: 1_000 })((call: () => Promise<Reply>) => call());
  },
  'p-queue intervalCap': async (perSecond) => {
    const { default: PQueue } = await import('p-queue');
    const queue = new PQueue({ intervalCap: perSecond, interval: 1_000 });
    return (call) => queue.add(call);
  },
  limiter: (perSecond) => {
    const limiter = new RateLimiter({ tokensPerInterval: perSecond, interval: 'second' });
    return async (call) => {
      await limiter.removeTokens(1);
      return call();
    };
  },
  'rate-limiter-flexible queue': (perSecond) => {
    const queue = new RateLimiterQueue(new RateLimiterMemory({ points: perSecond, duration: 1 }), {
      maxQueueSize: 1_000_000,
    });
    return async (call) => {
      await queue.removeTokens(1);
      return call();
    };
  },
};

function bottleneck(options: Bottleneck.ConstructorOptions): Gate {
  const limiter = new Bottleneck(options);
  return (call) => limiter.schedule(call);
}
