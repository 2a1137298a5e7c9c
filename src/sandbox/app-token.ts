import { createHash } from 'node:crypto';

/** Live tokens kept; each request for one makes another, and the oldest is forgotten beyond this. */
const TOKENS_MAX = 1_000;

/** The access tokens of one app, given for its key and secret. */
export class AppTokens {
  readonly #seed: string;
  readonly #lifetimeMs: number;
  readonly #expiresAtMs = new Map<string, number>();
  #issued = 0;

  constructor(seed: string, lifetimeMs: number) {
    this.#seed = seed;
    this.#lifetimeMs = lifetimeMs;
  }

  issue(nowMs: number): { accessToken: string; expiresInMs: number } {
    this.#issued += 1;
    const accessToken = createHash('sha256')
      .update(`${this.#seed}/app-token/${this.#issued}`)
      .digest('hex')
      .slice(0, 32);
    this.#expiresAtMs.set(accessToken, nowMs + this.#lifetimeMs);
    const [oldest] = this.#expiresAtMs.keys();
    if (this.#expiresAtMs.size > TOKENS_MAX && oldest !== undefined) this.#expiresAtMs.delete(oldest);
    return { accessToken, expiresInMs: this.#lifetimeMs };
  }

  isGood(accessToken: string, nowMs: number): boolean {
    return nowMs < (this.#expiresAtMs.get(accessToken) ?? Number.NEGATIVE_INFINITY);
  }

  expireAll(): void {
    this.#expiresAtMs.clear();
  }
}
