import { describe, expect, it } from 'vitest';
import { enrolledPercent, flagDefinition, idleKillFlag, rolloutFlag } from '../flag-definition.ts';
import { changeRollout, initialRollout } from '../rollout-state.ts';

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

  it.each([
    ['missing', []],
    ['disabled', [{ ...rolloutFlag(50), enabled: false }]],
    ['without a rollout strategy', [{ ...rolloutFlag(50), strategies: [] }]],
  ])('counts as 0 percent where it is %s', (_, flags) => {
    expect(enrolledPercent(flags)).toBe(0);
  });
});
