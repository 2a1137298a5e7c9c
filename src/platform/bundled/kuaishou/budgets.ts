import { type BudgetDefinition, inFlight } from '../../budgets';
import { DOCS, FAQ } from './pages';

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
export function documentedBudgets(testUsers: readonly string[]): BudgetDefinition[] {
  const apisWithOwn = OWN_QPS.flatMap(({ apis }) => apis);
  return [
    { name: 'app-day', limit: 1_000_000, per: 'day', scope: ['app'], source: DOCS.traffic },
    ...(testUsers.length === 0 ? [] : [testUserBudget(testUsers)]),
    {
      name: 'api-qps',
      limit: 100,
      per: SECOND,
      scope: ['app', 'api'],
      except: { api: apisWithOwn },
      source: DOCS.traffic,
    },
    ...OWN_QPS.flatMap(({ name, apis, perApp, perUser }): BudgetDefinition[] => [
      {
        name: `${name}-app-qps`,
        limit: perApp,
        per: SECOND,
        scope: ['app', 'api'],
        only: { api: apis },
        source: DOCS.limits,
      },
      {
        name: `${name}-user-qps`,
        limit: perUser,
        per: SECOND,
        scope: ['api', 'user'],
        only: { api: apis },
        source: DOCS.limits,
      },
    ]),
    inFlight(20),
  ];
}

/** A user on the app's test list has a small quota until the app is online and the user is taken off the list. */
function testUserBudget(testUsers: readonly string[]): BudgetDefinition {
  return {
    name: 'test-user-day',
    limit: 2_000,
    per: 'day',
    scope: ['app', 'user'],
    only: { user: testUsers },
    source: FAQ.K1008,
  };
}
