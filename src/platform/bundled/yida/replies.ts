import { z } from 'zod';
import type { Outcome } from '../../../job/outcome';
import { classifyBy } from '../../classify';
import { anyObject, isEnvelope } from '../../envelope';
import type { RuleContext } from '../../error-reply';
import type { HttpReply } from '../../platform';
import { malformed, unexpected } from '../../refusal';
import { DINGTALK_PATHS, DINGTALK_RULES, isDingtalkError } from '../dingtalk/rules';
import { YIDA_PAGE, YIDA_RULES } from './rules';

/** `yida.forms.instances.search`: a page of form instances, `currentPage` from 1. */
export interface YidaFormPage {
  readonly currentPage: number;
  /** Instances in all that fit the filter, at the time of asking. */
  readonly totalCount: number;
  /** As delivered; `formInstanceId` identifies an instance. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

declare module '../../../job/definition' {
  interface ApiReplies {
    'yida.forms.instances.search': YidaFormPage;
  }
}

/**
 * What a reply means: Yida's own codes first, then those of DingTalk's gateway, then the HTTP status. The API of Yida's pages
 * in the browser has another envelope, `{ success, errorCode, errorMsg, errorLevel }`, with the same codes in it.
 */
export const classifyYida = classifyBy({
  page: YIDA_PAGE,
  paths: DINGTALK_PATHS,
  isError: isDingtalkError,
  rules: [...YIDA_RULES, ...DINGTALK_RULES],
  success: parseBody,
});

const formPage = z.looseObject({
  currentPage: z.number(),
  totalCount: z.number(),
  data: z
    .array(anyObject)
    .nullish()
    .transform((list) => list ?? []), // left out where there is none
});

function parseBody(body: unknown, _: HttpReply, { scope }: RuleContext): Outcome {
  if (!isEnvelope(body)) return malformed();
  if (scope.api !== 'yida.forms.instances.search') return { kind: 'ok', body };
  const parsed = formPage.safeParse(body);
  if (parsed.success) return { kind: 'ok', body: parsed.data };
  return unexpected(parsed.error, `Look up what the API answers now: ${YIDA_PAGE}`);
}
