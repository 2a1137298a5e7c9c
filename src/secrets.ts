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
/** Renewed tokens add up in a process that runs for months: those that were not used for longest are forgotten. */
const VALUES_MAX = 20_000;

/** How a form of values is printed, and how many values have it: those that differ in a few last bits share some. */
interface Form {
  readonly printedAs: string;
  values: number;
}

/** Resolves references, remembers every value it handed out, and blanks those values in any text. */
export class SecretVault {
  readonly #readers: SecretReaders;
  readonly #values = new Map<string, readonly string[]>(); // value -> its own forms; least recently used first
  readonly #forms = new Map<string, Form>();
  readonly #lengths = new Map<string, Map<number, number>>(); // first SCRUBBED_LENGTH_MIN characters -> length -> forms

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
    return refs.filter((ref) => !this.#isReadable(ref));
  }

  #isReadable(ref: Secret): boolean {
    try {
      this.reveal(ref);
      return true;
    } catch {
      return false;
    }
  }

  /** The references whose values are too short to be found in a text. */
  tooShort(refs: readonly Secret[]): Secret[] {
    return refs.filter((ref) => this.#isReadable(ref) && this.reveal(ref).length < SCRUBBED_LENGTH_MIN);
  }

  /** Also scrub a value that did not come from a reference, such as a renewed access token. */
  remember(value: string, printedAs: string): void {
    if (value.length < SCRUBBED_LENGTH_MIN) return;
    const known = this.#values.get(value);
    if (known) this.#values.delete(value);
    this.#values.set(value, known ?? this.#index(value, printedAs));
    if (this.#values.size > VALUES_MAX) this.#forgetOldest();
  }

  /**
   * The text with every known value replaced by its reference, also where it is URL-encoded, in base64 (alone or inside
   * of more, as in Basic authentication), in hex or escaped in JSON. Of values that overlap nothing is left.
   */
  scrub(text: string): string {
    let out = '';
    let doneTo = 0; // everything before it is in `out`, or part of a value
    for (let at = 0; at + SCRUBBED_LENGTH_MIN <= text.length; at += 1) {
      const form = this.#formAt(text, at);
      if (form === undefined || at + form.length <= doneTo) continue;
      // A value that begins inside the one before is covered by that one's name.
      if (at >= doneTo) out += text.slice(doneTo, at) + (this.#forms.get(form)?.printedAs ?? '[secret]');
      doneTo = at + form.length;
    }
    return doneTo === 0 ? text : out + text.slice(doneTo);
  }

  /** True when a text holds a known value in any form. */
  isIn(text: string): boolean {
    for (let at = 0; at + SCRUBBED_LENGTH_MIN <= text.length; at += 1) {
      if (this.#formAt(text, at) !== undefined) return true;
    }
    return false;
  }

  /** The longest form at a place. Tokens of one vendor begin alike and are equally long: by length, thousands cost little. */
  #formAt(text: string, at: number): string | undefined {
    const lengths = this.#lengths.get(text.slice(at, at + SCRUBBED_LENGTH_MIN));
    if (!lengths) return undefined;
    const found = [...lengths.keys()].filter((length) => this.#forms.has(text.slice(at, at + length)));
    return found.length === 0 ? undefined : text.slice(at, at + Math.max(...found));
  }

  #index(value: string, printedAs: string): readonly string[] {
    const forms = formsOf(value).filter((form) => form.length >= SCRUBBED_LENGTH_MIN);
    for (const form of forms) {
      const known = this.#forms.get(form);
      if (known) known.values += 1;
      else this.#forms.set(form, { printedAs, values: 1 });
      if (known) continue;
      const start = form.slice(0, SCRUBBED_LENGTH_MIN);
      const lengths = this.#lengths.get(start) ?? new Map<number, number>();
      this.#lengths.set(start, lengths.set(form.length, (lengths.get(form.length) ?? 0) + 1));
    }
    return forms;
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (!oldest) return;
    const [value, forms] = oldest;
    this.#values.delete(value);
    for (const form of forms) {
      const known = this.#forms.get(form);
      if (known && (known.values -= 1) > 0) continue;
      this.#forms.delete(form);
      const start = form.slice(0, SCRUBBED_LENGTH_MIN);
      const lengths = this.#lengths.get(start);
      const left = (lengths?.get(form.length) ?? 0) - 1;
      if (left > 0) lengths?.set(form.length, left);
      else lengths?.delete(form.length);
      if (lengths?.size === 0) this.#lengths.delete(start);
    }
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
      throw new OffpeakError('SECRET_MISSING', `secret file ${ref.locator} cannot be read: ${messageOf(cause)}`, {
        hint,
        cause,
      });
    }
  }
}

/** The texts in which a value may travel; of one with several lines each line, too, for messages are often cut to one. */
function formsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).filter((line) => line.length >= SCRUBBED_LENGTH_MIN);
  return [...new Set([value, ...lines].flatMap((text) => [...textForms(text), ...byteForms(text)]))];
}

function textForms(value: string): string[] {
  const encoded = encodeURIComponent(Buffer.from(value).toString());
  const inForm = new URLSearchParams({ '': value }).toString().slice(1);
  const inJson = inText(value);
  const inUrl = [encoded, inForm, encoded.replace(/[!'()*]/g, (char) => `%${hexOf(char, 2).toUpperCase()}`)];
  // Some servers escape more: PHP and Python what is not ASCII, PHP the slash, Gson and Go what means something in HTML.
  const inAscii = inJson.replace(/[^\u0000-\u007f]/g, asEscape);
  const inJsons = [inJson, inAscii, inJson.replace(/[<>&]/g, asEscape), inJson.replace(/[<>&=']/g, asEscape)];
  return [
    value,
    ...inUrl,
    ...inUrl.map((text) => text.replace(/%../g, (code) => code.toLowerCase())),
    ...inJsons,
    ...inJsons.map((text) => text.replaceAll('/', '\\/')),
    inText(inJson), // JSON text inside of JSON
    value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    value.replace(/[&<>"']/g, (char) => HTML_ENTITY[char] ?? char),
  ];
}

const HTML_ENTITY: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function byteForms(value: string): string[] {
  const bytes = Buffer.from(value);
  const whole = bytes.toString('base64');
  const base64 = [whole, whole.replaceAll('=', ''), ...[0, 1, 2].map((before) => base64Core(bytes, before))];
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = bytes.toString('hex');
  return [...base64, ...base64url, hex, hex.toUpperCase()];
}

/** As it stands between the quotes of JSON. */
function inText(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function asEscape(char: string): string {
  return `\\u${hexOf(char, 4)}`;
}

function hexOf(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, '0');
}

/** The characters of base64 that these bytes alone decide, when so many (modulo 3) come before them. */
function base64Core(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .replaceAll('=', '');
  const endsWhole = (before + bytes.length) % 3 === 0;
  return text.slice(Math.ceil((before * 8) / 6), endsWhole ? undefined : -1);
}
