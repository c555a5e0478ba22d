import { GatewayError } from '../../core/gateway-error.ts';
import { keysNamedBy, ROLLOUT_FLAG } from '../flag-definition.ts';
import { bucketOf } from '../plan/bucket-of.ts';

/** A strategy of the rollout flag in one environment, as Unleash's admin API has it. */
export interface FlagStrategy {
  readonly id: string;
  readonly name: string;
  readonly title?: string | undefined;
  readonly disabled: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly constraints: readonly FlagConstraint[];
  readonly segments: readonly number[];
}

export interface FlagConstraint {
  readonly contextName: string;
  readonly operator: string;
  readonly inverted: boolean;
  readonly values: readonly string[];
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
  | { readonly kind: 'name'; readonly keys: readonly string[] }
  /** `from` is what the strategy must still say. */
  | {
      readonly kind: 'rename';
      readonly strategyId: string;
      readonly from: readonly string[];
      readonly keys: readonly string[];
    }
  | { readonly kind: 'remove'; readonly strategyId: string }
  | { readonly kind: 'on' }
  | { readonly kind: 'off' };

/** By this title the gateway knows the strategy again that it names keys by. */
export const NAMED_TITLE = 'banyan: named keys';

/** Whom the flag is to enrol. */
export interface FlagTarget {
  /** Whole, 0 to 100. */
  readonly percent: number;
  /** Ids; undefined where those that are named stay as they are. */
  readonly namedKeys: readonly string[] | undefined;
}

/**
 * The writes that bring the flag to a percentage of keys and to some by name, in their order: none where it is there
 * already. Whatever lowers comes before whatever switches, so that nobody who switches the flag on later is surprised.
 * @throws GatewayError `flag_conflict` where strategies that people made stand in the way
 */
export function planFlagChange(flag: FlagInEnvironment, target: FlagTarget): readonly FlagStep[] {
  return isNobody(target) ? planEnd(flag) : planShare(flag, target);
}

/** Whether nobody is to be left: to end the percentage without naming anybody is to end it all. */
export function isNobody({ percent, namedKeys = [] }: FlagTarget): boolean {
  return percent === 0 && namedKeys.length === 0;
}

/**
 * Whether switching the flag on enrols no more than that. Without a live strategy Unleash makes one of its own then,
 * for everybody.
 */
export function maySwitchOn({ strategies }: FlagInEnvironment, { percent, namedKeys }: FlagTarget): boolean {
  const live = strategies.filter(({ disabled }) => !disabled);
  const shares = live.filter(isOwnShare);
  const named = live.filter(isOwnNamed);
  const others = live.filter((strategy) => !isOwnShare(strategy));
  const mayBeNamed = (key: string) => namedKeys?.includes(key) ?? true;
  return (
    shares.length + named.length > 0 &&
    shares.every(({ parameters }) => Number(parameters.rollout) <= percent) &&
    named.every((strategy) => keysNamedBy(strategy)?.every(mayBeNamed)) &&
    others.every(namesItsKeys)
  );
}

/** The percentage that the flag's gradual rollouts enrol, as it stands. */
export function sharePercent({ enabled, strategies }: FlagInEnvironment): number {
  if (!enabled) return 0;
  const shares = strategies.filter((strategy) => isShare(strategy) && !strategy.disabled);
  return Math.max(0, ...shares.map(({ parameters }) => Math.floor(Number(parameters.rollout)) || 0));
}

/**
 * The keys that must not be enrolled any more once the target is reached: named until now, and neither in its share
 * nor named by people.
 * @param seen ids that are named as far as this process knows, which may be later or earlier than the server
 */
export function leavingKeys(
  { strategies }: FlagInEnvironment,
  target: FlagTarget,
  seen: readonly string[],
): readonly string[] {
  const { percent, namedKeys } = target;
  if (namedKeys === undefined) return [];
  const live = strategies.filter(({ disabled }) => !disabled);
  const namedBy = (some: readonly FlagStrategy[]) => some.flatMap((each) => keysNamedBy(each) ?? []);
  const byPeople = isNobody(target) ? [] : namedBy(live.filter((strategy) => !isOwnNamed(strategy)));
  const stay = new Set([...namedKeys, ...byPeople]);
  const named = new Set([...namedBy(live.filter(isOwnNamed)), ...seen]);
  return [...named].filter((key) => !stay.has(key) && bucketOf(key) > percent);
}

/**
 * Ends every share and what the gateway named, then the flag, whatever else is in it: going back must not be refused
 * for untidiness. A share at 0 stays: a flag without a live strategy would be switched on for everybody.
 */
function planEnd({ enabled, strategies }: FlagInEnvironment): readonly FlagStep[] {
  const live = strategies.filter(({ disabled }) => !disabled);
  const shares = live.filter((strategy) => isShare(strategy) && strategy.parameters.rollout !== '0');
  const named = strategies.filter(isOwnNamed);
  const isEmptied = named.length > 0 && live.every(isOwnNamed);
  return [
    ...shares.map((strategy) => setStep(strategy, 0)),
    ...named.map(removeStep),
    ...(enabled ? [{ kind: 'off' } as const] : []),
    ...(isEmptied ? planPercent(strategies.find(isOwnShare), 0) : []),
  ];
}

function planShare(flag: FlagInEnvironment, { percent, namedKeys }: FlagTarget): readonly FlagStep[] {
  const { enabled, strategies } = flag;
  const foreign = strategies.find(
    (strategy) => !strategy.disabled && !isOwnShare(strategy) && !namesItsKeys(strategy),
  );
  if (foreign !== undefined) {
    throw new GatewayError(
      'flag_conflict',
      `A strategy "${foreign.name}" of ${ROLLOUT_FLAG} enrols keys beside the gradual rollout: remove it or disable it in Unleash.`,
    );
  }
  const shares = strategies.filter(isOwnShare);
  const [share, another] = shares;
  if (another !== undefined) {
    throw new GatewayError(
      'flag_conflict',
      `${ROLLOUT_FLAG} has ${shares.length} gradual rollouts: leave one of them in Unleash.`,
    );
  }
  const [shared, names] = [planPercent(share, percent), planNames(strategies, namedKeys)];
  // What raises comes last: in between there is no more than after it.
  const isLowered = share !== undefined && !share.disabled && percent < Number(share.parameters.rollout);
  const steps = isLowered ? [...shared, ...names] : [...names, ...shared];
  return enabled && !isSwitchedOffBy(names, strategies) ? steps : [...steps, { kind: 'on' }];
}

/** Unleash switches a flag off that loses its last live strategy. */
function isSwitchedOffBy(steps: readonly FlagStep[], strategies: readonly FlagStrategy[]): boolean {
  const removed = steps.filter((step) => step.kind === 'remove').map(({ strategyId }) => strategyId);
  return removed.length > 0 && strategies.every(({ id, disabled }) => disabled || removed.includes(id));
}

/** There always is a share, even at 0: so the flag keeps a live strategy whatever becomes of the named keys. */
function planPercent(share: FlagStrategy | undefined, percent: number): readonly FlagStep[] {
  if (share === undefined) return [{ kind: 'create', percent }];
  return [
    ...(share.parameters.rollout === String(percent) ? [] : [setStep(share, percent)]),
    ...(share.disabled ? [{ kind: 'enable', strategyId: share.id } as const] : []),
  ];
}

function planNames(
  strategies: readonly FlagStrategy[],
  namedKeys: readonly string[] | undefined,
): readonly FlagStep[] {
  if (namedKeys === undefined) return [];
  const [named, ...others] = strategies
    .filter(isOwnNamed)
    .toSorted((one, another) => Number(one.disabled) - Number(another.disabled));
  const removed = others.map(removeStep);
  if (named === undefined) return namedKeys.length === 0 ? [] : [{ kind: 'name', keys: namedKeys }];
  if (namedKeys.length === 0) return [removeStep(named), ...removed];
  const from = keysNamedBy(named) ?? [];
  const isSame = from.length === namedKeys.length && from.every((key) => namedKeys.includes(key));
  return [
    ...removed,
    ...(isSame ? [] : [{ kind: 'rename', strategyId: named.id, from, keys: namedKeys } as const]),
    ...(named.disabled ? [{ kind: 'enable', strategyId: named.id } as const] : []),
  ];
}

function removeStep({ id }: FlagStrategy): FlagStep {
  return { kind: 'remove', strategyId: id };
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

/** The one that the gateway made, for keys by name. */
function isOwnNamed(strategy: FlagStrategy): boolean {
  return strategy.title === NAMED_TITLE && namesItsKeys(strategy);
}

/** For named keys only, such as a first step with keys of one's own. */
function namesItsKeys(strategy: FlagStrategy): boolean {
  return keysNamedBy(strategy) !== undefined;
}
