/** Messages to and from the process that started this one, such as pm2. */
export interface ParentChannel {
  /** Never throws: the parent may be gone, and this process goes on. */
  send(message: object | string): void;
  /** Returns how to listen no more. */
  listen(onMessage: (message: unknown) => void): () => void;
}

/** The channel to the parent, or null in a process that was started without one. */
export function openParentChannel(): ParentChannel | null {
  if (!process.send) return null;
  return {
    send(message) {
      // Without a callback Node throws at this process once the parent is gone.
      process.send?.(message, undefined, undefined, () => undefined);
    },
    listen(onMessage) {
      process.on('message', onMessage);
      return () => process.off('message', onMessage);
    },
  };
}
