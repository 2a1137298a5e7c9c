import type { Rule } from '../../classify';
import { any, code, type Match, text } from '../../match';
import { backoff, fatal, pause } from '../../reaction';

/** What Yida itself refuses, behind DingTalk's gateway: codes, or the words of a message whose code is another. */

export const YIDA_PAGE = 'https://docs.aliwork.com/docs/yida_support/lbtl0t/wae8oddztfq167ly';
const DEPTH_PAGE = 'https://docs.aliwork.com/docs/yida_support/lbtl0t/rrwdug/athbne';

/** The rate is counted per second; the vendor's cure is to wait one. */
const PAUSE_MS = 1_000;

export const YIDA_RULES: readonly Rule[] = [
  {
    match: says(/requestTooFast$/i, /请求过于频繁/),
    react: pause({ scope: ['app', 'api'], elseMs: PAUSE_MS }),
    advice: 'Nothing to do: the API is limited per second. If it repeats, lower its budget; support tells the figure.',
  },
  {
    match: says(/operatingFrequencyTooFast$/i, /操作频率过快/),
    react: pause({ scope: ['app', 'api'], elseMs: PAUSE_MS }),
    advice: 'Nothing to do: the API is limited per second. If it repeats, lower its budget; support tells the figure.',
  },
  {
    match: says(/tooManyVisitors$/i, /当前访问人数过多/),
    // Counted over all customers of Yida: every app of ours meets it.
    react: pause({ scope: ['api'], elseMs: PAUSE_MS, hidden: true }),
    advice: 'Nothing to do: Yida is busy with all its customers; start jobs at ten past the hour, not on the hour.',
  },
  {
    match: says(/cursorExceedFiveThousand$|dataAmountExceedFiveThousand$|numberOfQueryDataExceed$/i, /翻页不能超过/),
    react: fatal(),
    advice:
      'Yida pages through 5,000 instances at most: cut the time range into slices: slicedPages({ depthMax }) does.',
    page: DEPTH_PAGE,
  },
  {
    match: says(/canNotModify$/i, /封网期间/),
    react: backoff(['app', 'api']),
    advice: 'Nothing to do: Yida has a change freeze; run the job again after it.',
  },
  {
    match: code(/resourceReachedLimit$|theSubmissionRecordExceed$/i),
    react: fatal(['app']),
    advice: "The plan's capacity is used up: extend the plan, or delete what is not needed.",
  },
];

function says(codes: RegExp, words: RegExp): Match {
  return any(code(codes), text(words));
}
