import type { CallOutcome, OutcomeKind } from './call-outcome.ts';
import type { PartState } from './part-state.ts';
import type { ProviderCall } from './provider-call.ts';
import type { RequestPath } from './request-path.ts';
import type { RouteDecision, RouteExplanation } from './route-decision.ts';

/** A path with the reason why it was chosen. */
export interface SelectedPath {
  readonly path: RequestPath;
  readonly decision: RouteDecision;
  /**
   * To be called once, at once, where a request is really going to take the path.
   * @param mayBeShared whether its answer may be another request's as well: of the cache, or of a call that both share
   */
  watch(mayBeShared: boolean): CallWatch;
}

/** What is to be told what became of a request on the path that was chosen for it. */
export interface CallWatch {
  /** An attempt came to this, and another follows on the same path. */
  attemptFailed(outcome: OutcomeKind): void;
  /** All is over. A second call does nothing. */
  ended(outcome: CallOutcome): void;
  /** Nothing was sent, as the answer came from elsewhere. */
  dropped(): void;
}

/** All ways to reach a provider, and the choice between them. */
export interface RequestPaths {
  /**
   * Chooses the path of one call. Nothing comes of it before the choice is watched.
   * @throws GatewayError `legacy_retired` where only the retired path could have served it
   */
  select(call: ProviderCall): SelectedPath;
  /**
   * The path that stands in, once, for one that failed by itself before the first byte.
   * @returns undefined where the client has to be given the fault
   */
  failover(call: ProviderCall, failed: SelectedPath, error: unknown): SelectedPath | undefined;
  /** Says which path the call would take, and why, step by step. */
  explain(call: ProviderCall): RouteExplanation;
  /** Whether the new path is shut for what it did in this process. */
  isBreakerOpen(): boolean;
  /** Reads anew what the paths hold in memory of the database. Call it once before `start`, and after each change. */
  refresh(): Promise<void>;
  /** Starts what the paths need; does not wait for it. */
  start(): void;
  /** Resolves when each path answers, or its start has taken too long. */
  whenStarted(): Promise<void>;
  /** The parts that the paths depend on. */
  states(): readonly PartState[];
  /** Whether any path that requests may take is able to serve them. */
  canServe(): boolean;
  /** Keeps serving what runs, and starts nothing again that ends. */
  drain(): void;
  stop(): Promise<void>;
}
