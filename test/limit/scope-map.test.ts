import fc from 'fast-check';
import { covers, SCOPE_NAMES, type Scope, scopeKey } from '../../src/job/scope';
import { ScopeMap } from '../../src/limit/scope-map';

const scope: fc.Arbitrary<Scope> = fc
  .array(fc.tuple(fc.constantFrom(...SCOPE_NAMES), fc.constantFrom('1', '2')), { maxLength: 4 })
  .map((names) => Object.fromEntries(names));

function setup(...scopes: Scope[]): ScopeMap<string> {
  const map = new ScopeMap<string>();
  for (const each of scopes) map.set(each, scopeKey(each));
  return map;
}

describe('values by scope', () => {
  it('are found by every scope that theirs covers, and by no other', () => {
    fc.assert(
      fc.property(fc.array(scope), scope, (scopes, asked) => {
        const covering = scopes.filter((part) => covers(part, asked)).map(scopeKey);
        expect(
          setup(...scopes)
            .covering(asked)
            .sort(),
        ).toEqual([...new Set(covering)].sort());
      }),
    );
  });

  it('are got by exactly their scope, the latest that was set', () => {
    const map = setup({ user: '1' }, { user: '1', api: 'x' });
    map.set({ user: '1' }, 'second');
    expect(map.get({ user: '1' })).toBe('second');
    expect(map.get({ user: '2' })).toBeUndefined();
    expect(map.get({})).toBeUndefined();
    expect([...map.values()].sort()).toEqual(['api=x;user=1', 'second']);
  });

  it('are gone when deleted or pruned', () => {
    const map = setup({ user: '1' }, { user: '2' }, { app: 'a' }, {});
    map.delete({ user: '1' });
    map.delete({ org: 'never set' });
    map.prune((value) => value === 'app=a');
    expect([...map.values()].sort()).toEqual(['', 'user=2']);
    expect(map.covering({ app: 'a', user: '1' })).toEqual(['']);
  });
});
