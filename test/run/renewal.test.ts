import type { Refused } from '../../src/job/outcome';
import type { Http } from '../../src/platform/http';
import type { Platform, TokenSet, TokenSource } from '../../src/platform/platform';
import { Tokens } from '../../src/run/tokens';
import { SecretVault } from '../../src/secrets';
import { fakeClock } from '../fake-clock';
import { silent } from './setup';

const SCOPE = { app: 'a', api: 'list', user: '101' };
const OLD: TokenSet = { accessToken: 'old', refreshToken: 'r1', expiresAtMs: null };
const NEW: TokenSet = { accessToken: 'new', refreshToken: 'r2', expiresAtMs: null };

/** Tokens whose renewal gives `answer`, and whose source loads when it is told to. */
function setup(answer: TokenSet | Refused = NEW) {
  const clock = fakeClock();
  const loads: ((tokens: TokenSet) => void)[] = [];
  const saves: (() => void)[] = [];
  let renewals = 0;
  const source: TokenSource = {
    load: () => new Promise((resolve) => void loads.push(resolve)),
    save: () => new Promise((resolve) => void saves.push(resolve)),
  };
  const renew = {
    request: () => ({ method: 'POST' as const, url: 'http://127.0.0.1/token', headers: {}, body: null }),
    parse: () => answer,
  };
  const platform = { origins: [], tokens: { owner: 'user', source, renew } } as unknown as Platform;
  const http: Http = {
    attempt: () => {
      renewals += 1;
      const reply = { status: 200, headers: {}, body: '' };
      return Promise.resolve({ kind: 'reply', reply, replyBytes: 0, durationMs: 0 });
    },
    close: () => Promise.resolve(),
  };
  const vault = new SecretVault({ env: () => undefined, file: () => '' });
  const tokens = new Tokens({
    platform,
    source,
    http,
    vault,
    clock,
    signal: new AbortController().signal,
    log: silent,
  });
  return { tokens, loads, saves, settle: () => clock.advance(1), renewals: () => renewals };
}

describe('a renewal', () => {
  it('wins over a source that was read before it ended', async () => {
    const { tokens, loads, saves, settle } = setup();
    const slow = tokens.current(SCOPE);
    const refused = tokens.replace(SCOPE, 'old');
    await settle();
    loads[1]?.(OLD);
    await settle();
    saves[0]?.();
    expect(await refused).toEqual({ kind: 'token', value: 'new' });
    loads[0]?.(OLD); // what the source held when it was asked
    expect(await slow).toEqual({ kind: 'token', value: 'new' });
  });

  it('is waited for by calls that come while it is under way: none is sent with a token that is dead', async () => {
    const { tokens, loads, saves, settle, renewals } = setup();
    const refused = tokens.replace(SCOPE, 'old');
    await settle();
    loads[0]?.(OLD);
    await settle();
    const late = tokens.current(SCOPE);
    await settle();
    saves[0]?.();
    expect(await Promise.all([refused, late])).toEqual([
      { kind: 'token', value: 'new' },
      { kind: 'token', value: 'new' },
    ]);
    expect(renewals()).toBe(1);
  });

  it.each<Refused>([
    { kind: 'pause', code: 'HTTP_429', reason: 'slow', scope: {}, forMs: 1_000 },
    { kind: 'park', code: 'HTTP_429', reason: 'slow', scope: {}, untilMs: 1, advice: '' },
    { kind: 'fatal', code: '1', reason: 'refused', scope: null, advice: '' },
  ])('that is refused ($kind) stops the calls of its owner, and no others', async (answer) => {
    const { tokens, loads, settle } = setup(answer);
    const refused = tokens.replace(SCOPE, 'old');
    await settle();
    loads[0]?.(OLD);
    expect(await refused).toMatchObject({ kind: answer.kind, scope: { app: 'a', user: '101' } });
  });
});
