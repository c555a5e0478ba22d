import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { writeRollout } from '../../../src/db/rollout-repository.ts';
import { initialRollout } from '../../../src/rollout/rollout-state.ts';
import { requestOf } from '../../support/enrolment-question.ts';
import { eventually } from '../../support/eventually.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type FlagPerson, share } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import { type OpenRollout, openRollout } from './open-rollout.ts';
import {
  FLAG,
  flagState,
  isPoll,
  percentOf,
  type ServedUnderTest,
  startServed,
} from './served-under-test.ts';

/** What the gateway knows while its flag server does not answer. @param served is called in tests only */
export function describeOutages(served: () => ServedUnderTest): void {
  describe('a flag server that does not answer', () => {
    let person: FlagPerson;
    let proxy: FlagProxy;
    beforeEach(() => {
      ({ person, proxy } = served());
      proxy.forget();
    });
    const start = (dataDir?: string) => startServed(served(), {}, dataDir);
    const makeFlag = (rollout: string) => person.makeFlag(FLAG, true, [share(rollout)]);
    const ageOf = ({ rollout }: OpenRollout) => rollout.summary().snapshotAgeSeconds;
    /** A data folder in which a gateway has known this percentage before it ended. */
    const folderThatKnew = async (percent: number) => {
      const dataDir = temporaryFolder();
      await makeFlag(`${percent}`);
      const open = await openRollout(served().server, dataDir);
      await open.rollout.start();
      await eventually(() => percentOf(open) === percent);
      await open.close();
      return dataDir;
    };

    /** The process ends between such a write and its next poll. */
    const endAt = (open: OpenRollout, matches: (request: ProxiedRequest) => boolean) =>
      proxy.beforeNext(matches, async () => {
        proxy.setCut(true);
        open.rollout.stop();
      });

    it('but 403 once is asked again, and what it said before holds until then', async () => {
      await makeFlag('52');
      const open = await start();
      await eventually(() => percentOf(open) === 52);
      proxy.answerOnce(isPoll, 403);
      await eventually(() => proxy.requests.some(isPoll) && ageOf(open) > 1);
      expect(open.rollout.isEnrolled(requestOf('key_b'))).toBe(true);
      await person.setRollout(FLAG, '26');
      await eventually(() => percentOf(open) === 26);
      expect(open.rollout.isEnrolled(requestOf('key_b'))).toBe(false);
      expect(ageOf(open)).toBeLessThan(5);
    });

    it('since it was killed is stale, and followed again once it is back', async () => {
      const { unleash } = served();
      await makeFlag('52');
      const open = await start();
      await eventually(() => percentOf(open) === 52 && flagState(open) === 'up');
      await unleash.kill();
      try {
        await eventually(() => flagState(open) === 'stale');
        expect(open.rollout.isEnrolled(requestOf('key_b'))).toBe(true);
        expect(ageOf(open)).toBeGreaterThan(3);
        await expect(open.rollout.change({ enrolledPercent: 60 }, 'olga')).rejects.toMatchObject({
          code: 'flag_server_unavailable',
        });
        expect(open.killSwitch.isEngaged()).toBe(false);
      } finally {
        await unleash.restart();
      }
      await person.setRollout(FLAG, '26');
      await eventually(() => percentOf(open) === 26 && flagState(open) === 'up', 60_000);
    });

    it('at the start leaves what was known before, and its age', async () => {
      const dataDir = await folderThatKnew(52);
      const file = join(dataDir, 'flags.json');
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(readFileSync(file, 'utf8')).not.toContain(served().unleash.apiToken);
      proxy.setCut(true);
      const open = await start(dataDir);
      expect(percentOf(open)).toBe(52);
      expect(open.rollout.isEnrolled(requestOf('key_b'))).toBe(true);
      expect(ageOf(open)).toBeGreaterThan(0);
      expect(Number.isFinite(ageOf(open))).toBe(true);
      await eventually(() => flagState(open) === 'stale');
      proxy.setCut(false);
      await eventually(() => flagState(open) === 'up');
    });

    it('at the first start leaves nothing: the keys are unknown, until it answers', async () => {
      await makeFlag('100');
      proxy.setCut(true);
      const open = await start();
      expect(open.rollout.isEnrolled(requestOf('key_a'))).toBeUndefined();
      expect(flagState(open)).toBe('down');
      expect(ageOf(open)).toBe(Number.POSITIVE_INFINITY);
      proxy.setCut(false);
      await eventually(() => open.rollout.isEnrolled(requestOf('key_a')) === true);
      expect(flagState(open)).toBe('up');
    });

    it('never makes an old backup raise a share: where it answers, what it says is all that counts', async () => {
      const dataDir = await folderThatKnew(100);
      await person.setRollout(FLAG, '26');
      const { server } = served();
      const fresh = await startServed(served());
      await eventually(() => percentOf(fresh) === 26);
      const open = await openRollout(server, dataDir);
      onTestFinished(() => open.close());
      const seen: (boolean | undefined)[] = [];
      const look = setInterval(() => seen.push(open.rollout.isEnrolled(requestOf('key_b'))), 1);
      onTestFinished(() => clearInterval(look));
      await open.rollout.start();
      await eventually(() => seen.length > 100);
      expect(seen).not.toContain(true);
      expect(percentOf(open)).toBe(26);
      await eventually(() => !readFileSync(join(dataDir, 'flags.json'), 'utf8').includes('"rollout":"100"'));
    });

    it('leaves no key named any more that was not to be, before that was seen', async () => {
      const dataDir = temporaryFolder();
      await makeFlag('0');
      const open = await openRollout(served().server, dataDir);
      await writeRollout(open.db, initialRollout({}, 'salt'));
      await open.rollout.start();
      await open.rollout.change({ enrolledPercent: 0, namedKeys: ['key_b', 'tenant-42'] }, 'olga');
      endAt(open, ({ method }) => method === 'PATCH');
      const fewer = { enrolledPercent: 0, namedKeys: ['tenant-42'] };
      await expect(open.rollout.change(fewer, 'olga')).rejects.toThrow();
      await open.close();
      const again = await start(dataDir);
      expect(again.rollout.summary().namedKeys).toEqual(['tenant-42']);
      const isIn = (key: string) => again.rollout.isEnrolled(requestOf(key));
      expect([isIn('key_b'), isIn('tenant-42'), isIn('key_a')]).toEqual([false, true, false]);
    });

    it('leaves no more than a rollback that was asked for before it was seen', async () => {
      const dataDir = await folderThatKnew(52);
      const open = await openRollout(served().server, dataDir);
      await open.rollout.start();
      endAt(open, ({ method }) => method === 'PATCH');
      await expect(open.rollout.change({ enrolledPercent: 0 }, 'olga')).rejects.toThrow();
      await open.close();
      const again = await start(dataDir);
      expect(percentOf(again)).toBe(0);
      expect(again.rollout.isEnrolled(requestOf('key_b'))).toBe(false);
    });
  });
}
