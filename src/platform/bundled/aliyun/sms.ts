import type { Rule } from '../../classify';
import { all, code, text } from '../../match';
import { fatal, park, pause } from '../../reaction';
import { untilNext } from '../../stated-wait';

/** Short messages: limits of the account's own settings, and of one telephone number. */
const PAGE = 'https://help.aliyun.com/document_detail/101346.html';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** The spans roll, and begin with the first message: the whole span is the longest wait. */
const DAY_MS = 24 * HOUR_MS;

/** The number is whom the partition is about; where its scope names no `user`, the call as a whole waits. */
const NUMBER = ['user'] as const;

const NUMBER_ADVICE = 'One telephone number has had its messages: set the frequency in the console, or send it fewer.';

export const SMS_RULES: readonly Rule[] = [
  {
    match: all(code(/BUSINESS_LIMIT_CONTROL/), text(/天级流控/)),
    react: park({ scope: NUMBER, until: () => DAY_MS }),
    advice: NUMBER_ADVICE,
    page: PAGE,
  },
  {
    match: all(code(/BUSINESS_LIMIT_CONTROL/), text(/小时级流控/)),
    react: park({ scope: NUMBER, until: () => HOUR_MS }),
    advice: NUMBER_ADVICE,
    page: PAGE,
  },
  {
    match: code(/BUSINESS_LIMIT_CONTROL/),
    react: pause({ scope: NUMBER, elseMs: MINUTE_MS }),
    advice: NUMBER_ADVICE,
    page: PAGE,
  },
  {
    match: code('isv.DAY_LIMIT_CONTROL'),
    react: park({ scope: ['app', 'api'], until: untilNext('day') }),
    advice: "The day's messages of the account's own safety setting are used up: raise it in the console.",
    page: PAGE,
  },
  {
    match: code('isv.MONTH_LIMIT_CONTROL'),
    react: park({ scope: ['app', 'api'], until: untilNext('month') }),
    advice: "The month's messages of the account's own safety setting are used up: raise it in the console.",
    page: PAGE,
  },
  {
    match: code('isv.OUT_OF_SERVICE', 'isv.AMOUNT_NOT_ENOUGH', 'isv.ACCOUNT_ABNORMAL', /^isv\.PRODUCT_UN_?SUBSCRI/),
    react: fatal(['app']),
    advice: 'The account is without balance, or without the product: see the console.',
    page: PAGE,
  },
];
