import { inspect } from 'node:util';
import { messageOf, OffpeakError } from './errors';

const BRAND = Symbol.for('offpeak.secret');

/** A reference to a secret. Prints as its reference wherever it is printed; the value is read at call time. */
export class Secret {
  readonly [BRAND] = true;

  constructor(
    readonly source: 'env' | 'file',
    readonly locator: string,
  ) {}

  toString(): string {
    return `[secret ${this.source}:${this.locator}]`;
  }
  toJSON(): string {
    return this.toString();
  }
  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * Refers to a secret: `secret('env:KUAISHOU_SIGN_SECRET')` or `secret('file:/run/secrets/yida')`.
 * A file is read whole and trailing line breaks are dropped.
 */
export function secret(reference: string): Secret {
  const match = /^(env|file):(.+)$/.exec(reference);
  if (!match?.[1] || !match[2]) {
    // The text is not repeated: it may be the secret itself.
    throw new OffpeakError('CONFIG_INVALID', 'secret(): expected "env:NAME" or "file:path"', {
      hint: "Write secret('env:NAME') and put the value into the environment.",
    });
  }
  return new Secret(match[1] as 'env' | 'file', match[2]);
}

/** True for a reference made by any copy of this package. */
export function isSecret(value: unknown): value is Secret {
  return typeof value === 'object' && value !== null && BRAND in value;
}

export interface SecretReaders {
  env(name: string): string | undefined;
  /** Throws when the file cannot be read. */
  file(path: string): string;
}

/** Shorter values would blank out ordinary text. */
const SCRUBBED_LENGTH_MIN = 6;

/** Resolves references, remembers every value it handed out, and blanks those values in any text. */
export class SecretVault {
  readonly #readers: SecretReaders;
  readonly #values = new Map<string, string>(); // value -> how it is printed

  constructor(readers: SecretReaders) {
    this.#readers = readers;
  }

  /** The value behind a reference. Throws `SECRET_MISSING` naming the reference. */
  reveal(ref: Secret): string {
    const value = this.#read(ref);
    this.remember(value, ref.toString());
    return value;
  }

  /** The references that lead to nothing, for a check before any call is made. */
  missing(refs: readonly Secret[]): Secret[] {
    return refs.filter((ref) => {
      try {
        this.reveal(ref);
        return false;
      } catch {
        return true;
      }
    });
  }

  /** Also scrub a value that did not come from a reference, such as a renewed access token. */
  remember(value: string, printedAs: string): void {
    if (value.length < SCRUBBED_LENGTH_MIN) return;
    for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64'), JSON.stringify(value).slice(1, -1)]) {
      this.#values.set(form, printedAs);
    }
  }

  /** The text with every known value, in its raw, URL-encoded, base64 and JSON form, replaced by its reference. */
  scrub(text: string): string {
    let out = text;
    // Longest first: a value that contains another must not be left in halves.
    for (const value of [...this.#values.keys()].sort((a, b) => b.length - a.length)) {
      if (out.includes(value)) out = out.replaceAll(value, this.#values.get(value) ?? '[secret]');
    }
    return out;
  }

  #read(ref: Secret): string {
    const hint = `Set it, or change the reference ${ref.toString()} in the config file.`;
    if (ref.source === 'env') {
      const value = this.#readers.env(ref.locator);
      if (value === undefined || value === '') {
        throw new OffpeakError('SECRET_MISSING', `environment variable ${ref.locator} is not set`, { hint });
      }
      return value;
    }
    try {
      return this.#readers.file(ref.locator).replace(/[\r\n]+$/, '');
    } catch (cause) {
      throw new OffpeakError('SECRET_MISSING', `secret file ${ref.locator} cannot be read: ${messageOf(cause)}`, { hint, cause });
    }
  }
}
