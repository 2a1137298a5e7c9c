import type { Outcome } from '../job/outcome';
import { CUT_MARK, keptBody, keptHeaders, type UnknownReply } from '../job/unknown-reply';
import type { HttpReply } from '../platform/platform';
import type { SecretVault } from '../secrets';
import { cleanBody } from './without-secrets';

export interface SeenBy {
  readonly platform: string;
  readonly vendor: string;
  readonly api: string;
  /** In words without secrets. */
  readonly outcome: Outcome;
  readonly vault: SecretVault;
  readonly atMs: number;
}

const CODE_CHARS_MAX = 200;

/** A reply that no rule knows, fit to be kept; null for one that is known. */
export function unknownReply(reply: HttpReply, { outcome, vault, atMs, ...seen }: SeenBy): UnknownReply | null {
  if (outcome.kind === 'ok' || !outcome.unrecognised) return null;
  const scrub = vault.scrub.bind(vault);
  return {
    ...seen,
    code: outcome.code.slice(0, CODE_CHARS_MAX),
    reason: outcome.reason,
    status: reply.status,
    headers: keptHeaders(reply.headers, scrub),
    body: keptBody(scrubbedStart(reply.body, scrub)),
    times: 1,
    firstAtMs: atMs,
    lastAtMs: atMs,
  };
}

/** As much of a body as is searched for secrets: of millions of characters it would take seconds. */
const SEARCHED_CHARS_MAX = 65_536;

/**
 * The start of a body without secrets, longer than what is kept of it. One that ends in the middle of a secret shows a part
 * of it: that lies far behind the kept part, unless most of the text was secrets; then nothing of it is kept.
 */
function scrubbedStart(body: string, scrub: (text: string) => string): string {
  if (body.length <= SEARCHED_CHARS_MAX) return cleanBody(body, scrub);
  const scrubbed = scrub(body.slice(0, SEARCHED_CHARS_MAX));
  return scrubbed.length > SEARCHED_CHARS_MAX / 2 ? scrubbed : CUT_MARK;
}
