import { z } from 'zod';
import type { Approvals } from './approval';

/** Sources of shapes and page sizes: the endpoints' own clients, aliyun/dingtalk-sdk and the old SDK. */
const USERS_PER_PAGE_MAX = 100;
const INSTANCES_PER_PAGE_MAX = 20;

export type DingtalkList =
  | { readonly kind: 'page'; readonly page: string; readonly recordCount: number; readonly result: object }
  | { readonly kind: 'invalid'; readonly message: string };

const usersBody = z.object({
  dept_id: z.coerce.string(),
  cursor: z.int().min(0).default(0),
  size: z.int().min(1).max(USERS_PER_PAGE_MAX),
});

/** One page of the old API's `topapi/v2/user/list`: the users of a department, by a cursor. */
export function listUsers(
  body: unknown,
  departments: Readonly<Record<string, { readonly users: number }>>,
): DingtalkList {
  const parsed = usersBody.safeParse(body);
  if (!parsed.success) return { kind: 'invalid', message: `不合法的参数 ${nameOf(parsed.error)}` };
  const { dept_id: dept, cursor, size } = parsed.data;
  const department = Object.hasOwn(departments, dept) ? departments[dept] : undefined;
  if (!department) return { kind: 'invalid', message: `部门不存在 ${dept}` };
  const end = Math.min(department.users, cursor + size);
  const list = Array.from({ length: Math.max(0, end - cursor) }, (_, at) => userOf(dept, cursor + at));
  const more = end < department.users ? { has_more: true, next_cursor: end } : { has_more: false };
  return {
    kind: 'page',
    page: `users ${dept} size ${size} from ${cursor}`,
    recordCount: list.length,
    result: { ...more, list },
  };
}

function userOf(dept: string, index: number): object {
  return { userid: userIdOf(dept, index), name: `员工 ${index + 1}`, dept_id_list: [Number(dept)], active: true };
}

export function userIdOf(dept: string, index: number): string {
  return `user-${dept}-${String(index).padStart(6, '0')}`;
}

const instancesBody = z.object({
  processCode: z.string(),
  startTime: z.int(),
  endTime: z.int().optional(),
  nextToken: z.coerce.number().int().min(0).default(0),
  maxResults: z.int().min(1).max(INSTANCES_PER_PAGE_MAX),
});

/** One page of the new API's `workflow/processes/instanceIds/query`: the ids of what was started in a time range. */
export function listInstances(body: unknown, processes: ReadonlyMap<string, Approvals>): DingtalkList {
  const parsed = instancesBody.safeParse(body);
  if (!parsed.success) return { kind: 'invalid', message: `参数错误 ${nameOf(parsed.error)}` };
  const { processCode, startTime, endTime, nextToken, maxResults } = parsed.data;
  const approvals = processes.get(processCode);
  if (!approvals) return { kind: 'invalid', message: `流程不存在 ${processCode}` };
  const { first, end } = approvals.range(startTime, endTime ?? Number.POSITIVE_INFINITY);
  const from = first + nextToken;
  const list: string[] = [];
  for (let index = from; index < Math.min(end, from + maxResults); index += 1) list.push(approvals.id(index));
  const next = from + maxResults < end ? { nextToken: String(nextToken + maxResults) } : {};
  const page = `instances ${processCode} ${startTime}-${endTime ?? ''} size ${maxResults} from ${nextToken}`;
  return { kind: 'page', page, recordCount: list.length, result: { list, ...next } };
}

function nameOf({ issues }: z.ZodError): string {
  return String(issues[0]?.path[0] ?? 'body');
}
