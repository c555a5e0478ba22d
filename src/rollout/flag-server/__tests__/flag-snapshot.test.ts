import { describe, expect, it, onTestFinished } from 'vitest';
import { createRecordingLogger } from '../../../../test/support/recording-logger.ts';
import { namedKeysOf } from '../../flag-definition.ts';
import { createFlagEvaluator } from '../../flag-evaluator.ts';
import { atMost, flagSnapshot, ownFlags } from '../flag-snapshot.ts';

const feature = (name: string, more: object = {}) => ({ name, enabled: true, strategies: [], ...more });
const rollout = (...shares: string[]) =>
  feature('use-litellm', {
    strategies: shares.map((share) => ({ name: 'flexibleRollout', parameters: { rollout: share } })),
  });
const sharesOf = ({ features }: ReturnType<typeof atMost>) =>
  features.flatMap(({ strategies }) => strategies.map(({ parameters }) => parameters.rollout));

describe('the flags of a poll', () => {
  it('are the gateway’s own and those that they depend on, whatever else the project has', () => {
    const snapshot = flagSnapshot.parse({
      features: [
        feature('other'),
        feature('parent'),
        feature('litellm-kill'),
        feature('use-litellm', { dependencies: [{ feature: 'parent' }] }),
      ],
    });
    expect(ownFlags(snapshot).features.map(({ name }) => name)).toEqual([
      'parent',
      'litellm-kill',
      'use-litellm',
    ]);
  });

  it('keep what only the evaluator reads', () => {
    const strategies = [
      { name: 'flexibleRollout', parameters: {}, constraints: [], variants: [{ name: 'x' }] },
    ];
    const snapshot = flagSnapshot.parse({ features: [feature('use-litellm', { strategies })] });
    expect(ownFlags(snapshot).features).toMatchObject([{ strategies }]);
  });

  it('may have strategies without parameters or constraints', () => {
    const strategies = [{ name: 'default', parameters: null, constraints: null }];
    const snapshot = flagSnapshot.parse({ features: [feature('use-litellm', { strategies })] });
    expect(snapshot.features[0]?.strategies).toEqual([{ name: 'default', parameters: {}, constraints: [] }]);
  });

  it.each([[{}], [{ features: [{ name: 'use-litellm' }] }], [null], ['text']])('are not %j', (answer) => {
    expect(flagSnapshot.safeParse(answer).success).toBe(false);
  });
});

it('at most a percentage, shares that are above it sink and none rises', () => {
  const snapshot = flagSnapshot.parse({ features: [rollout('52', '10', 'much', '26')] });
  expect(sharesOf(atMost(snapshot, 26))).toEqual(['26', '10', 'much', '26']);
  expect(sharesOf(atMost(snapshot, 0))).toEqual(['0', '0', 'much', '0']);
  expect(sharesOf(atMost(snapshot, 100))).toEqual(['52', '10', 'much', '26']);
});

it('at most some names, the others are left, and nobody where none is', () => {
  const named = (...values: string[]) => ({
    name: 'flexibleRollout',
    parameters: { rollout: '100', stickiness: 'userId', groupId: 'use-litellm' },
    constraints: [{ contextName: 'userId', operator: 'IN', values, inverted: false }],
  });
  const strategies = [named('key_a', 'key_b'), named('key_b')];
  const snapshot = flagSnapshot.parse({ features: [feature('use-litellm', { strategies })] });
  const without = atMost(snapshot, 0, ['key_b', 'tenant-42']);
  expect(namedKeysOf(snapshot.features)).toEqual(['key_a', 'key_b']);
  expect(namedKeysOf(without.features)).toEqual(['key_a']);
  const flags = createFlagEvaluator('production', createRecordingLogger());
  onTestFinished(() => flags.stop());
  flags.replace(without.features);
  expect(['key_a', 'key_b', 'key_c'].map((key) => flags.isEnrolled(key))).toEqual([true, false, false]);
  expect(flags.enrolledPercent()).toBe(0);
});
