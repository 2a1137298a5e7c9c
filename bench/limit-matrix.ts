import { isNginx, isOffpeak, type LimitCase, SERVERS, type ServerName, SUBJECTS } from './limit-case';

/** What was asked for; left out, everything. */
export interface Choice {
  readonly server?: string | undefined;
  readonly subject?: string | undefined;
  readonly limit?: number | undefined;
  readonly learnMs: number;
  readonly measureMs: number;
  readonly quick: boolean;
}

/** Peers learn nothing; they are past the burst of their start. */
const WARM_UP_MS = 2_000;
const SHORT: readonly [number, number] = [5, 5];
const LONG: readonly [number, number] = [50, 350];
const STALL_MS = 200;
/** Peers are counted by all of these in one run, since no refusal changes what they do. */
const COUNTED_SIDE_BY_SIDE = ['sliding', 'fixed', 'bucket limit/10', 'bucket limit'] as const;

type Situation = Pick<LimitCase, 'servers' | 'limit' | 'latencyMs' | 'spreadMs' | 'stallMs'>;

/** The cases in the order in which they are run; those that take equally long stand together. */
export function planCases(choice: Choice, hasNginx: boolean): LimitCase[] {
  const { learnMs, measureMs } = choice;
  const ours = offpeakSituations(choice.quick).flatMap((situation) =>
    subjectsOn(situation, choice.quick).map((subject) => ({ ...situation, subject, learnMs, measureMs })),
  );
  const peers = peerSituations(choice.quick).flatMap((situation) =>
    SUBJECTS.filter((subject) => !isOffpeak(subject)).map((subject) => ({
      ...situation,
      subject,
      learnMs: WARM_UP_MS,
      measureMs,
    })),
  );
  return [...ours, ...peers].flatMap((one) => chosen(one, choice, hasNginx));
}

function offpeakSituations(quick: boolean): Situation[] {
  if (quick) {
    return [
      ...(['sliding', 'bucket limit/10', 'nginx burst 10'] as const).map((server) => on(server)),
      on('sliding', { spreadMs: 50 }),
    ];
  }
  return [
    ...SERVERS.flatMap((server) => [
      ...[100, 300].flatMap((limit) => [SHORT, LONG].map((latencyMs) => on(server, { limit, latencyMs }))),
      on(server, { limit: 40 }),
    ]),
    on('sliding', { limit: 40, latencyMs: SHORT }),
    ...[10, 50, 100].flatMap((spreadMs) => [100, 300].map((limit) => on('sliding', { limit, spreadMs }))),
    on('fixed', { spreadMs: 50 }),
    on('bucket limit/10', { spreadMs: 50 }),
    ...(['sliding', 'fixed', 'bucket limit/10', 'bucket limit'] as const).map((server) =>
      on(server, { stallMs: STALL_MS }),
    ),
    on('sliding', { limit: 300, stallMs: STALL_MS }),
    on('nginx burst 20', { stallMs: STALL_MS }),
  ];
}

function peerSituations(quick: boolean): Situation[] {
  const sideBySide = (part: Partial<Situation>): Situation => ({
    ...on('sliding', part),
    servers: COUNTED_SIDE_BY_SIDE,
  });
  if (quick) return [sideBySide({})];
  return [
    sideBySide({}),
    sideBySide({ limit: 300 }),
    sideBySide({ limit: 40 }),
    sideBySide({ latencyMs: SHORT }),
    sideBySide({ spreadMs: 50 }),
    sideBySide({ stallMs: STALL_MS }),
    on('nginx burst 10'),
    on('nginx burst 20'),
  ];
}

/** At 100 calls a second, far away, when nothing else is said. */
function on(server: ServerName, part: Partial<Situation> = {}): Situation {
  return { servers: [server], limit: 100, latencyMs: LONG, spreadMs: 0, stallMs: 0, ...part };
}

/** Telling Offpeak how the server counts is a case of its own, once for each server that is not what it assumes. */
function subjectsOn({ servers, limit, latencyMs, spreadMs, stallMs }: Situation, quick: boolean): string[] {
  const isPlain = limit === 100 && latencyMs === LONG && spreadMs + stallMs === 0;
  return isPlain && !quick && servers[0] !== 'sliding' ? ['offpeak', 'offpeak, told'] : ['offpeak'];
}

function chosen(one: LimitCase, choice: Choice, hasNginx: boolean): LimitCase[] {
  if (choice.subject !== undefined && choice.subject !== one.subject) return [];
  if (choice.limit !== undefined && choice.limit !== one.limit) return [];
  const servers = one.servers.filter(
    (server) => (choice.server ?? server) === server && (hasNginx || !isNginx(server)),
  );
  return servers.length === 0 ? [] : [{ ...one, servers }];
}
