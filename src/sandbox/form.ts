import { chanceWithin } from './chance';
import { Timeline } from './timeline';

const DAY_MS = 86_400_000;
/** Instances were last modified in the 30 days before the anchor. */
const SPREAD_MS = 30 * DAY_MS;
const CREATED_BEFORE_MS = DAY_MS;

export interface FormInstance {
  readonly formInstanceId: string;
  readonly formUuid: string;
  readonly title: string;
  readonly creatorUserId: string;
  /** ISO 8601 in UTC. */
  readonly createdTimeGMT: string;
  readonly modifiedTimeGMT: string;
  readonly formData: Readonly<Record<string, string | number>>;
}

/** Every instance of one form, in the order of modification. */
export class Form {
  readonly count: number;
  readonly #seed: string;
  readonly #formUuid: string;
  readonly #modified: Timeline;

  constructor(parts: { seed: string; formUuid: string; count: number; anchorMs: number }) {
    this.count = parts.count;
    this.#seed = `${parts.seed}/form/${parts.formUuid}`;
    this.#formUuid = parts.formUuid;
    this.#modified = new Timeline({
      seed: this.#seed,
      count: parts.count,
      startMs: parts.anchorMs - SPREAD_MS,
      spanMs: SPREAD_MS,
    });
  }

  /** Indices `[first, end)` of the instances that lie in both windows. */
  range(modified: TimeWindow, created: TimeWindow): { first: number; end: number } {
    return this.#modified.range(
      Math.max(modified.beginMs, created.beginMs + CREATED_BEFORE_MS),
      Math.min(modified.endMs, created.endMs + CREATED_BEFORE_MS),
    );
  }

  at(index: number): FormInstance {
    const modifiedMs = this.#modified.atMs(index);
    return {
      formInstanceId: this.#id(index),
      formUuid: this.#formUuid,
      title: `沙箱表单 ${index + 1}`,
      creatorUserId: `user${chanceWithin(this.#seed, `creator/${index}`, [1, 20])}`,
      createdTimeGMT: new Date(modifiedMs - CREATED_BEFORE_MS).toISOString(),
      modifiedTimeGMT: new Date(modifiedMs).toISOString(),
      formData: {
        textField_name: `条目 ${index + 1}`,
        numberField_amount: chanceWithin(this.#seed, `amount/${index}`, [1, 10_000]),
      },
    };
  }

  *ids(): Generator<string> {
    for (let index = 0; index < this.count; index += 1) yield this.#id(index);
  }

  #id(index: number): string {
    return `FINST-${this.#formUuid}-${String(index).padStart(7, '0')}`;
  }
}

/** `[beginMs, endMs)`; infinite where the query gave no bound. */
export interface TimeWindow {
  readonly beginMs: number;
  readonly endMs: number;
}
