import { type BudgetDefinition, inFlight } from '../../budgets';
import { THROTTLING_PAGE } from './rules';

/** DingTalk's limits on an app and on its organisation, by edition. */

export const EDITIONS = ['standard', 'professional', 'exclusive'] as const;
export type Edition = (typeof EDITIONS)[number];

export const APP_KINDS = ['internal', 'third-party'] as const;
export type AppKind = (typeof APP_KINDS)[number];

/** What the vendor's people say of the larger editions. */
const EDITIONS_MONTH_PAGE = 'https://developer.aliyun.com/ask/590458';
const EDITIONS_QPS_PAGE = 'https://developer.aliyun.com/ask/583510';

interface Figures {
  readonly perSecond: number;
  readonly perSecondSource: string;
  readonly perMonth: number;
  readonly perMonthSource: string;
}

const FIGURES: Readonly<Record<Edition, Figures>> = {
  // 10,000 a month in the page's text of January 2026, 5,000 in that of May. The month is the whole organisation's: whoever
  // spends too much of it stops the other programs too, so the lower figure ships.
  standard: { perSecond: 20, perSecondSource: THROTTLING_PAGE, perMonth: 5_000, perMonthSource: THROTTLING_PAGE },
  professional: {
    perSecond: 40,
    perSecondSource: EDITIONS_QPS_PAGE,
    perMonth: 500_000,
    perMonthSource: EDITIONS_MONTH_PAGE,
  },
  exclusive: {
    perSecond: 60,
    perSecondSource: EDITIONS_QPS_PAGE,
    perMonth: 5_000_000,
    perMonthSource: EDITIONS_MONTH_PAGE,
  },
};

/** Calls a second of an app of a third party on one API of one organisation. */
const THIRD_PARTY_PER_SECOND = 40;

/** Token, sign-in and contacts are not metered, the vendor says; which paths those are is our reading. */
export const UNMETERED: readonly string[] = [
  '/gettoken',
  '/v1.0/oauth2/',
  '/v1.0/contact/',
  '/topapi/user/',
  '/topapi/v2/user/',
  '/topapi/v2/department/',
  '/topapi/role/',
];

export function dingtalkBudgets({ appKind, edition }: { appKind: AppKind; edition: Edition }): BudgetDefinition[] {
  const { perSecond, perSecondSource, perMonth, perMonthSource } = FIGURES[edition];
  const isInternal = appKind === 'internal';
  const qps = isInternal
    ? { limit: perSecond, source: perSecondSource }
    : { limit: THIRD_PARTY_PER_SECOND, source: THROTTLING_PAGE };
  // The month counts the organisation's own apps, all of them together.
  const month: BudgetDefinition[] = [
    { name: 'org-month', limit: perMonth, per: 'month', scope: ['org'], source: perMonthSource },
  ];
  return [
    { name: 'api-qps', ...qps, per: '1s', scope: ['app', 'api'] },
    ...(isInternal ? month : []),
    { name: 'ip-20s', limit: 10_000, per: '20s', scope: ['ip'], source: THROTTLING_PAGE },
    inFlight(10),
  ];
}
