import { GatewayError } from '../core/gateway-error.ts';
import {
  type FlagDefinition,
  idleKillFlag,
  namedKeysOf,
  enrolledPercent as percentOf,
  rolloutFlag,
} from './flag-definition.ts';
import type { ReleaseRules } from './release-rules.ts';

/** Where the rollout stands, as stored. */
export interface RolloutState {
  readonly flags: readonly FlagDefinition[];
  /** Share, 0 to 1, of an enrolled key's requests that take the new path. */
  readonly armShare: number;
  /** Goes into the draw of the arm, so that two rollouts draw differently. */
  readonly armSalt: string;
  /** What a release plan has asked for; undefined where none was ever carried out. */
  readonly rules?: ReleaseRules | undefined;
}

/** What to change of a rollout; what is not named stays. */
export interface RolloutChange {
  /** Whole, 0 to 100. */
  readonly enrolledPercent?: number | undefined;
  /** 0 to 1. */
  readonly armShare?: number | undefined;
  /** Ids of virtual keys that are enrolled whatever the percentage is. A percentage of 0 without them means none. */
  readonly namedKeys?: readonly string[] | undefined;
  readonly rules?: ReleaseRules | undefined;
}

/** A first rollout: nobody enrolled unless said otherwise. */
export function initialRollout(values: RolloutChange, armSalt: string): RolloutState {
  return {
    flags: [rolloutFlag(values.enrolledPercent ?? 0, values.namedKeys), idleKillFlag()],
    armShare: values.armShare ?? 1,
    armSalt,
    rules: values.rules,
  };
}

/**
 * The same rollout with what is changed of it; what is not named stays.
 * @throws GatewayError `conflict` where a later decision about the rollout has been carried out before
 */
export function changeRollout(state: RolloutState, change: RolloutChange): RolloutState {
  const { armShare, rules } = change;
  refuseOutdated(state, rules);
  return {
    ...state,
    flags: changeFlags(state.flags, change),
    armShare: armShare ?? state.armShare,
    rules: rules ?? state.rules,
  };
}

/** @throws GatewayError `conflict` where the rules are of an earlier decision than those in force */
export function refuseOutdated(state: RolloutState | undefined, rules: ReleaseRules | undefined): void {
  if (rules !== undefined && state?.rules !== undefined && rules.sequence < state.rules.sequence) {
    throw new GatewayError('conflict', 'A later decision about the rollout is in force.');
  }
}

function changeFlags(flags: RolloutState['flags'], change: RolloutChange): RolloutState['flags'] {
  const { enrolledPercent, namedKeys } = change;
  if (enrolledPercent === undefined && namedKeys === undefined) return flags;
  // Going back to nobody means everybody.
  const kept = enrolledPercent === 0 ? [] : namedKeysOf(flags);
  const flag = rolloutFlag(enrolledPercent ?? percentOf(flags), namedKeys ?? kept);
  return flags.map((old) => (old.name === flag.name ? flag : old));
}
