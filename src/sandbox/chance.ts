// Taken out once: looking `Math` up for every character is what a page of records would otherwise spend its time on.
const { imul, floor } = Math;

/**
 * Chance that repeats: a number in [0, 1), always the same for the same seed and name. Not a secret, not for security.
 * FNV-1a over the text, then the finalizer of MurmurHash3, which spreads neighbouring names over the whole range.
 */
export function chance(seed: string, name: string): number {
  const text = `${seed}/${name}`;
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number from `range[0]` to `range[1]`, both included. */
export function chanceWithin(seed: string, name: string, range: readonly [number, number]): number {
  const [min, max] = range;
  return min + floor(chance(seed, name) * (max - min + 1));
}
