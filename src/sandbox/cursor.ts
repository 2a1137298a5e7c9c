import { createHmac } from 'node:crypto';

/** What a cursor stands for: a place in one query. */
export interface CursorPlace {
  readonly offset: number;
  readonly issuedAtMs: number;
}

/** Opaque page tokens that are good for the query they were issued for and for no other. */
export class Cursors {
  readonly #key: string;
  readonly #lifetimeMs: number;

  /** `lifetimeMs` null: they never expire. */
  constructor(key: string, lifetimeMs: number | null) {
    this.#key = key;
    this.#lifetimeMs = lifetimeMs ?? Number.POSITIVE_INFINITY;
  }

  issue(query: string, { offset, issuedAtMs }: CursorPlace): string {
    const place = `${offset}.${issuedAtMs}`;
    return Buffer.from(`${place}.${this.#mark(query, place)}`).toString('base64url');
  }

  /** The offset, or null for a cursor that was made up, belongs to another query, or has expired. */
  read(query: string, cursor: string, nowMs: number): number | null {
    const match = /^((\d+)\.(\d+))\.([0-9a-f]+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'));
    const [, place, offset, issuedAtMs, mark] = match ?? [];
    if (place === undefined || mark !== this.#mark(query, place)) return null;
    return nowMs - Number(issuedAtMs) < this.#lifetimeMs ? Number(offset) : null;
  }

  #mark(query: string, place: string): string {
    return createHmac('sha256', this.#key).update(`${query}|${place}`).digest('hex').slice(0, 16);
  }
}
