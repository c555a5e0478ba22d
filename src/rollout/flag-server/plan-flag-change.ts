import { GatewayError } from '../../core/gateway-error.ts';
import { ROLLOUT_FLAG } from '../flag-definition.ts';

/** A strategy of the rollout flag in one environment, as Unleash's admin API has it. */
export interface FlagStrategy {
  readonly id: string;
  readonly name: string;
  readonly disabled: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly constraints: readonly FlagConstraint[];
  readonly segments: readonly number[];
}

export interface FlagConstraint {
  readonly contextName: string;
  readonly operator: string;
  readonly inverted: boolean;
}

/** The rollout flag in one environment. */
export interface FlagInEnvironment {
  readonly enabled: boolean;
  readonly strategies: readonly FlagStrategy[];
}

/** One write to the flag server. */
export type FlagStep =
  | { readonly kind: 'create'; readonly percent: number }
  /** `from` is what the strategy must still say, as text. */
  | { readonly kind: 'set'; readonly strategyId: string; readonly from: string; readonly percent: number }
  | { readonly kind: 'enable'; readonly strategyId: string }
  | { readonly kind: 'on' }
  | { readonly kind: 'off' };

/**
 * The writes that bring the flag to a percentage of keys, in their order: none where it is there already. Whatever
 * lowers comes before whatever switches, so that nobody who switches the flag on later is surprised.
 * @param percent whole, 0 to 100
 * @throws GatewayError `flag_conflict` where strategies that people made stand in the way
 */
export function planFlagChange(flag: FlagInEnvironment, percent: number): readonly FlagStep[] {
  return percent === 0 ? planEnd(flag) : planShare(flag, percent);
}

/**
 * Whether switching the flag on enrols no more than the percentage. Without a live strategy Unleash makes one of its
 * own then, for everybody.
 */
export function maySwitchOn({ strategies }: FlagInEnvironment, percent: number): boolean {
  const live = strategies.filter(({ disabled }) => !disabled);
  const shares = live.filter(isOwnShare);
  const others = live.filter((strategy) => !isOwnShare(strategy));
  return (
    shares.length > 0 &&
    shares.every(({ parameters }) => Number(parameters.rollout) <= percent) &&
    others.every(namesItsKeys)
  );
}

/** The percentage that the flag's gradual rollouts enrol, as it stands. */
export function sharePercent({ enabled, strategies }: FlagInEnvironment): number {
  if (!enabled) return 0;
  const shares = strategies.filter((strategy) => isShare(strategy) && !strategy.disabled);
  return Math.max(0, ...shares.map(({ parameters }) => Math.floor(Number(parameters.rollout)) || 0));
}

/** Ends every share, then the flag, whatever else is in it: going back must not be refused for untidiness. */
function planEnd({ enabled, strategies }: FlagInEnvironment): readonly FlagStep[] {
  const shares = strategies.filter(
    (strategy) => isShare(strategy) && !strategy.disabled && strategy.parameters.rollout !== '0',
  );
  return [...shares.map((strategy) => setStep(strategy, 0)), ...(enabled ? [{ kind: 'off' } as const] : [])];
}

function planShare({ enabled, strategies }: FlagInEnvironment, percent: number): readonly FlagStep[] {
  const shares = strategies.filter(isOwnShare);
  const foreign = strategies.find(
    (strategy) => !strategy.disabled && !isOwnShare(strategy) && !namesItsKeys(strategy),
  );
  if (foreign !== undefined) {
    throw new GatewayError(
      'flag_conflict',
      `A strategy "${foreign.name}" of ${ROLLOUT_FLAG} enrols keys beside the gradual rollout: remove it or disable it in Unleash.`,
    );
  }
  const [share, another] = shares;
  if (another !== undefined) {
    throw new GatewayError(
      'flag_conflict',
      `${ROLLOUT_FLAG} has ${shares.length} gradual rollouts: leave one of them in Unleash.`,
    );
  }
  const on = enabled ? [] : [{ kind: 'on' } as const];
  if (share === undefined) return [{ kind: 'create', percent }, ...on];
  return [
    ...(share.parameters.rollout === String(percent) ? [] : [setStep(share, percent)]),
    ...(share.disabled ? [{ kind: 'enable', strategyId: share.id } as const] : []),
    ...on,
  ];
}

function setStep({ id, parameters }: FlagStrategy, percent: number): FlagStep {
  return { kind: 'set', strategyId: id, from: parameters.rollout ?? '', percent };
}

/** A gradual rollout to all keys alike. */
function isShare({ name, constraints, segments }: FlagStrategy): boolean {
  return name === 'flexibleRollout' && constraints.length === 0 && segments.length === 0;
}

/** One whose cohorts are those of the embedded flag, so that no key changes sides. */
function isOwnShare(strategy: FlagStrategy): boolean {
  const { groupId = ROLLOUT_FLAG, stickiness = 'default' } = strategy.parameters;
  // `default` is the user id wherever there is one, and here there always is.
  return isShare(strategy) && groupId === ROLLOUT_FLAG && ['userId', 'default'].includes(stickiness);
}

/** For named keys only, such as a first step with keys of one's own. */
function namesItsKeys({ constraints }: FlagStrategy): boolean {
  return constraints.some(
    ({ contextName, operator, inverted }) => contextName === 'userId' && operator === 'IN' && !inverted,
  );
}
