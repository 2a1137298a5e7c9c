import { getEventListeners } from 'node:events';
import { AbortGroups } from '../../src/limit/abort-group';

function setup() {
  const gaveUp: string[] = [];
  const groups = new AbortGroups<string>((member) => gaveUp.push(member));
  const abort = new AbortController();
  const listeners = (): number => getEventListeners(abort.signal, 'abort').length;
  return { groups, gaveUp, abort, listeners };
}

describe('those who give up with a signal', () => {
  it('are all told when it aborts, and nobody else is', () => {
    const { groups, gaveUp, abort } = setup();
    groups.add(abort.signal, 'a');
    groups.add(new AbortController().signal, 'b');
    groups.add(abort.signal, 'c');
    abort.abort();
    expect(gaveUp).toEqual(['a', 'c']);
  });

  it('are not told once they have left', () => {
    const { groups, gaveUp, abort } = setup();
    groups.add(abort.signal, 'a');
    groups.add(abort.signal, 'b');
    groups.remove(abort.signal, 'a');
    groups.remove(abort.signal, 'nobody');
    abort.abort();
    expect(gaveUp).toEqual(['b']);
  });

  it('share one listener, which stays for the next of them', () => {
    const { groups, gaveUp, abort, listeners } = setup();
    for (let member = 0; member < 10_000; member += 1) groups.add(abort.signal, `${member}`);
    expect(listeners()).toBe(1);
    for (let member = 0; member < 10_000; member += 1) groups.remove(abort.signal, `${member}`);
    groups.add(abort.signal, 'late');
    expect(listeners()).toBe(1);
    abort.abort();
    expect(gaveUp).toEqual(['late']);
  });
});
