import { LRUCache } from 'lru-cache';
import type { OutcomeKind } from '../../core/call-outcome.ts';

/** Failures in a row that open it, as in the source system. */
const FAILURES_TO_OPEN = 2;
const SUCCESSES_TO_CLOSE = 2;
const OPEN_MS = 120_000;
/** Requests that may try at once whether it is over. */
const MAX_TRIALS = 3;
/** A trial of which nothing is heard for so long stands in nobody's way any more: a stream may go on for hours. */
const TRIAL_MS = 120_000;
/** More provider and model pairs than any installation has. */
const MAX_CIRCUITS = 10_000;

/** What says that the provider cannot serve the model; a client's fault, or its leaving, says nothing. */
const FAILURES: ReadonlySet<OutcomeKind> = new Set([
  'rate_limited',
  'upstream_error',
  'timeout',
  'truncated',
]);

/** A request that tries whether the trouble is over. */
interface Trial {
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

interface Circuit {
  readonly failures: number;
  readonly successes: number;
  /** Epoch milliseconds until which nothing is sent; 0 while it is closed. */
  readonly openUntil: number;
  /** How often it has opened or closed: what began before that says nothing of what came after. */
  readonly era: number;
  readonly trials: readonly Trial[];
}

const UNTROUBLED: Circuit = { failures: 0, successes: 0, openUntil: 0, era: 0, trials: [] };

/** Tells how a request ended; undefined where nothing was sent for it after all. A second call does nothing. */
export type Settle = (outcome: OutcomeKind | undefined) => void;

/** Spares requests the wait for a provider and model that have just failed others. */
export interface CircuitBreaker {
  /** @returns what is to be told how the request ended; undefined where it is not to be sent now */
  admit(circuit: string): Settle | undefined;
  /** The same for a request that is sent whatever has happened to others. */
  observe(circuit: string): Settle;
  /** `open`: nothing is sent; `half_open`: some requests may try whether it is over. */
  stateOf(circuit: string): CircuitState;
}

export type CircuitState = 'closed' | 'open' | 'half_open';

/**
 * Creates the breakers, one a provider and model, all closed.
 * @param now epoch milliseconds
 */
export function createCircuitBreaker(now: () => number): CircuitBreaker {
  const circuits = new LRUCache<string, Circuit>({ max: MAX_CIRCUITS });
  const find = (name: string) => circuits.get(name) ?? UNTROUBLED;

  const settling = (name: string, trial?: Trial): Settle => {
    const { era } = find(name);
    let isSettled = false;
    return (outcome) => {
      if (isSettled) return;
      isSettled = true;
      const before = find(name);
      const released = trial === undefined ? before : without(before, trial);
      const after = released.era === era ? afterOutcome(released, outcome, now()) : released;
      if (after !== before) circuits.set(name, after);
    };
  };

  return {
    admit(name) {
      const circuit = find(name);
      if (circuit.openUntil === 0) return settling(name);
      const startedAt = now();
      const trials = circuit.trials.filter((trial) => startedAt - trial.startedAt < TRIAL_MS);
      if (startedAt < circuit.openUntil || trials.length >= MAX_TRIALS) return undefined;
      const trial: Trial = { startedAt };
      circuits.set(name, { ...circuit, trials: [...trials, trial] });
      return settling(name, trial);
    },
    observe: (name) => settling(name),
    stateOf(name) {
      const { openUntil } = circuits.peek(name) ?? UNTROUBLED;
      if (openUntil === 0) return 'closed';
      return now() < openUntil ? 'open' : 'half_open';
    },
  };
}

function without(circuit: Circuit, trial: Trial): Circuit {
  return { ...circuit, trials: circuit.trials.filter((other) => other !== trial) };
}

function afterOutcome(circuit: Circuit, outcome: OutcomeKind | undefined, now: number): Circuit {
  if (outcome === 'success') return afterSuccess(circuit);
  if (outcome === undefined || !FAILURES.has(outcome)) return circuit;
  const failures = circuit.failures + 1;
  if (circuit.openUntil === 0 && failures < FAILURES_TO_OPEN) return { ...circuit, failures };
  return { ...circuit, failures, successes: 0, openUntil: now + OPEN_MS, era: circuit.era + 1 };
}

function afterSuccess(circuit: Circuit): Circuit {
  if (circuit.openUntil === 0) return circuit.failures === 0 ? circuit : { ...circuit, failures: 0 };
  const successes = circuit.successes + 1;
  if (successes < SUCCESSES_TO_CLOSE) return { ...circuit, successes };
  return { ...circuit, failures: 0, successes: 0, openUntil: 0, era: circuit.era + 1 };
}
