import type { CanaryStream } from '../analysis/canary-streams.ts';
import type { RecordedCounts } from './recorded-counts.ts';

type Stratum = RecordedCounts['strata'][number];
type BoundRequest = RecordedCounts['bound'][number];
type KeyCounts = RecordedCounts['keys'][number];

/** One request of one arm, judged. */
export interface JudgedRequest {
  readonly runId: string;
  readonly stepId: string;
  readonly share: number;
  readonly stratum: string;
  readonly arm: BoundRequest['arm'];
  readonly bad: readonly CanaryStream[];
  /** Undefined where it belongs to none. */
  readonly conversation: string | undefined;
  /** Undefined where arms do not stick to keys. */
  readonly keyId: string | undefined;
}

/** How many entries of each kind there may be; a request that needs one more is left out, whichever arm it is of. */
export interface BatchLimits {
  readonly strata: number;
  readonly bound: number;
  readonly keys: number;
}

/** `known`: another request of its conversation counts. `full`: there is no room for it. */
export type Added = 'taken' | 'known' | 'full';

/** What was counted for one step, without what is told of the process. */
export type CountedPiece = Omit<RecordedCounts, 'countedForMs' | 'eventLoopLagMs' | 'isBreakerOpen'>;

/** What is brought where nothing was counted, for what is told of the process. */
export function emptyPiece({ runId, stepId }: Pick<CountedPiece, 'runId' | 'stepId'>): CountedPiece {
  return { runId, stepId, strata: [], bound: [], keys: [] };
}

interface Step {
  readonly runId: string;
  readonly stepId: string;
  readonly strata: Map<string, Stratum>;
  readonly bound: Map<string, BoundRequest>;
  readonly keys: Map<string, KeyCounts>;
}

/** What was counted since it was made, by step of a run. */
export class CountsBatch {
  readonly #steps = new Map<string, Step>();
  #strata = 0;
  #bound = 0;
  #keys = 0;

  get size(): BatchLimits {
    return { strata: this.#strata, bound: this.#bound, keys: this.#keys };
  }

  /** Takes a request in; what is not taken leaves no trace at all. */
  add(request: JudgedRequest, limits: BatchLimits): Added {
    const step = this.#stepOf(request);
    const keyed = request.keyId === undefined ? undefined : `${request.arm}\n${request.keyId}`;
    const needsKey = keyed !== undefined && !step.keys.has(keyed);
    if (needsKey && this.#keys >= limits.keys) return 'full';
    const added =
      request.conversation === undefined
        ? this.#addAlone(step, request, limits)
        : this.#addBound(step, request, request.conversation, limits);
    if (added === 'taken' && keyed !== undefined) this.#addKey(step, keyed, request);
    return added;
  }

  /** What there is to store, one piece a step. */
  pieces(): CountedPiece[] {
    return [...this.#steps.values()]
      .filter(({ strata, bound }) => strata.size + bound.size > 0)
      .map(({ runId, stepId, strata, bound, keys }) => ({
        runId,
        stepId,
        strata: [...strata.values()],
        bound: [...bound.values()],
        keys: [...keys.values()],
      }));
  }

  #stepOf({ runId, stepId }: JudgedRequest): Step {
    const name = `${runId}\n${stepId}`;
    const known = this.#steps.get(name);
    if (known !== undefined) return known;
    const step: Step = { runId, stepId, strata: new Map(), bound: new Map(), keys: new Map() };
    this.#steps.set(name, step);
    return step;
  }

  #addAlone(step: Step, { share, stratum, arm, bad }: JudgedRequest, limits: BatchLimits): Added {
    const name = `${share}\n${stratum}`;
    let entry = step.strata.get(name);
    if (entry === undefined) {
      if (this.#strata >= limits.strata) return 'full';
      entry = { stratum, share, requests: { candidate: 0, control: 0 }, bad: {} };
      step.strata.set(name, entry);
      this.#strata += 1;
    }
    entry.requests[arm] += 1;
    for (const stream of bad) {
      const counts = entry.bad[stream] ?? { candidate: 0, control: 0 };
      counts[arm] += 1;
      entry.bad[stream] = counts;
    }
    return 'taken';
  }

  /** Its first request is the one that counts. */
  #addBound(step: Step, request: JudgedRequest, conversation: string, limits: BatchLimits): Added {
    if (step.bound.has(conversation)) return 'known';
    if (this.#bound >= limits.bound) return 'full';
    const { stratum, share, arm, bad } = request;
    step.bound.set(conversation, { conversation, stratum, share, arm, bad: [...bad] });
    this.#bound += 1;
    return 'taken';
  }

  #addKey(step: Step, name: string, { keyId = '', arm, bad }: JudgedRequest): void {
    let entry = step.keys.get(name);
    if (entry === undefined) {
      entry = { keyId, arm, requests: 0, bad: 0 };
      step.keys.set(name, entry);
      this.#keys += 1;
    }
    entry.requests += 1;
    entry.bad += Number(bad.includes('any_failure'));
  }
}
