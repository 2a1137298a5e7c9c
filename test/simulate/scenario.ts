import { chanceOf } from '../../src/schedule/chance';
import { FAULTS, type FaultName } from './faults';

/** A fault that comes at an instant. What it does in detail follows from its own seed, so that others can be left out. */
export interface PlannedFault {
  readonly name: FaultName;
  readonly atMs: number;
  readonly seed: number;
  /** Its place in the seed's list: what it is chosen by when a scenario is played again. */
  readonly place: number;
}

/** Which faults of a seed: all of a name, or the one at a place of the list. */
export interface FaultChoice {
  readonly name: FaultName;
  readonly at: number | null;
}

/** Everything that a simulated life follows from. */
export interface Scenario {
  readonly seed: number;
  readonly days: number;
  readonly startMs: number;
  /** The zone of one platform and its jobs. */
  readonly zone: string;
  readonly faults: readonly PlannedFault[];
}

const DAY_MS = 86_400_000;
const FAULTS_PER_DAY = 5;
/** This share of the faults strikes soon after the one before: trouble seldom comes alone. */
const TOGETHER_SHARE = 0.3;
const TOGETHER_MS_MAX = 2 * 60_000;

/** Each with the clocks of its zone changing within the days that follow, or a month or leap day. */
const STARTS = [
  { at: '2026-03-04T12:00:00Z', zone: 'America/New_York' },
  { at: '2026-10-28T12:00:00Z', zone: 'America/New_York' },
  { at: '2026-03-25T12:00:00Z', zone: 'Europe/Berlin' },
  { at: '2026-10-21T12:00:00Z', zone: 'Europe/Berlin' },
  { at: '2028-02-25T12:00:00Z', zone: 'Asia/Shanghai' },
  { at: '2026-09-30T12:00:00Z', zone: 'Australia/Lord_Howe' },
] as const;

export interface ScenarioOptions {
  readonly days: number;
  /** On the average. Default 5. */
  readonly faultsPerDay?: number | undefined;
  /** Only these faults. All when left out. */
  readonly only?: readonly FaultChoice[] | undefined;
}

export function scenarioOf(seed: number, { days, only, faultsPerDay = FAULTS_PER_DAY }: ScenarioOptions): Scenario {
  const random = chanceOf(seed);
  const { at, zone } = STARTS[seed % STARTS.length]!;
  const startMs = Date.parse(at);
  const names = weighted();
  const faults: PlannedFault[] = [];
  const stepMs = DAY_MS / faultsPerDay / (1 - TOGETHER_SHARE);
  const gapMs = (): number =>
    random() < TOGETHER_SHARE ? TOGETHER_MS_MAX * random() : stepMs * (0.2 + 1.6 * random());
  for (let atMs = startMs; atMs < startMs + days * DAY_MS; atMs += gapMs()) {
    const name = names[Math.floor(random() * names.length)]!;
    const place = faults.length;
    faults.push({ name, place, atMs: Math.floor(atMs), seed: Math.floor(random() * 2 ** 32) });
  }
  const isChosen = ({ name, place }: PlannedFault): boolean =>
    only?.some((choice) => choice.name === name && (choice.at ?? place) === place) ?? true;
  return { seed, days, startMs, zone, faults: faults.filter(isChosen) };
}

function weighted(): readonly FaultName[] {
  return Object.entries(FAULTS).flatMap(([name, { weight }]) =>
    Array.from({ length: weight }, () => name as FaultName),
  );
}
