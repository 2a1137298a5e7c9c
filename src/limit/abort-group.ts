/**
 * Who gives up when a signal aborts. One listener a signal: an AbortSignal looks through all of its listeners for each
 * that is added, and a page may make ten thousand calls side by side.
 */
export class AbortGroups<Member> {
  readonly #groups = new Map<AbortSignal, { members: Set<Member>; onAbort: () => void }>();
  readonly #giveUp: (member: Member) => void;

  /** @param giveUp told of each member when its signal aborts. */
  constructor(giveUp: (member: Member) => void) {
    this.#giveUp = giveUp;
  }

  add(signal: AbortSignal, member: Member): void {
    let group = this.#groups.get(signal);
    if (!group) {
      group = { members: new Set(), onAbort: () => this.#abort(signal) };
      this.#groups.set(signal, group);
      signal.addEventListener('abort', group.onAbort, { once: true });
    }
    group.members.add(member);
  }

  remove(signal: AbortSignal, member: Member): void {
    const group = this.#groups.get(signal);
    if (!group?.members.delete(member) || group.members.size > 0) return;
    this.#groups.delete(signal);
    signal.removeEventListener('abort', group.onAbort);
  }

  #abort(signal: AbortSignal): void {
    const group = this.#groups.get(signal);
    this.#groups.delete(signal);
    for (const member of group?.members ?? []) this.#giveUp(member);
  }
}
