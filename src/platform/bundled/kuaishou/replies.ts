import type { Outcome } from '../../../job/outcome';
import { classifyBy } from '../../classify';
import { codeText } from '../../envelope';
import { anyError, at, type EnvelopePaths, lacks, present } from '../../error-reply';
import { malformed, unexpected } from '../../refusal';
import { FAQ } from './pages';
import { replyShapeOf } from './reply-shapes';
import { KUAISHOU_RULES } from './rules';

const PATHS: EnvelopePaths = {
  codes: ['sub_code', 'subCode', 'result', 'code'],
  texts: ['error_msg', 'errorMsg', 'sub_msg', 'subMsg', 'msg'],
};

const isNoSuccess = lacks('result', '1');
const saysAnything = anyError(...[...PATHS.codes, ...PATHS.texts].map(present));

/** What a reply means. An error may carry data too: only `result: 1` is a success. */
export const classifyKuaishou = classifyBy({
  paths: PATHS,
  isError: (envelope) => isNoSuccess(envelope) && saysAnything(envelope),
  rules: KUAISHOU_RULES,
  page: FAQ.K1008,
  success: (body, _, { scope }) => (codeText(at(body, 'result')) === '1' ? shaped(body, scope.api ?? '') : malformed()),
});

function shaped(body: unknown, api: string): Outcome {
  const parsed = replyShapeOf(api).safeParse(body);
  if (parsed.success) return { kind: 'ok', body: parsed.data };
  const advice = `Look up what ${api || 'the API'} answers now: https://open.kwaixiaodian.com/docs/api`;
  return unexpected(parsed.error, advice);
}
