import type { PartState } from '../core/part-state.ts';
import type { Endpoint } from '../core/provider-call.ts';
import type { ReleaseRules } from './release-rules.ts';
import type { RolloutChange, RolloutState } from './rollout-state.ts';

/** Where the rollout is kept. */
export interface RolloutStore {
  /** Undefined where none was stored yet. */
  read(): Promise<RolloutState | undefined>;
  /**
   * Reads, changes and writes as one step that no other change comes between, and records who did it.
   * @throws Error where none was stored yet
   */
  change(edit: (state: RolloutState) => RolloutState, actor: string): Promise<RolloutState>;
  /** Records what was done elsewhere than in this store. */
  record(entry: RolloutEntry): Promise<void>;
}

/** What was done to the rollout, for the audit log. */
export interface RolloutEntry {
  readonly actor: string;
  readonly action: 'update' | 'kill';
  readonly before: object;
  readonly after: object;
}

/** The rollout as this process knows it, whether its flags are in the database or on a flag server. */
export interface Rollout {
  /** Whether the key is enrolled and the request is what the plan moves. Undefined until flags were known once. */
  isEnrolled(request: EnrolmentQuestion): boolean | undefined;
  isKilledByFlag(): boolean;
  /** @param drawId what the coin is thrown for: the same id falls the same way */
  drawArm(drawId: string, keyId: string): ArmDraw;
  /** For operators and gauges. */
  summary(): RolloutSummary;
  /** Of what the rollout depends on. */
  states(): readonly PartState[];
  /**
   * Brings the change about where the rollout is kept; it is in force in this process when this resolves. The same
   * change again changes nothing.
   * @param actor who makes it, for the audit log
   * @throws GatewayError where the flag server does not let it happen, or Error where the database does not
   */
  change(change: RolloutChange, actor: string): Promise<RolloutSummary>;
  /** Reads what is kept, then again and again; what cannot be read stays as it is known. */
  start(): Promise<void>;
  stop(): void;
}

export interface RolloutSummary {
  /** 0 to 100. */
  readonly enrolledPercent: number;
  /** 0 to 1. */
  readonly armShare: number;
  /** Ids of the keys that are enrolled by name. */
  readonly namedKeys: readonly string[];
  /** Of the release plan in force; undefined where none was ever carried out. */
  readonly rules: ReleaseRules | undefined;
  /** Seconds since the flags were last confirmed; Infinity where they never were. */
  readonly snapshotAgeSeconds: number;
}

/** What of a request decides whether it takes part. */
export interface EnrolmentQuestion {
  readonly keyId: string;
  /** Of the provider. */
  readonly providerId: string;
  /** Its configured name. */
  readonly model: string;
  readonly endpoint: Endpoint;
}

/** The arm of one request of an enrolled key. */
export interface ArmDraw {
  /** Whether it is the new path. */
  readonly isNew: boolean;
  /** The chance, 0 to 1, that it had to be so. */
  readonly share: number;
  /** Of the release plan that was in force when it was drawn. */
  readonly rules: ReleaseRules | undefined;
}
