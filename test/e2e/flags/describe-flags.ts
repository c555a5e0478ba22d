import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rollout } from '../../../src/rollout/rollout.ts';
import { requestOf } from '../../support/enrolment-question.ts';
import { eventually } from '../../support/eventually.ts';

/** Flags of one source, and what somebody may do to them there. */
export interface FlagsUnderTest {
  readonly rollout: Rollout;
  /** Puts the rollout flag on, with this text as its percentage. */
  setRollout(rollout: string): Promise<void>;
  setKilled(killed: boolean): Promise<void>;
  /** Takes both flags away. */
  removeFlags(): Promise<void>;
  close(): Promise<void>;
}

/** The buckets that Unleash's own hash gives these ids in the group `use-litellm`. */
const BUCKETS = { key_a: 26, key_b: 52, 'sk-test-1': 27, 'tenant-42': 82 };
const KEYS = [...Object.keys(BUCKETS), ...Array.from({ length: 300 }, (_, index) => `key_${index}`)];
const PERCENTS = [25, 26, 27, 51, 52, 81, 82, 100];

/**
 * What flags do, wherever they come from: the same keys in the same order, so that a company can move from one source
 * to the other without a key changing sides.
 * @param open gives the flags, started, with nobody enrolled and nothing killed; it is called once
 */
export function describeFlags(source: string, open: () => Promise<FlagsUnderTest>): void {
  describe(`flags from ${source}`, () => {
    let flags: FlagsUnderTest;
    const enrolled = () => new Set(KEYS.filter((key) => flags.rollout.isEnrolled(requestOf(key)) === true));
    const percent = () => flags.rollout.summary().enrolledPercent;
    /** Who is enrolled at each percentage, going up. */
    const cohorts = new Map<number, ReadonlySet<string>>();

    beforeAll(async () => {
      flags = await open();
      for (const each of PERCENTS) {
        await flags.rollout.change({ enrolledPercent: each }, 'olga');
        cohorts.set(each, enrolled());
      }
    }, 120_000);
    afterAll(() => flags?.close());

    it('enrol a key from its bucket on, and never end above it', () => {
      for (const [key, bucket] of Object.entries(BUCKETS)) {
        const at = PERCENTS.filter((each) => cohorts.get(each)?.has(key));
        expect(at).toEqual(PERCENTS.filter((each) => each >= bucket));
      }
    });

    it('are nested: whoever is enrolled at a percentage is so at every higher one, and all are at 100', () => {
      for (const [index, each] of PERCENTS.slice(1).entries()) {
        const before = [...(cohorts.get(PERCENTS[index] ?? 0) ?? [])];
        expect(before.filter((key) => !cohorts.get(each)?.has(key))).toEqual([]);
      }
      expect(cohorts.get(100)?.size).toBe(KEYS.length);
    });

    it('lose keys and gain none when the percentage sinks, and enrol nobody at 0', async () => {
      await flags.rollout.change({ enrolledPercent: 26 }, 'olga');
      expect(enrolled()).toEqual(cohorts.get(26));
      await flags.rollout.change({ enrolledPercent: 0 }, 'olga');
      expect(enrolled().size).toBe(0);
      expect(flags.rollout.isEnrolled(requestOf('key_a'))).toBe(false);
      expect(percent()).toBe(0);
    });

    it('are changed once by the same change twice', async () => {
      const twice = async () => (await flags.rollout.change({ enrolledPercent: 27 }, 'olga')).enrolledPercent;
      expect([await twice(), await twice()]).toEqual([27, 27]);
      expect(enrolled()).toEqual(cohorts.get(27));
    });

    it('enrol keys by name beside the percentage, and nobody by name any more at 0', async () => {
      const isIn = (key: string) => flags.rollout.isEnrolled(requestOf(key));
      const named = () => flags.rollout.summary().namedKeys;
      await flags.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      expect([isIn('key_a'), isIn('key_b'), isIn('tenant-42')]).toEqual([false, true, false]);
      expect([percent(), named()]).toEqual([0, ['key_b']]);
      await flags.rollout.change({ enrolledPercent: 26, namedKeys: ['tenant-42', 'key_b'] }, 'olga');
      expect([isIn('key_a'), isIn('key_b'), isIn('tenant-42')]).toEqual([true, true, true]);
      await flags.rollout.change({ enrolledPercent: 26, namedKeys: ['tenant-42'] }, 'olga');
      expect([isIn('key_a'), isIn('key_b'), isIn('tenant-42')]).toEqual([true, false, true]);
      await flags.rollout.change({ enrolledPercent: 27 }, 'olga');
      expect([percent(), named()]).toEqual([27, ['tenant-42']]);
      await flags.rollout.change({ enrolledPercent: 0 }, 'olga');
      expect(enrolled().size).toBe(0);
      expect(named()).toEqual([]);
      await flags.rollout.change({ enrolledPercent: 27 }, 'olga');
      expect(enrolled()).toEqual(cohorts.get(27));
    });

    it('know whole percents only: half of one is nobody, and 26.9 are 26', async () => {
      await flags.setRollout('26.9');
      await eventually(() => percent() === 26);
      expect(enrolled()).toEqual(cohorts.get(26));
      await flags.setRollout('0.5');
      await eventually(() => percent() === 0);
      expect(enrolled().size).toBe(0);
    });

    it('send everything to the legacy path while the kill flag is on', async () => {
      expect(flags.rollout.isKilledByFlag()).toBe(false);
      await flags.setKilled(true);
      await eventually(() => flags.rollout.isKilledByFlag());
      await flags.setKilled(false);
      await eventually(() => !flags.rollout.isKilledByFlag());
    });

    it('enrol nobody and kill nothing where they are not known', async () => {
      await flags.rollout.change({ enrolledPercent: 100 }, 'olga');
      await flags.removeFlags();
      await eventually(() => flags.rollout.isEnrolled(requestOf('key_a')) === false);
      expect(percent()).toBe(0);
      expect(flags.rollout.isKilledByFlag()).toBe(false);
    });
  });
}
