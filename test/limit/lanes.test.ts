import { InFlight } from '../../src/limit/in-flight';
import { type Lane, Turnstile } from '../../src/limit/lane';
import { Lanes } from '../../src/limit/lanes';

const SCOPE = { user: 'u' };
const none = (): readonly Turnstile[] => [];

function push(lane: Lane): void {
  const { signal } = new AbortController();
  lane.push({ amounts: null, askedAtMs: 0, resolve: () => undefined, signal, lane, hasLeft: false });
}

describe('lanes', () => {
  it('are one for each scope, flow and priority, until they are dropped', () => {
    const lanes = new Lanes();
    const lane = lanes.of({ scope: SCOPE, flow: 'f', priority: 5 }, none);
    expect(lanes.of({ scope: SCOPE, flow: 'f', priority: 5 }, none)).toBe(lane);
    expect(lanes.of({ scope: SCOPE, flow: 'f' }, none)).toBe(lane); // 5 is the default
    expect(lanes.of({ scope: SCOPE, flow: 'g' }, none)).not.toBe(lane);
    expect(lanes.of({ scope: SCOPE, flow: 'f', priority: 4 }, none)).not.toBe(lane);
    expect(lanes.of({ scope: { user: 'v' }, flow: 'f' }, none)).not.toBe(lane);
    lanes.drop(lane);
    expect(lanes.of({ scope: SCOPE, flow: 'f' }, none)).not.toBe(lane);
  });

  it('of calls without a flow share one', () => {
    const lanes = new Lanes();
    expect(lanes.of({ scope: SCOPE }, none)).toBe(lanes.of({ scope: SCOPE, flow: '' }, none));
  });

  it('count those that draw on a counter, each once', () => {
    const lanes = new Lanes();
    const turnstile = new Turnstile(new InFlight(1), 'places');
    const one = lanes.of({ scope: SCOPE, flow: 'f' }, () => [turnstile]);
    lanes.of({ scope: SCOPE, flow: 'f' }, () => [turnstile]);
    lanes.of({ scope: SCOPE, flow: 'g' }, () => [turnstile]);
    expect(turnstile.lanesOf).toBe(2);
    lanes.drop(one);
    expect(turnstile.lanesOf).toBe(1);
  });

  it('count the calls that wait in all of them', () => {
    const lanes = new Lanes();
    const [one, other] = ['f', 'g'].map((flow) => lanes.of({ scope: SCOPE, flow }, none));
    push(one!);
    push(other!);
    push(other!);
    expect(lanes.waiting).toBe(3);
    other!.drop(other!.head()!);
    expect(lanes.waiting).toBe(2);
  });

  it('of one flow share its turn, which lasts as long as one of them', () => {
    const lanes = new Lanes();
    const [one, other] = [5, 6].map((priority) => lanes.of({ scope: SCOPE, flow: 'f', priority }, none));
    expect(one!.flow).toBe(other!.flow);
    const { turn } = one!.flow;
    lanes.drop(one!);
    expect(lanes.of({ scope: SCOPE, flow: 'f', priority: 7 }, none).flow.turn).toBe(turn);
    lanes.drop(other!);
    lanes.drop(lanes.of({ scope: SCOPE, flow: 'f', priority: 7 }, none));
    expect(lanes.of({ scope: SCOPE, flow: 'f' }, none).flow.turn).toBeGreaterThan(turn);
  });

  it('come in the order of the calls within them, without those that gave up', () => {
    const lane = new Lanes().of({ scope: SCOPE }, none);
    for (let call = 0; call < 3_000; call += 1) push(lane);
    const calls = [...lane.calls()];
    for (const call of calls.slice(0, 2_000)) lane.drop(call);
    lane.drop(calls[2_500]!);
    expect(lane.head()).toBe(calls[2_000]);
    expect([...lane.calls()]).toEqual([...calls.slice(2_000, 2_500), ...calls.slice(2_501)]);
    expect(lane.count).toBe(999);
  });
});
