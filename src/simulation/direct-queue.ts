import type { OpenQueue } from '../limit/call-queue';

/** A queue without a wait: the admission in front of it lets no more through than there are places. */
export const openDirectQueue: OpenQueue = () => {
  const running = new Set<Promise<unknown>>();
  return {
    async run(task) {
      const work = task();
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    depth: () => running.size,
    async stop() {
      await Promise.allSettled(running);
    },
  };
};
