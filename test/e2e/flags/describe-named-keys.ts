import { beforeEach, describe, expect, it } from 'vitest';
import { readRollout } from '../../../src/db/rollout-repository.ts';
import type { ReleaseRules } from '../../../src/rollout/release-rules.ts';
import { requestOf } from '../../support/enrolment-question.ts';
import { eventually } from '../../support/eventually.ts';
import { type FlagPerson, share } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import type { OpenRollout } from './open-rollout.ts';
import { FLAG, percentOf, type ServedUnderTest, startServed } from './served-under-test.ts';

const RULES: ReleaseRules = {
  runId: 'run_1',
  stepId: 'named',
  sequence: 1,
  scope: { endpoints: ['chat.completions'] },
  armUnit: 'request',
  slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
  isRecorded: true,
};
const isPatch = ({ method }: ProxiedRequest) => method === 'PATCH';
const constraintFor = (values: readonly string[], inverted = false) => ({
  contextName: 'userId',
  operator: 'IN',
  values,
  inverted,
});
/** What somebody may make in Unleash for keys of their own. */
const byPeople = (...values: string[]) => share('100', { constraints: [constraintFor(values)] });

/** How the gateway names keys on its flag server, and what its own database has then. @param served as elsewhere */
export function describeNamedKeys(served: () => ServedUnderTest): void {
  describe('keys by name', () => {
    let person: FlagPerson;
    let proxy: FlagProxy;
    beforeEach(() => {
      ({ person, proxy } = served());
      proxy.forget();
    });
    /** Started with this flag. */
    const startWith = async (enabled: boolean, ...made: object[]) => {
      await person.makeFlag(FLAG, enabled, made);
      return startServed(served());
    };
    const isIn = ({ rollout }: OpenRollout, ...keys: string[]) =>
      keys.map((key) => rollout.isEnrolled(requestOf(key)));
    const namedStrategies = async () =>
      (await person.strategiesOf(FLAG)).filter(({ parameters }) => parameters.rollout === '100');
    /** As a person would in the form, whatever the gateway is about to do. */
    const setConstraint = async (constraint: object) => {
      const [named] = await namedStrategies();
      const path = `/api/admin/projects/default/features/${FLAG}/environments/production/strategies/${named?.id}`;
      await person.call('PATCH', path, [{ op: 'replace', path: '/constraints/0', value: constraint }]);
    };

    it('are the first step of a flag without a strategy, and end where a share begins', async () => {
      const open = await startWith(false);
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b')).toEqual([false, true]);
      await open.rollout.change({ enrolledPercent: 26, namedKeys: [] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b')).toEqual([true, false]);
      expect(await person.isEnabled(FLAG)).toBe(true);
      expect((await person.strategiesOf(FLAG)).map(({ parameters }) => parameters.rollout)).toEqual(['26']);
    });

    it('end where a share begins, too, though somebody took the other strategy away', async () => {
      const open = await startWith(false);
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      const others = (await person.strategiesOf(FLAG)).filter(
        ({ parameters }) => parameters.rollout !== '100',
      );
      for (const { id } of others) {
        const path = `/api/admin/projects/default/features/${FLAG}/environments/production/strategies/${id}`;
        await person.call('DELETE', path);
      }
      await open.rollout.change({ enrolledPercent: 26, namedKeys: [] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b')).toEqual([true, false]);
    });

    it('end with a rollback, after which to switch the flag on enrols nobody', async () => {
      const open = await startWith(false);
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b')).toEqual([false, true]);
      await open.rollout.change({ enrolledPercent: 0, namedKeys: [] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b')).toEqual([false, false]);
      expect(await person.isEnabled(FLAG)).toBe(false);
      expect(open.killSwitch.isEngaged()).toBe(false);
      await person.setEnabled(FLAG, true);
      const strategies = await person.strategiesOf(FLAG);
      expect(strategies.map(({ parameters }) => parameters.rollout)).toEqual(['0']);
    });

    it('of people stay beside those of the gateway, which come and go', async () => {
      const open = await startWith(true, share('0'), byPeople('tenant-42'));
      await eventually(() => open.rollout.summary().namedKeys.length === 1);
      const { namedKeys } = await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      expect(namedKeys.toSorted()).toEqual(['key_b', 'tenant-42']);
      await open.rollout.change({ enrolledPercent: 26, namedKeys: [] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b', 'tenant-42')).toEqual([true, false, true]);
      expect(open.rollout.summary().namedKeys).toEqual(['tenant-42']);
    });

    it('are changed only where they are what was read', async () => {
      const open = await startWith(true, share('10'));
      await open.rollout.change({ enrolledPercent: 10, namedKeys: ['key_b'] }, 'olga');
      proxy.beforeNext(isPatch, () => setConstraint(constraintFor(['tenant-42'])));
      const change = open.rollout.change({ enrolledPercent: 10, namedKeys: ['key_b', 'key_c'] }, 'olga');
      await expect(change).rejects.toMatchObject({ code: 'flag_conflict' });
      await eventually(() => open.rollout.summary().namedKeys.includes('tenant-42'));
      expect(open.rollout.summary().namedKeys).toEqual(['tenant-42']);
    });

    it('never become all others, though somebody inverts them meanwhile', async () => {
      const open = await startWith(true, share('0'));
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      proxy.beforeNext(isPatch, () => setConstraint(constraintFor(['key_b'], true)));
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b', 'key_c'] }, 'olga');
      expect(isIn(open, 'key_a', 'key_b', 'key_c')).toEqual([false, true, true]);
      expect(percentOf(open)).toBe(0);
    });

    it('are not taken for enrolled where the server has them and its flag does not enrol them', async () => {
      await person.makeFlag(FLAG, true, [share('0')]);
      const open = await startServed(served(), { changeMs: 4_000 });
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b'] }, 'olga');
      const [named] = await namedStrategies();
      const path = `/api/admin/projects/default/features/${FLAG}/environments/production/strategies/${named?.id}`;
      await person.call('PATCH', path, [{ op: 'replace', path: '/parameters/rollout', value: '1' }]);
      const again = open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b', 'key_a'] }, 'olga');
      await expect(again).rejects.toMatchObject({ code: 'flag_change_unverified' });
      expect(open.killSwitch.isEngaged()).toBe(false);
    });
  });

  describe('a change of the flag and of what the database has', () => {
    /** What the database has at the moment of the next write to the server. */
    const atNextWrite = (open: OpenRollout) => {
      const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof readRollout>>>();
      served().proxy.beforeNext(isPatch, async () => resolve(await readRollout(open.db)));
      return promise;
    };
    const start = async () => {
      const { person, proxy } = served();
      proxy.forget();
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await startServed(served());
      await eventually(() => percentOf(open) === 10);
      return open;
    };

    it('that raises the percentage comes to the database first, and raises its share last', async () => {
      const open = await start();
      const lowered = atNextWrite(open);
      await open.rollout.change({ enrolledPercent: 26, armShare: 0.5, rules: RULES }, 'olga');
      expect(await lowered).toMatchObject({ armShare: 0.5, rules: RULES });
      expect(open.rollout.isEnrolled(requestOf('key_a', { endpoint: 'embeddings' }))).toBe(false);
      const raised = atNextWrite(open);
      const next = { ...RULES, stepId: 'most', sequence: 2 };
      await open.rollout.change({ enrolledPercent: 52, armShare: 0.9, rules: next }, 'olga');
      expect(await raised).toMatchObject({ armShare: 0.5, rules: next });
      expect(open.rollout.summary()).toMatchObject({ armShare: 0.9, enrolledPercent: 52, rules: next });
    });

    it('that lowers the percentage comes to the flag first', async () => {
      const open = await start();
      await open.rollout.change({ armShare: 0.5, rules: RULES }, 'olga');
      const seen = atNextWrite(open);
      const next = { ...RULES, scope: {}, sequence: 2 };
      await open.rollout.change({ enrolledPercent: 5, armShare: 1, rules: next }, 'olga');
      expect(await seen).toMatchObject({ armShare: 0.5, rules: RULES });
      expect(open.rollout.summary()).toMatchObject({ armShare: 1, enrolledPercent: 5, rules: next });
    });
  });
}
