import type { Outcome, Refused } from '../job/outcome';
import type { HttpReply } from '../platform/platform';
import type { SecretVault } from '../secrets';

type Scrub = SecretVault['scrub'];

export interface ReadBy<Meaning> {
  readonly scrub: Scrub;
  /** How such a reply is read. */
  readonly read: (reply: HttpReply) => Meaning;
}

/**
 * What a reply means, in words without secrets. Whoever reads a refusal normalises and cuts its message, and what is left
 * of a secret then is no longer known as one: so a reply that repeats a secret is read once more without it, for the words.
 */
export function readWithoutSecrets<Meaning extends Outcome | object>(
  reply: HttpReply,
  { scrub, read }: ReadBy<Meaning>,
): Meaning {
  const meaning = read(reply);
  if (!isRefused(meaning)) return meaning;
  const cleaned = cleanReply(reply, scrub);
  if (cleaned === reply) return inWords(meaning, meaning, scrub);
  const again = cleaned === null ? null : read(cleaned);
  return inWords(meaning, again && isRefused(again) ? again : unspoken(reply), scrub);
}

type Words = Pick<Refused, 'code' | 'reason' | 'advice'>;

function isRefused(meaning: object): meaning is Refused {
  return 'kind' in meaning && meaning.kind !== 'ok';
}

function inWords<Meaning extends Refused>(meaning: Meaning, { code, reason, advice }: Words, scrub: Scrub): Meaning {
  return { ...meaning, code: scrub(code), reason: scrub(reason), ...(advice && { advice: scrub(advice) }) };
}

/** Its own words cannot be told from the secret. */
function unspoken({ status }: HttpReply): Words {
  return { code: `HTTP_${status}`, reason: `HTTP ${status}, with a secret or too long a text in the reply` };
}

/** Error texts are short. A search of millions of characters would keep every other call waiting. */
const SEARCHED_CHARS_MAX = 262_144;

/** The reply itself where it repeats no secret; null where it is too long to tell. */
function cleanReply(reply: HttpReply, scrub: Scrub): HttpReply | null {
  if (reply.body.length > SEARCHED_CHARS_MAX) return null;
  const body = cleanBody(reply.body, scrub);
  const headers = Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, scrub(value)]));
  const isSame = body === reply.body && Object.entries(headers).every(([name, value]) => reply.headers[name] === value);
  return isSame ? reply : { ...reply, headers, body };
}

/** JSON may spell any character as an escape: there each string is looked at as it reads, too. */
export function cleanBody(body: string, scrub: Scrub): string {
  const text = scrub(body);
  if (!text.includes('\\')) return text;
  let found = 0;
  try {
    const value: unknown = JSON.parse(text, (_key, part: unknown) => {
      if (typeof part !== 'string') return part;
      const clean = scrub(part);
      if (clean !== part) found += 1;
      return clean;
    });
    return found > 0 ? JSON.stringify(value) : text;
  } catch {
    return text; // no JSON
  }
}
