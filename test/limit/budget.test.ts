import { type Budget, drawsOf } from '../../src/limit/budget';

function budget(parts: Partial<Budget>): Budget {
  return { name: 'b', limit: 1, per: 'day', scope: ['app'], source: 'test', ...parts };
}

const scope = { app: 'a', api: 'x.get', user: '7' };

describe('a budget', () => {
  it('has a counter for every combination of the names in its scope', () => {
    const draws = drawsOf([budget({ scope: ['user', 'api'] })], scope);
    expect(draws).toMatchObject([{ counter: 'b|api=x.get;user=7', scope: { api: 'x.get', user: '7' } }]);
  });

  it('does not apply to a call that lacks one of the names', () => {
    expect(drawsOf([budget({ scope: ['app', 'org'] })], scope)).toEqual([]);
  });

  it.each<[string, Partial<Budget>, boolean]>([
    ['only a value that the call has', { only: { api: ['y.get', 'x.get'] } }, true],
    ['only values that it has not', { only: { api: ['y.get'] } }, false],
    ['only values of a name that it lacks', { only: { org: ['o'] } }, false],
    ['only values of two names, of which one fits', { only: { api: ['x.get'], user: ['8'] } }, false],
    ['only values of two names that both fit', { only: { api: ['x.get'], user: ['7'] } }, true],
    ['only nothing', { only: { api: [] } }, false],
    ['all except a value that it has', { except: { user: ['7'] } }, false],
    ['all except values that it has not', { except: { user: ['8'], org: ['o'] } }, true],
    ['both, where it is excepted', { only: { api: ['x.get'] }, except: { user: ['7'] } }, false],
  ])('applies as its restriction says: %s', (_, parts, applies) => {
    expect(drawsOf([budget(parts)], scope)).toHaveLength(applies ? 1 : 0);
  });
});
