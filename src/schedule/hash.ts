/**
 * A whole number from 0 to 2^32-1 that is stable for a text and evenly spread: FNV-1a, then the finalizer of
 * MurmurHash3, because FNV alone leaves names that differ in the last letter side by side.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
