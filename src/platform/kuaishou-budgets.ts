import type { Budget } from '../limit/budget';

/** Vendor page "API call limits": the dimensions and the QPS of single APIs. */
const LIMITS_PAGE =
  'https://open.kwaixiaodian.com/zone/new/docs/dev?pageSign=024cdc63d29892145414b872017519e41659952772240';
/** Vendor page "Rules for applying for app traffic": what an app starts with. */
const TRAFFIC_PAGE =
  'https://open.kwaixiaodian.com/zone/new/docs/dev?pageSign=e759c2d7db83c850ec3146074a40da8d1616125375613';
/** Vendor page K1008 on refused calls. */
const REFUSALS_PAGE =
  'https://open.kwaixiaodian.com/zone/new/faq/detail?cateId=40&pageSign=9b1f829db26763cb185dd119f54748111646964966070';

const SECOND = { rollingMs: 1_000 } as const;

/** APIs with a QPS of their own, which stands above the app's: calls per second per app and per user. */
const OWN_QPS = [
  {
    name: 'item-write',
    apis: [
      'open.item.new',
      'open.item.edit',
      'open.item.autopass.edit',
      'open.item.shelf.status.update',
      'open.item.delete',
    ],
    perApp: 100,
    perUser: 50,
  },
  { name: 'order-list', apis: ['open.order.cursor.list'], perApp: 300, perUser: 300 },
  { name: 'order-decrypt', apis: ['open.order.decrypt.batch'], perApp: 100, perUser: 100 },
] as const;

/** The budgets that the vendor documents, for an app that is online. */
export function documentedBudgets(testUsers: readonly string[]): Budget[] {
  const apisWithOwn = OWN_QPS.flatMap(({ apis }) => apis);
  return [
    { name: 'app-day', limit: 1_000_000, per: 'day', scope: ['app'], source: TRAFFIC_PAGE },
    ...(testUsers.length === 0 ? [] : [testUserBudget(testUsers)]),
    {
      name: 'api-qps',
      limit: 100,
      per: SECOND,
      scope: ['app', 'api'],
      except: { api: apisWithOwn },
      source: TRAFFIC_PAGE,
    },
    ...OWN_QPS.flatMap(({ name, apis, perApp, perUser }): Budget[] => [
      {
        name: `${name}-app-qps`,
        limit: perApp,
        per: SECOND,
        scope: ['app', 'api'],
        only: { api: apis },
        source: LIMITS_PAGE,
      },
      {
        name: `${name}-user-qps`,
        limit: perUser,
        per: SECOND,
        scope: ['api', 'user'],
        only: { api: apis },
        source: LIMITS_PAGE,
      },
    ]),
    { name: 'in-flight', limit: 20, per: 'in-flight', scope: ['app'], source: 'offpeak default' },
  ];
}

/** A user on the app's test list has a small quota until the app is online and the user is taken off the list. */
function testUserBudget(testUsers: readonly string[]): Budget {
  return {
    name: 'test-user-day',
    limit: 2_000,
    per: 'day',
    scope: ['app', 'user'],
    only: { user: testUsers },
    source: REFUSALS_PAGE,
  };
}
