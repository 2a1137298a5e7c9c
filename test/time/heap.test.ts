import fc from 'fast-check';
import { Heap } from '../../src/time/heap';

interface Item {
  heapIndex: number;
  rank: number;
}

const ranks = fc.nat({ max: 50 });
const action = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), rank: ranks }),
  fc.record({ kind: fc.constant('pop' as const) }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('move' as const), at: fc.nat(), rank: ranks }),
);

describe('a heap', () => {
  it('gives what a sorted list gives, whatever is pushed, popped, removed and moved', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const heap = new Heap<Item>((a, b) => a.rank < b.rank);
        const list: Item[] = [];
        for (const step of actions) {
          const picked = 'at' in step ? list[step.at % Math.max(1, list.length)] : undefined;
          if (step.kind === 'push') {
            const item = { heapIndex: -1, rank: step.rank };
            heap.push(item);
            list.push(item);
          } else if (step.kind === 'move' && picked) {
            picked.rank = step.rank;
            heap.moved(picked);
          } else if (step.kind === 'remove' && picked) {
            heap.remove(picked);
            list.splice(list.indexOf(picked), 1);
            expect(picked.heapIndex).toBe(-1);
          } else if (step.kind === 'pop') {
            const first = heap.pop();
            expect(first?.rank).toBe(list.length > 0 ? Math.min(...list.map(({ rank }) => rank)) : undefined);
            if (first) list.splice(list.indexOf(first), 1);
          }
          expect(new Set(heap.items())).toEqual(new Set(list));
          expect(heap.items().every(({ heapIndex }, at) => heapIndex === at)).toBe(true);
          expect(heap.peek()?.rank).toBe(list.length > 0 ? Math.min(...list.map(({ rank }) => rank)) : undefined);
        }
      }),
    );
  });
});
