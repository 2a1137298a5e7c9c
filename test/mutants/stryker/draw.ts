import { chanceOf } from '../../../src/schedule/chance';

/** So many of all, each as likely as any other: the same ones for the same seed. */
export function draw<Of>(all: readonly Of[], count: number, seed: number): readonly Of[] {
  const chance = chanceOf(seed);
  const left = [...all];
  const drawn: Of[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(chance() * left.length), 1));
  return drawn;
}
