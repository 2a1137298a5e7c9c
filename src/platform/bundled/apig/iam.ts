import { z } from 'zod';
import type { Refused } from '../../../job/outcome';
import type { Secret } from '../../../secrets';
import { codeText, parseEnvelope, plainText } from '../../envelope';
import { at } from '../../error-reply';
import type { HttpReply, TokenRenewal, TokenSet } from '../../platform';
import { malformed, refusalOfStatus } from '../../refusal';

const PAGE = 'https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html';

/** Of a reply that does not say it: 24 h, same page. */
const TOKEN_MS = 24 * 3_600_000;

export interface IamAccount {
  /** `https://iam.cn-north-4.myhuaweicloud.com` */
  readonly endpoint: string;
  /** The account's name. */
  readonly domain: string;
  /** The IAM user's name. */
  readonly user: string;
  readonly password: Secret;
  /** The project's name, such as `cn-north-4`. */
  readonly project: string;
}

/** A token of an IAM user from its password: it stands in a header of the reply. Source: the page above. */
export function iamRenewal({ endpoint, domain, user, password, project }: IamAccount): TokenRenewal {
  const { origin } = new URL(endpoint);
  return {
    request: (_, auth) => ({
      method: 'POST',
      url: `${origin}/v3/auth/tokens`,
      headers: { 'content-type': 'application/json;charset=utf8' },
      body: JSON.stringify({
        auth: {
          identity: {
            methods: ['password'],
            password: { user: { name: user, password: auth.reveal(password), domain: { name: domain } } },
          },
          scope: { project: { name: project } },
        },
      }),
    }),
    parse: parseToken,
  };
}

const expiry = z.iso.datetime().transform((instant) => Date.parse(instant));

function parseToken(reply: HttpReply, nowMs: number): TokenSet | Refused {
  const envelope = parseEnvelope(reply.body);
  if (reply.status === 401 || reply.status === 403 || reply.status === 400) {
    const code = codeText(envelope?.['error_code']) || codeText(at(envelope, 'error.code')) || `HTTP_${reply.status}`;
    const reason = plainText(envelope?.['error_msg']) || plainText(at(envelope, 'error.message')) || `code ${code}`;
    const advice = `Check domain, user, password and project of the IAM account. ${PAGE}`;
    return { kind: 'fatal', code, reason, scope: null, advice };
  }
  if (reply.status < 200 || reply.status >= 300) return refusalOfStatus(reply, { scope: {}, nowMs });
  const accessToken = reply.headers['x-subject-token'] ?? '';
  if (accessToken === '') return malformed();
  const stated = expiry.safeParse(at(envelope, 'token.expires_at'));
  return { accessToken, refreshToken: null, expiresAtMs: stated.success ? stated.data : nowMs + TOKEN_MS };
}
