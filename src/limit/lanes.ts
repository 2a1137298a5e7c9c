import { PRIORITY_DEFAULT } from '../job/definition';
import { type Scope, scopeKey } from '../job/scope';
import { type Flow, Lane, type Turnstile } from './lane';

export interface LaneRequest {
  readonly scope: Scope;
  readonly flow?: string | undefined;
  readonly priority?: number | undefined;
}

/** The lanes of one platform: made with their first call, dropped with their last. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #flows = new Map<string, Flow>();
  #turn = 0;

  /** @param turnstiles asked for only when the lane is new. */
  of({ scope, flow = '', priority = PRIORITY_DEFAULT }: LaneRequest, turnstiles: () => readonly Turnstile[]): Lane {
    const key = `${priority}|${flow}|${scopeKey(scope)}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new Lane(key, { scope, priority, flow: this.#flow(flow), turnstiles: turnstiles() });
      this.#lanes.set(key, lane);
      for (const turnstile of lane.turnstiles) turnstile.lanesOf += 1;
    }
    return lane;
  }

  /** Counts services: whoever takes the next number goes to the end of the round. */
  nextTurn(): number {
    return (this.#turn += 1);
  }

  drop({ key, flow, turnstiles }: Lane): void {
    this.#lanes.delete(key);
    for (const turnstile of turnstiles) turnstile.lanesOf -= 1;
    flow.lanes -= 1;
    if (flow.lanes === 0) this.#flows.delete(flow.name);
  }

  /** Calls that wait. */
  get waiting(): number {
    let count = 0;
    for (const lane of this.#lanes.values()) count += lane.count;
    return count;
  }

  #flow(name: string): Flow {
    let flow = this.#flows.get(name);
    if (!flow) {
      flow = { name, turn: this.nextTurn(), lanes: 0 };
      this.#flows.set(name, flow);
    }
    flow.lanes += 1;
    return flow;
  }
}
