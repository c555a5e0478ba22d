import { type FlagDefinition, idleKillFlag, rolloutFlag } from './flag-definition.ts';

/** Where the rollout stands, as stored. */
export interface RolloutState {
  readonly flags: readonly FlagDefinition[];
  /** Share, 0 to 1, of an enrolled key's requests that take the new path. */
  readonly armShare: number;
  /** Goes into the draw of the arm, so that two rollouts draw differently. */
  readonly armSalt: string;
}

/** What to change of a rollout; what is not named stays. */
export interface RolloutChange {
  /** Whole, 0 to 100. */
  readonly enrolledPercent?: number | undefined;
  /** 0 to 1. */
  readonly armShare?: number | undefined;
}

/** A first rollout: nobody enrolled unless said otherwise. */
export function initialRollout(values: RolloutChange, armSalt: string): RolloutState {
  return {
    flags: [rolloutFlag(values.enrolledPercent ?? 0), idleKillFlag()],
    armShare: values.armShare ?? 1,
    armSalt,
  };
}

/** The same rollout with another percentage or arm share; what is not named stays. */
export function changeRollout(state: RolloutState, change: RolloutChange): RolloutState {
  const { enrolledPercent, armShare } = change;
  const flag = enrolledPercent === undefined ? undefined : rolloutFlag(enrolledPercent);
  return {
    ...state,
    flags: flag === undefined ? state.flags : state.flags.map((old) => (old.name === flag.name ? flag : old)),
    armShare: armShare ?? state.armShare,
  };
}
