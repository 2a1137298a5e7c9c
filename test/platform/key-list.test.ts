import type { Scope } from '../../src/job/scope';
import { CHINA_DAY } from '../../src/platform/account';
import { readError } from '../../src/platform/classify';
import type { ErrorReply } from '../../src/platform/error-reply';
import { keysAre, scopeFromKeys } from '../../src/platform/key-list';
import { NOW_MS, replyOf } from './setup';

const NAMES = { appkey: 'app', apiId: 'api', primaryUserId: 'user' } as const;
const LIMIT = /exceed limit/i;
const SCOPE: Scope = { app: 'ks1', api: 'open.item.get', user: '7', model: 'm' };

function errorOf(message: string, scope: Scope = SCOPE): ErrorReply {
  const context = { scope, nowMs: NOW_MS, day: CHINA_DAY, tokenOwner: null };
  const paths = { codes: [], texts: ['note', 'message'] };
  return readError(replyOf({}), { note: 'see [time: noon]', message }, { paths, context });
}

describe('a list of keys in a message', () => {
  it.each<[string, Scope]>([
    ['Exceed limit, KEY [appkey:ks9]', { app: 'ks1' }],
    ['exceed limit,[APIID:open.x;primaryuserid:1]', { api: 'open.item.get', user: '7' }],
    ['exceed limit, KEY 【 apiId:open.x ; appkey:ks9 】', { app: 'ks1', api: 'open.item.get' }],
    ['exceed limit, KEY [apiId:open.x], more [appkey:ks9]', { app: 'ks1', api: 'open.item.get' }],
  ])('%s names what the call calls so', (message, scope) => {
    expect(scopeFromKeys(LIMIT, NAMES)(errorOf(message))).toEqual(scope);
  });

  it.each([
    'exceed limit',
    'exceed limit, MAX [50.0]',
    'exceed limit, KEY [appkey:ks9;shopId:3]',
    'exceed limit, KEY [constructor:3]',
    'another message, KEY [appkey:ks9]',
  ])('that is not there, or not known, stops this very call: %s', (message) => {
    expect(scopeFromKeys(LIMIT, NAMES)(errorOf(message))).toEqual(SCOPE);
    expect(keysAre(LIMIT, NAMES, ['app'])(errorOf(message))).toBe(false);
  });

  it('with a name that the call lacks stops this very call', () => {
    const scope = { app: 'ks1', api: 'open.item.get' };
    expect(scopeFromKeys(LIMIT, NAMES)(errorOf('exceed limit [primaryUserId:7]', scope))).toEqual(scope);
  });

  it('is read in one go, however many brackets are opened', () => {
    const opened = 'KEY [apiId:open.x;'.repeat(20_000);
    expect(scopeFromKeys(LIMIT, NAMES)(errorOf(`exceed limit, ${opened}`))).toEqual(SCOPE);
    expect(scopeFromKeys(LIMIT, NAMES)(errorOf(`exceed limit, ${opened} KEY [appkey:ks9]`))).toEqual({ app: 'ks1' });
  });

  it('can be asked for exactly what it names, in any order', () => {
    const error = errorOf('exceed limit, KEY [apiId:open.x;appkey:ks9]');
    expect(keysAre(LIMIT, NAMES, ['app', 'api'])(error)).toBe(true);
    expect(keysAre(LIMIT, NAMES, ['api'])(error)).toBe(false);
    expect(keysAre(LIMIT, NAMES, ['app', 'api', 'user'])(error)).toBe(false);
  });
});
