import { describe, expect, it, onTestFinished } from 'vitest';
import { createRecordingLogger } from '../../../test/support/recording-logger.ts';
import { BUCKET_PROBES } from '../bucket-probes.ts';
import { type FlagDefinition, idleKillFlag, KILL_FLAG, rolloutFlag } from '../flag-definition.ts';
import { createFlagEvaluator } from '../flag-evaluator.ts';

function evaluator(flags?: readonly FlagDefinition[]) {
  const created = createFlagEvaluator('production', createRecordingLogger());
  onTestFinished(() => created.stop());
  if (flags !== undefined) created.replace(flags);
  return created;
}

/** Percentages at which the key is enrolled. */
function enrolledAt(keyId: string): number[] {
  const flags = evaluator();
  const percents = Array.from({ length: 101 }, (_, percent) => percent);
  return percents.filter((percent) => {
    flags.replace([rolloutFlag(percent)]);
    return flags.isEnrolled(keyId) === true;
  });
}

describe('enrolment', () => {
  // Buckets of Unleash's own normalised murmur hash, by which a real Unleash server would enrol the same keys.
  it.each([
    ['key_a', 26],
    ['key_b', 52],
    ['sk-test-1', 27],
    ['tenant-42', 82],
  ])('of %s begins at %i percent, as in Unleash, and never ends above it', (keyId, bucket) => {
    expect(enrolledAt(keyId)).toEqual(Array.from({ length: 101 - bucket }, (_, index) => bucket + index));
  });

  it('is nested: whoever is enrolled at a percentage stays so at every higher one', () => {
    const flags = evaluator();
    const keys = Array.from({ length: 200 }, (_, index) => `key_${index}`);
    let before: string[] = [];
    for (let percent = 0; percent <= 100; percent += 1) {
      flags.replace([rolloutFlag(percent)]);
      const now = keys.filter((key) => flags.isEnrolled(key));
      expect(now).toEqual(expect.arrayContaining(before));
      before = now;
    }
    expect(before).toEqual(keys);
  });

  it('takes about the percentage of keys', () => {
    const flags = evaluator([rolloutFlag(30)]);
    const enrolled = Array.from({ length: 5_000 }, (_, index) => `key_${index}`).filter((key) =>
      flags.isEnrolled(key),
    );
    expect(Math.abs(enrolled.length - 1_500)).toBeLessThan(4 * Math.sqrt(5_000 * 0.3 * 0.7));
  });

  it('is unknown before the first definitions, and known to be off after empty ones', () => {
    const flags = evaluator();
    expect(flags.isEnrolled('key_a')).toBeUndefined();
    flags.replace([]);
    expect(flags.isEnrolled('key_a')).toBe(false);
  });

  it('is nobody’s at 0 percent and everybody’s at 100', () => {
    const flags = evaluator([rolloutFlag(0)]);
    expect(['key_a', '', 'x'].map((key) => flags.isEnrolled(key))).toEqual([false, false, false]);
    flags.replace([rolloutFlag(100)]);
    expect(flags.isEnrolled('key_a')).toBe(true);
  });

  it('follows constraints on the key and the environment', () => {
    const flag = (contextName: string, operator: 'IN' | 'NOT_IN', values: string[]) => {
      const constraints = [{ contextName, operator, values, inverted: false }];
      return { ...rolloutFlag(100), strategies: [{ name: 'default' as const, parameters: {}, constraints }] };
    };
    expect(evaluator([flag('userId', 'IN', ['key_a'])]).isEnrolled('key_a')).toBe(true);
    expect(evaluator([flag('userId', 'IN', ['key_a'])]).isEnrolled('key_b')).toBe(false);
    expect(evaluator([flag('userId', 'NOT_IN', ['key_a'])]).isEnrolled('key_a')).toBe(false);
    expect(evaluator([flag('environment', 'IN', ['production'])]).isEnrolled('key_a')).toBe(true);
    expect(evaluator([flag('environment', 'IN', ['staging'])]).isEnrolled('key_a')).toBe(false);
  });

  it('is off while the flag is disabled, whatever its strategies say', () => {
    expect(evaluator([{ ...rolloutFlag(100), enabled: false }]).isEnrolled('key_a')).toBe(false);
  });
});

describe('the kill flag', () => {
  const engaged = { ...idleKillFlag(), enabled: true };

  it('is off before the first definitions, without a definition, and idle', () => {
    expect(evaluator().isKilled()).toBe(false);
    expect(evaluator([rolloutFlag(100)]).isKilled()).toBe(false);
    expect(evaluator([idleKillFlag()]).isKilled()).toBe(false);
  });

  it('is on when it is switched on, and off again when switched off', () => {
    const flags = evaluator([rolloutFlag(100), engaged]);
    expect(flags.isKilled()).toBe(true);
    expect(engaged.name).toBe(KILL_FLAG);
    flags.replace([rolloutFlag(100), idleKillFlag()]);
    expect(flags.isKilled()).toBe(false);
  });
});

it('the kill flag is on, too, by a gradual rollout to everybody, whatever that sticks to', () => {
  for (const stickiness of ['default', 'userId', 'random']) {
    const parameters = { rollout: '100', stickiness, groupId: KILL_FLAG };
    const strategies = [{ name: 'flexibleRollout' as const, parameters, constraints: [] }];
    expect(evaluator([{ name: KILL_FLAG, enabled: true, strategies }]).isKilled()).toBe(true);
  }
});

it('two evaluators in one process do not know of each other', () => {
  const all = evaluator([rolloutFlag(100)]);
  const nobody = evaluator([rolloutFlag(0)]);
  expect([all.isEnrolled('key_a'), nobody.isEnrolled('key_a')]).toEqual([true, false]);
});

describe('the percentage', () => {
  it('has a probe in each bucket, in order', () => {
    const flags = evaluator();
    for (let percent = 1; percent <= 100; percent += 1) {
      flags.replace([rolloutFlag(percent)]);
      expect(BUCKET_PROBES.filter((id) => flags.isEnrolled(id))).toEqual(BUCKET_PROBES.slice(0, percent));
    }
  });

  it('is what is evaluated, whatever the definition says', () => {
    expect(evaluator().enrolledPercent()).toBe(0);
    expect(evaluator([rolloutFlag(37)]).enrolledPercent()).toBe(37);
    expect(evaluator([{ ...rolloutFlag(37), enabled: false }]).enrolledPercent()).toBe(0);
    const everybody = { name: 'default' as const, parameters: {}, constraints: [] };
    const both = { ...rolloutFlag(37), strategies: [...rolloutFlag(37).strategies, everybody] };
    expect(evaluator([both]).enrolledPercent()).toBe(100);
  });
});

describe('definitions of a server', () => {
  const inSegment = (segment: number) => {
    const strategies = [{ name: 'default', parameters: {}, constraints: [], segments: [segment] }];
    return { ...rolloutFlag(100), strategies };
  };
  const segment = {
    id: 7,
    constraints: [{ contextName: 'userId', operator: 'IN', values: ['key_a'], inverted: false }],
  };

  it('enrol by segments, and nobody by one that is not known', () => {
    const flags = evaluator();
    flags.replace([inSegment(7)], [segment]);
    expect(['key_a', 'key_b'].map((key) => flags.isEnrolled(key))).toEqual([true, false]);
    flags.replace([inSegment(8)], [segment]);
    expect(flags.isEnrolled('key_a')).toBe(false);
  });

  it('that cannot be evaluated fail no request: they mean the legacy path', () => {
    const odd = (flag: FlagDefinition) => ({
      ...flag,
      enabled: true,
      strategies: [{ name: 'default', parameters: {}, constraints: [{ operator: 'IN', values: 7 }] }],
    });
    const logger = createRecordingLogger();
    const flags = createFlagEvaluator('production', logger);
    onTestFinished(() => flags.stop());
    flags.replace([odd(rolloutFlag(100)), odd(idleKillFlag())]);
    expect(flags.isEnrolled('key_a')).toBe(false);
    expect(flags.isKilled()).toBe(true);
    expect(logger.entries).toMatchObject([{ level: 'warn', message: 'flag cannot be evaluated' }]);
  });
});
