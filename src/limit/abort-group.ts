/**
 * Who gives up when a signal aborts. One listener a signal: an AbortSignal looks through all of its listeners for each
 * that is added, and a page may make ten thousand calls side by side. It stays when the last member leaves, and goes with
 * its signal: a partition's pages and calls come and go one after the other.
 */
export class AbortGroups<Member> {
  readonly #groups = new WeakMap<AbortSignal, Set<Member>>();
  readonly #giveUp: (member: Member) => void;

  /** @param giveUp told of each member when its signal aborts. */
  constructor(giveUp: (member: Member) => void) {
    this.#giveUp = giveUp;
  }

  add(signal: AbortSignal, member: Member): void {
    const members = this.#groups.get(signal) ?? this.#open(signal);
    members.add(member);
  }

  remove(signal: AbortSignal, member: Member): void {
    this.#groups.get(signal)?.delete(member);
  }

  #open(signal: AbortSignal): Set<Member> {
    const members = new Set<Member>();
    this.#groups.set(signal, members);
    signal.addEventListener('abort', () => this.#abort(members), { once: true });
    return members;
  }

  #abort(members: Set<Member>): void {
    const leaving = [...members];
    members.clear();
    for (const member of leaving) this.#giveUp(member);
  }
}
