import { describe, expect, it } from 'vitest';
import {
  enrolledPercent,
  flagDefinition,
  idleKillFlag,
  namedKeysOf,
  rolloutFlag,
} from '../flag-definition.ts';
import type { ReleaseRules } from '../release-rules.ts';
import { changeRollout, initialRollout, type RolloutChange } from '../rollout-state.ts';

describe('a first rollout', () => {
  it('enrols nobody and has no comparison, unless said otherwise', () => {
    const state = initialRollout({}, 'salt');
    expect(state).toEqual({ flags: [rolloutFlag(0), idleKillFlag()], armShare: 1, armSalt: 'salt' });
    expect(enrolledPercent(state.flags)).toBe(0);
  });

  it('takes the values that it is given', () => {
    const state = initialRollout({ enrolledPercent: 25, armShare: 0.5 }, 'salt');
    expect(enrolledPercent(state.flags)).toBe(25);
    expect(state.armShare).toBe(0.5);
  });
});

describe('a change', () => {
  const state = initialRollout({ enrolledPercent: 25, armShare: 0.5 }, 'salt');

  it('leaves what it does not name', () => {
    expect(changeRollout(state, {})).toEqual(state);
    expect(changeRollout(state, { armShare: 0 })).toEqual({ ...state, armShare: 0 });
    const changed = changeRollout(state, { enrolledPercent: 50 });
    expect(enrolledPercent(changed.flags)).toBe(50);
    expect(changed).toMatchObject({ armShare: 0.5, armSalt: 'salt' });
    expect(changed.flags).toContainEqual(idleKillFlag());
  });

  it('does not touch the state that it began with', () => {
    changeRollout(state, { enrolledPercent: 100, armShare: 1 });
    expect(enrolledPercent(state.flags)).toBe(25);
  });
});

describe('a change of the keys that are named', () => {
  const named = initialRollout({ enrolledPercent: 25, namedKeys: ['key_a', 'key_b'] }, 'salt');
  const changed = (change: RolloutChange) => {
    const { flags } = changeRollout(named, change);
    return [enrolledPercent(flags), namedKeysOf(flags)];
  };

  it('leaves the percentage, and a percentage leaves them', () => {
    expect(changed({ namedKeys: ['key_c'] })).toEqual([25, ['key_c']]);
    expect(changed({ enrolledPercent: 30 })).toEqual([30, ['key_a', 'key_b']]);
    expect(changed({ armShare: 0.5 })).toEqual([25, ['key_a', 'key_b']]);
    expect(changed({ namedKeys: [] })).toEqual([25, []]);
  });

  it('is part of going back to 0, unless it names some', () => {
    expect(changed({ enrolledPercent: 0 })).toEqual([0, []]);
    expect(changed({ enrolledPercent: 0, namedKeys: ['key_b'] })).toEqual([0, ['key_b']]);
  });
});

describe('a change of the rules', () => {
  const rules: ReleaseRules = {
    runId: 'run_1',
    stepId: 'named',
    sequence: 3,
    scope: {},
    armUnit: 'request',
    slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
    isRecorded: true,
  };
  const ruled = changeRollout(initialRollout({}, 'salt'), { rules });

  it('holds until the next, and again where it is made again', () => {
    expect(initialRollout({}, 'salt').rules).toBeUndefined();
    expect(changeRollout(ruled, { enrolledPercent: 5 }).rules).toEqual(rules);
    expect(changeRollout(ruled, { rules }).rules).toEqual(rules);
  });

  it('is refused, with all that comes with it, where a later one is in force', () => {
    const older = { rules: { ...rules, sequence: 2 }, enrolledPercent: 100 };
    expect(() => changeRollout(ruled, older)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });
});

describe('the rollout flag', () => {
  it.each([0, 1, 50, 100])('at %i percent says so, by the stickiness of the contract', (percent) => {
    const flag = rolloutFlag(percent);
    expect(flagDefinition.parse(flag)).toEqual(flag);
    expect(flag.strategies[0]?.parameters).toEqual({
      rollout: String(percent),
      stickiness: 'userId',
      groupId: 'use-litellm',
    });
    expect(enrolledPercent([idleKillFlag(), flag])).toBe(percent);
  });

  it('is off at 0, so that switching it on by hand is a decision', () => {
    expect([rolloutFlag(0).enabled, rolloutFlag(1).enabled]).toEqual([false, true]);
  });

  it('names keys beside the percentage, which stays that of all alike', () => {
    const flag = rolloutFlag(0, ['key_a']);
    expect(flagDefinition.parse(flag)).toEqual(flag);
    expect(flag).toMatchObject({
      enabled: true,
      strategies: [
        { parameters: { rollout: '0' }, constraints: [] },
        {
          name: 'flexibleRollout',
          parameters: { rollout: '100', stickiness: 'userId', groupId: 'use-litellm' },
          constraints: [{ contextName: 'userId', operator: 'IN', values: ['key_a'], inverted: false }],
        },
      ],
    });
    expect(enrolledPercent([flag])).toBe(0);
    expect(enrolledPercent([rolloutFlag(30, ['key_a'])])).toBe(30);
    expect(rolloutFlag(30, []).strategies).toHaveLength(1);
  });

  it.each([
    ['missing', []],
    ['disabled', [{ ...rolloutFlag(50), enabled: false }]],
    ['without a rollout strategy', [{ ...rolloutFlag(50), strategies: [] }]],
  ])('counts as 0 percent where it is %s', (_, flags) => {
    expect(enrolledPercent(flags)).toBe(0);
  });
});
