import type { PartState } from './part-state.ts';
import type { ProviderCall } from './provider-call.ts';
import type { RequestPath } from './request-path.ts';
import type { RouteDecision } from './route-decision.ts';

/** A path with the reason why it was chosen. */
export interface SelectedPath {
  readonly path: RequestPath;
  readonly decision: RouteDecision;
}

/** All ways to reach a provider, and the choice between them. */
export interface RequestPaths {
  /**
   * Chooses the path of one call.
   * @throws GatewayError `legacy_retired` where only the retired path could have served it
   */
  select(call: ProviderCall): SelectedPath;
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
