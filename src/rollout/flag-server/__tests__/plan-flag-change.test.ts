import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysNamedBy } from '../../flag-definition.ts';
import { bucketOf } from '../../plan/bucket-of.ts';
import {
  type FlagInEnvironment,
  type FlagStep,
  type FlagStrategy,
  type FlagTarget,
  leavingKeys,
  maySwitchOn,
  NAMED_TITLE,
  planFlagChange,
  sharePercent,
} from '../plan-flag-change.ts';

function share(rollout: string, more: Partial<FlagStrategy> = {}): FlagStrategy {
  return {
    id: `share-${rollout}`,
    name: 'flexibleRollout',
    disabled: false,
    parameters: { rollout, groupId: 'use-litellm', stickiness: 'userId' },
    constraints: [],
    segments: [],
    ...more,
  };
}

const everybody: FlagStrategy = { ...share('100'), id: 'all', name: 'default', parameters: {} };
const namedKeys: FlagStrategy = {
  ...everybody,
  id: 'named',
  constraints: [{ contextName: 'userId', operator: 'IN', inverted: false, values: ['key_a'] }],
};
/** In the buckets 26, 52 and 82, and one more. */
const PEOPLE = ['key_a', 'key_b', 'tenant-42', 'key_c'];
const flag = (enabled: boolean, ...strategies: FlagStrategy[]): FlagInEnvironment => ({
  enabled,
  strategies,
});
const set = (from: string, percent: number): FlagStep => ({
  kind: 'set',
  strategyId: `share-${from}`,
  from,
  percent,
});

const to = (percent: number, named?: readonly string[]): FlagTarget => ({ percent, namedKeys: named });
/** The strategy that the gateway names keys by. */
const own = (...values: string[]): FlagStrategy => ({
  ...share('100'),
  id: 'own',
  title: NAMED_TITLE,
  constraints: [{ contextName: 'userId', operator: 'IN', inverted: false, values }],
});

describe('the way to a percentage', () => {
  it.each<[string, FlagInEnvironment, readonly FlagStep[]]>([
    ['is nothing where it is there', flag(true, share('25')), []],
    ['is one write where the flag is on', flag(true, share('10')), [set('10', 25)]],
    ['lowers before it switches on', flag(false, share('80')), [set('80', 25), { kind: 'on' }]],
    ['switches on what is right already', flag(false, share('25')), [{ kind: 'on' }]],
    [
      'begins with a share where there is none',
      flag(false),
      [{ kind: 'create', percent: 25 }, { kind: 'on' }],
    ],
    [
      'enables a disabled share after it is lowered',
      flag(true, share('80', { disabled: true })),
      [set('80', 25), { kind: 'enable', strategyId: 'share-80' }],
    ],
    ['leaves keys that are named alone', flag(true, share('10'), namedKeys), [set('10', 25)]],
    [
      'leaves what is disabled alone',
      flag(true, share('10'), { ...everybody, disabled: true }),
      [set('10', 25)],
    ],
    [
      'takes the stickiness that Unleash itself gives',
      flag(true, share('10', { parameters: { rollout: '10', stickiness: 'default' } })),
      [set('10', 25)],
    ],
  ])('%s', (_, given, steps) => {
    expect(planFlagChange(given, to(25))).toEqual(steps);
  });

  it.each<[string, FlagInEnvironment]>([
    ['everybody is enrolled beside it', flag(true, share('10'), everybody)],
    ['there are two', flag(true, share('10'), share('20'))],
    ['its cohorts are others', flag(true, share('10', { parameters: { rollout: '10', groupId: 'x' } }))],
    [
      'it draws anew each time',
      flag(true, share('10', { parameters: { rollout: '10', stickiness: 'random' } })),
    ],
    ['it is for a segment', flag(true, share('10', { segments: [7] }))],
    [
      'all but named keys are enrolled beside it',
      flag(true, share('10'), {
        ...everybody,
        constraints: [{ contextName: 'userId', operator: 'IN', inverted: true, values: ['key_a'] }],
      }),
    ],
  ])('is refused where %s', (_, given) => {
    expect(() => planFlagChange(given, to(25))).toThrow(expect.objectContaining({ code: 'flag_conflict' }));
  });
});

describe('the way to keys by name', () => {
  const remove: FlagStep = { kind: 'remove', strategyId: 'own' };
  const rename = (from: string[], ...keys: string[]): FlagStep => ({
    kind: 'rename',
    strategyId: 'own',
    from,
    keys,
  });
  const on: FlagStep = { kind: 'on' };
  const name = (...keys: string[]): FlagStep => ({ kind: 'name', keys });
  const create = (percent: number): FlagStep => ({ kind: 'create', percent });

  it.each<[string, FlagInEnvironment, FlagTarget, readonly FlagStep[]]>([
    ['is nothing where they are there', flag(true, share('0'), own('a', 'b')), to(0, ['b', 'a']), []],
    ['begins with a share of nobody beside them', flag(false), to(0, ['a']), [name('a'), create(0), on]],
    ['changes what it was', flag(true, share('0'), own('a')), to(0, ['a', 'b']), [rename(['a'], 'a', 'b')]],
    ['takes it away with the last of them', flag(true, share('5'), own('a')), to(5, []), [remove]],
    ['leaves it where nothing is said of it', flag(true, share('5'), own('a')), to(7), [set('5', 7)]],
    [
      'lowers the share before it names more',
      flag(true, share('50'), own('a')),
      to(5, ['a', 'b']),
      [set('50', 5), rename(['a'], 'a', 'b')],
    ],
    [
      'goes with everybody else',
      flag(true, share('5'), own('a')),
      to(0, []),
      [set('5', 0), remove, { kind: 'off' }],
    ],
    [
      'goes with everybody else, and leaves a share of nobody where there is none',
      flag(true, own('a')),
      to(0, []),
      [remove, { kind: 'off' }, create(0)],
    ],
    [
      'switches the flag on again that loses its last live strategy with it',
      flag(true, own('a')),
      to(5, []),
      [remove, create(5), on],
    ],
    [
      'takes it away before a share is enabled that was not',
      flag(true, share('80', { disabled: true }), own('a')),
      to(5, []),
      [remove, set('80', 5), { kind: 'enable', strategyId: 'share-80' }, on],
    ],
    [
      'keeps the live one of two',
      flag(true, share('0'), { ...own('b'), id: 'idle', disabled: true }, own('a')),
      to(0, ['a']),
      [{ kind: 'remove', strategyId: 'idle' }],
    ],
    ['is no matter of those that people named', flag(true, share('5'), namedKeys), to(5, ['a']), [name('a')]],
  ])('%s', (_, given, target, steps) => {
    expect(planFlagChange(given, target)).toEqual(steps);
  });

  it('says who must not be enrolled any more: nobody whom a share or people still enrol', () => {
    // In the buckets 26 and 52.
    const given = flag(true, share('0'), own('key_a', 'key_b', 'key_c'), namedKeys);
    expect(leavingKeys(given, to(0, ['key_c']), ['key_b', 'tenant-42'])).toEqual(['key_b', 'tenant-42']);
    expect(leavingKeys(given, to(52, ['key_c']), ['key_b', 'tenant-42'])).toEqual(['tenant-42']);
    expect(leavingKeys(given, to(0, []), [])).toEqual(['key_a', 'key_b', 'key_c']);
    expect(leavingKeys(given, to(5), ['tenant-42'])).toEqual([]);
  });

  it('ends in a flag that may be switched on with those keys, and with no more', () => {
    expect(maySwitchOn(flag(false, own('a')), to(0, ['a', 'b']))).toBe(true);
    expect(maySwitchOn(flag(false, own('a', 'c')), to(0, ['a', 'b']))).toBe(false);
    expect(maySwitchOn(flag(false, namedKeys), to(0, ['a']))).toBe(false);
  });
});

describe('the way to 0', () => {
  it.each<[string, FlagInEnvironment, readonly FlagStep[]]>([
    ['is nothing where the flag is off at 0', flag(false, share('0')), []],
    ['is first the share, then the switch', flag(true, share('10')), [set('10', 0), { kind: 'off' }]],
    [
      'ends every share, whatever else is there',
      flag(true, share('10'), share('20', { parameters: { rollout: '20', groupId: 'x' } }), everybody),
      [set('10', 0), set('20', 0), { kind: 'off' }],
    ],
    ['lowers a share of a flag that is off', flag(false, share('10')), [set('10', 0)]],
    ['is the switch where there is no share', flag(true), [{ kind: 'off' }]],
  ])('%s', (_, given, steps) => {
    expect(planFlagChange(given, to(0))).toEqual(steps);
  });
});

it('says what the shares of a flag enrol', () => {
  expect(sharePercent(flag(true, share('10'), share('20')))).toBe(20);
  expect(sharePercent(flag(true, share('10.9')))).toBe(10);
  expect(sharePercent(flag(true, share('much'), share('50', { disabled: true })))).toBe(0);
  expect(sharePercent(flag(false, share('10')))).toBe(0);
});

describe('whatever the flag has in it', () => {
  const anyStrategy = fc.record({
    id: fc.uuid(),
    name: fc.constantFrom('flexibleRollout', 'default', 'userWithId'),
    disabled: fc.boolean(),
    parameters: fc.record({
      rollout: fc.integer({ min: 0, max: 100 }).map(String),
      groupId: fc.constantFrom('use-litellm', 'other'),
      stickiness: fc.constantFrom('userId', 'default', 'random'),
    }),
    constraints: fc.constantFrom([], namedKeys.constraints),
    segments: fc.constantFrom([], [7]),
  });
  const anyFlag = fc.record({ enabled: fc.boolean(), strategies: fc.array(anyStrategy, { maxLength: 4 }) });

  it('it is switched on only where a live share is at most the percentage and nothing else enrols', () => {
    fc.assert(
      fc.property(anyFlag, fc.integer({ min: 0, max: 100 }), (given, percent) => {
        const planned = planOrNothing(given, percent);
        const end = planned.reduce(carryOut, given);
        for (const [index, step] of planned.entries()) {
          if (step.kind !== 'on') continue;
          expect(maySwitchOn(planned.slice(0, index).reduce(carryOut, given), to(percent))).toBe(true);
        }
        if (planned.length > 0) expect(planFlagChange(end, to(percent))).toEqual([]);
        if (percent === 0) expect(end.enabled).toBe(false);
      }),
    );
  });
});

describe('from any flag of the gateway’s own', () => {
  const names = fc.subarray(PEOPLE);
  const percent = fc.constantFrom(0, 1, 26, 51, 52, 81, 100);
  const anyShare = fc.record({ rollout: percent, disabled: fc.boolean() });
  const anyOwn = fc.record({ values: names, disabled: fc.boolean() });
  const anyFlag = fc
    .tuple(fc.boolean(), fc.option(anyShare), fc.array(anyOwn, { maxLength: 2 }))
    .map(([enabled, one, named]) =>
      flag(
        enabled,
        ...(one === null ? [] : [share(`${one.rollout}`, { disabled: one.disabled })]),
        ...named.map(({ values, disabled }, index) => ({ ...own(...values), id: `own-${index}`, disabled })),
      ),
    );

  it('to any other, no step enrols anybody who is not to be, and the end is what was asked for', () => {
    fc.assert(
      fc.property(anyFlag, percent, names, (given, wanted, named) => {
        const target = to(wanted, named);
        const aimed = new Set(PEOPLE.filter((key) => named.includes(key) || bucketOf(key) <= wanted));
        let now = given;
        for (const step of planFlagChange(given, target)) {
          if (step.kind === 'on') expect(maySwitchOn(now, target)).toBe(true);
          const next = carryOut(now, step);
          const joined = enrolledBy(next).filter((key) => !enrolledBy(now).includes(key));
          expect(joined.filter((key) => !aimed.has(key))).toEqual([]);
          now = next;
        }
        expect(enrolledBy(now)).toEqual([...aimed]);
        expect(planFlagChange(now, target)).toEqual([]);
        expect(leavingKeys(given, target, []).filter((key) => aimed.has(key))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Whom a flag enrols that has shares and named keys only. */
function enrolledBy({ enabled, strategies }: FlagInEnvironment): readonly string[] {
  const live = enabled ? strategies.filter(({ disabled }) => !disabled) : [];
  return PEOPLE.filter((key) =>
    live.some(
      (strategy) =>
        (keysNamedBy(strategy)?.includes(key) ?? true) &&
        bucketOf(key) <= Number(strategy.parameters.rollout ?? 100),
    ),
  );
}

function planOrNothing(given: FlagInEnvironment, percent: number): readonly FlagStep[] {
  try {
    return planFlagChange(given, to(percent));
  } catch {
    return [];
  }
}

/** As the server does. */
function carryOut(flagNow: FlagInEnvironment, step: FlagStep): FlagInEnvironment {
  const { enabled, strategies } = flagNow;
  const edit = (id: string, change: (strategy: FlagStrategy) => Partial<FlagStrategy>) => ({
    enabled,
    strategies: strategies.map((each) => (each.id === id ? { ...each, ...change(each) } : each)),
  });
  switch (step.kind) {
    case 'create':
      return { enabled, strategies: [...strategies, share(String(step.percent))] };
    case 'set':
      return edit(step.strategyId, ({ parameters }) => ({
        parameters: { ...parameters, rollout: String(step.percent) },
      }));
    case 'enable':
      return edit(step.strategyId, () => ({ disabled: false }));
    case 'name':
      return { enabled, strategies: [...strategies, own(...step.keys)] };
    case 'rename':
      return edit(step.strategyId, () => ({ constraints: own(...step.keys).constraints }));
    case 'remove': {
      const left = strategies.filter(({ id }) => id !== step.strategyId);
      return { enabled: enabled && left.some(isLive), strategies: left };
    }
    case 'on':
      return { enabled: true, strategies: strategies.some(isLive) ? strategies : [...strategies, everybody] };
    case 'off':
      return { enabled: false, strategies };
  }
}

function isLive({ disabled }: FlagStrategy): boolean {
  return !disabled;
}
