import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Secret } from '../../../src/core/secret.ts';
import { changeStoredRollout } from '../../../src/db/rollout-repository.ts';
import type { FlagServer } from '../../../src/rollout/flag-server/flag-server.ts';
import type { ReleaseRules } from '../../../src/rollout/release-rules.ts';
import { eventually } from '../../support/eventually.ts';
import { createFlagPerson, type FlagPerson, share } from './flag-person.ts';
import type { FlagProxy, ProxiedRequest } from './flag-proxy.ts';
import { FLAG, isPoll, percentOf, type ServedUnderTest, startServed } from './served-under-test.ts';

const isOn = ({ path }: ProxiedRequest) => path.endsWith('/on');
const isNoPoll = (request: ProxiedRequest) => !isPoll(request);
const isPatch = ({ method }: ProxiedRequest) => method === 'PATCH';
const rules = (sequence: number): ReleaseRules => ({
  runId: 'run_1',
  stepId: 't5',
  sequence,
  scope: {},
  armUnit: 'request',
  slow: { firstTokenMs: null, overheadMs: null, tokenMs: null },
  isRecorded: true,
});
/** The percentage as the server has it. */
const rolloutOf = async (person: FlagPerson) => (await person.strategiesOf(FLAG))[0]?.parameters.rollout;
const lastStep = ({ method, path }: ProxiedRequest) => `${method} ${path.split('/').at(-1)}`;

/** How the gateway changes the percentage on its flag server. @param served is called in tests only */
export function describeChanges(served: () => ServedUnderTest): void {
  describe('a change of the percentage', () => {
    let person: FlagPerson;
    let proxy: FlagProxy;
    /** Each time the flag was switched on with what would have enrolled more than was wanted. */
    let daring: unknown[];
    beforeEach(() => {
      ({ person, proxy } = served());
      daring = [];
      proxy.forget();
    });
    const start = (given: Partial<FlagServer> = {}) => startServed(served(), given);

    /** At the very moment at which the flag is switched on, by what the server then has. */
    const watchSwitch = (target: number) =>
      proxy.beforeEach(isOn, async () => {
        const live = (await person.strategiesOf(FLAG)).filter(({ disabled }) => !disabled);
        const isSafe =
          live.length > 0 && live.every(({ parameters }) => Number(parameters.rollout) <= target);
        if (!isSafe) daring.push(live);
      });

    it('is a patch of what was read, seen in force, and in the audit log', async () => {
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await start();
      expect(await open.rollout.change({ enrolledPercent: 25 }, 'olga')).toMatchObject({
        enrolledPercent: 25,
      });
      expect(proxy.writes()).toMatchObject([
        {
          method: 'PATCH',
          body: JSON.stringify([
            { op: 'test', path: '/parameters/rollout', value: '10' },
            { op: 'replace', path: '/parameters/rollout', value: '25' },
          ]),
        },
      ]);
      const [entry] = await open.db('audit_log').where({ entity: 'rollout' });
      expect(entry).toMatchObject({
        actor: 'olga',
        action: 'update',
        before: '{"enrolled_percent":10}',
        after: '{"enrolled_percent":25}',
      });
      proxy.forget();
      await open.rollout.change({ enrolledPercent: 25 }, 'olga');
      expect(proxy.writes()).toEqual([]);
    });

    it('is refused where somebody else made one meanwhile, and overwrites nothing', async () => {
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await start();
      proxy.beforeNext(isPatch, () => person.setRollout(FLAG, '3'));
      await expect(open.rollout.change({ enrolledPercent: 25 }, 'olga')).rejects.toMatchObject({
        code: 'flag_conflict',
      });
      expect((await person.strategiesOf(FLAG)).map(({ parameters }) => parameters.rollout)).toEqual(['3']);
      await eventually(() => percentOf(open) === 3);
      expect(open.killSwitch.isEngaged()).toBe(false);
    });

    it('to 0 goes through all the same: first the share, then the switch', async () => {
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await start();
      proxy.beforeNext(isPatch, () => person.setRollout(FLAG, '30'));
      await open.rollout.change({ enrolledPercent: 0 }, 'olga');
      expect(proxy.writes().map(lastStep)).toEqual([
        expect.stringMatching(/^PATCH/),
        expect.stringMatching(/^PATCH/),
        'POST off',
      ]);
      expect((await person.strategiesOf(FLAG)).map(({ parameters }) => parameters.rollout)).toEqual(['0']);
      expect(await person.isEnabled(FLAG)).toBe(false);
      expect(open.killSwitch.isEngaged()).toBe(false);
    });

    it.each([
      ['has no strategy', 21, [], ['POST strategies', 'POST on']],
      ['has a higher share', 22, [share('80')], [expect.stringMatching(/^PATCH/), 'POST on']],
      [
        'has only a disabled share',
        23,
        [share('100', { disabled: true })],
        [expect.stringMatching(/^PATCH/), expect.stringMatching(/^PATCH/), 'POST on'],
      ],
    ])('switches a flag that is off and %s on only below the percentage', async (_, percent, made, steps) => {
      await person.makeFlag(FLAG, false, made);
      const open = await start();
      watchSwitch(percent);
      await open.rollout.change({ enrolledPercent: percent }, 'olga');
      expect(proxy.writes().map(lastStep)).toEqual(steps);
      expect(daring).toEqual([]);
      expect(await person.isEnabled(FLAG)).toBe(true);
      expect(percentOf(open)).toBe(percent);
    });

    it.each([
      [
        'another strategy enrols everybody',
        [share('10'), { name: 'default', parameters: {}, constraints: [] }],
      ],
      [
        'the cohorts are others',
        [share('10', { parameters: { rollout: '10', groupId: 'x', stickiness: 'userId' } })],
      ],
      ['there are several shares', [share('10'), share('20')]],
    ])('is refused, and nothing written, where %s', async (_, made) => {
      await person.makeFlag(FLAG, false, made);
      const open = await start();
      await expect(open.rollout.change({ enrolledPercent: 25 }, 'olga')).rejects.toMatchObject({
        code: 'flag_conflict',
      });
      expect(proxy.writes()).toEqual([]);
    });

    it('that a later decision has overtaken is taken back, by a process that was asleep', async () => {
      await person.makeFlag(FLAG, true, [share('0')]);
      const open = await start();
      // It has read 0 %, is asleep, and meanwhile another process has begun the step and rolled it back to 0 %.
      proxy.beforeNext(isPatch, async () => {
        await changeStoredRollout(open.db, (state) => ({ ...state, rules: rules(3) }), 'another process');
      });
      const raised = open.rollout.change({ enrolledPercent: 5, rules: rules(1) }, 'release-controller');
      await expect(raised).rejects.toMatchObject({ code: 'conflict' });
      expect((await person.strategiesOf(FLAG)).map(({ parameters }) => parameters.rollout)).toEqual(['0']);
      await eventually(() => percentOf(open) === 0);
      expect(open.killSwitch.isEngaged()).toBe(false);
    });

    it.each([
      ['refused', 'PATCH'],
      ['not answered', 'GET'],
    ])(
      'leaves what a later decision has made where it was %s before it wrote anything',
      async (how, asked) => {
        await person.makeFlag(FLAG, true, [share('0')]);
        const open = await start();
        const isAsked = ({ method, path }: ProxiedRequest) =>
          method === asked && path.startsWith('/api/admin/');
        proxy.beforeNext(isAsked, async () => {
          await changeStoredRollout(open.db, (state) => ({ ...state, rules: rules(3) }), 'another process');
          await person.setRollout(FLAG, '50');
          proxy.setCut(how === 'not answered');
        });
        const raised = open.rollout.change({ enrolledPercent: 5, rules: rules(1) }, 'release-controller');
        await expect(raised).rejects.toThrow();
        expect(await rolloutOf(person)).toBe('50');
        expect(open.killSwitch.isEngaged()).toBe(false);
      },
    );

    it('is taken back as well where it was overtaken before it was seen in force', async () => {
      await person.makeFlag(FLAG, true, [share('0')]);
      const open = await start({ changeMs: 3_000 });
      proxy.afterNext(isPatch, async () => {
        await changeStoredRollout(open.db, (state) => ({ ...state, rules: rules(3) }), 'another process');
        proxy.beforeEach(isPoll, async () => proxy.setCut(true));
        proxy.beforeEach(isNoPoll, async () => proxy.setCut(false));
      });
      const raised = open.rollout.change({ enrolledPercent: 5, rules: rules(1) }, 'release-controller');
      await expect(raised).rejects.toMatchObject({ code: 'flag_change_unverified' });
      expect(await rolloutOf(person)).toBe('0');
      // Whether anybody is enrolled here cannot be seen.
      expect(open.killSwitch.isEngaged()).toBe(true);
    });

    it.each([
      ['goes to 0 where the database is gone at its end', 'ALTER TABLE rollout_settings RENAME TO away', '0'],
      [
        'stays where the database only takes nothing more',
        "CREATE TRIGGER full BEFORE UPDATE ON rollout_settings BEGIN SELECT RAISE(ABORT, 'full'); END",
        '5',
      ],
    ])('%s', async (_, fault, percent) => {
      await person.makeFlag(FLAG, true, [share('0')]);
      const open = await start();
      proxy.afterNext(isPatch, () => open.db.raw(fault));
      const raised = open.rollout.change({ enrolledPercent: 5, rules: rules(1) }, 'release-controller');
      await expect(raised).rejects.toThrow(/no such table|full/);
      expect(await rolloutOf(person)).toBe(percent);
      expect(open.killSwitch.isEngaged()).toBe(false);
    });

    it('does not switch the flag on where somebody took its strategies away meanwhile', async () => {
      await person.makeFlag(FLAG, false, [share('80')]);
      const open = await start();
      let reads = 0;
      proxy.beforeEach(
        ({ method, path }) => method === 'GET' && path.endsWith('/strategies'),
        async () => {
          reads += 1;
          if (reads === 2) await person.removeStrategies(FLAG);
        },
      );
      await expect(open.rollout.change({ enrolledPercent: 25 }, 'olga')).rejects.toMatchObject({
        code: 'flag_conflict',
      });
      expect(proxy.requests.filter(isOn)).toEqual([]);
      expect(await person.isEnabled(FLAG)).toBe(false);
    });

    it('is refused without an admin token, and to 0 the kill switch is engaged instead', async () => {
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await start({ adminToken: undefined });
      await expect(open.rollout.change({ enrolledPercent: 25 }, 'olga')).rejects.toMatchObject({
        code: 'flag_server_refused',
        message: expect.stringContaining('UNLEASH_ADMIN_TOKEN'),
      });
      expect(open.killSwitch.isEngaged()).toBe(false);
      await expect(open.rollout.change({ enrolledPercent: 0 }, 'olga')).rejects.toMatchObject({
        code: 'flag_server_refused',
      });
      expect(open.killSwitch.isEngaged()).toBe(true);
    });

    it('is refused where changes need an approval, and to 0 the kill switch is engaged instead', async () => {
      const { unleash } = served();
      await person.makeFlag(FLAG, true, [share('10')]);
      const open = await start({ adminToken: new Secret(await makeRobot(unleash.url, person)) });
      expect(await open.rollout.change({ enrolledPercent: 12 }, 'olga')).toMatchObject({
        enrolledPercent: 12,
      });
      await unleash.query(
        "insert into change_request_settings(project, environment, required_approvals) values ('default', 'production', 1)",
      );
      onTestFinished(() => unleash.query('delete from change_request_settings'));
      const refused = { code: 'flag_server_refused', message: expect.stringContaining('change request') };
      await expect(open.rollout.change({ enrolledPercent: 25 }, 'olga')).rejects.toMatchObject(refused);
      expect(open.killSwitch.isEngaged()).toBe(false);
      await expect(open.rollout.change({ enrolledPercent: 0 }, 'olga')).rejects.toMatchObject({
        ...refused,
        message: expect.stringContaining('The kill switch is engaged instead'),
      });
      expect(open.killSwitch.isEngaged()).toBe(true);
      expect((await person.strategiesOf(FLAG)).map(({ parameters }) => parameters.rollout)).toEqual(['12']);
      expect(await open.db('audit_log').where({ action: 'kill' })).toMatchObject([
        { actor: 'olga', before: '{"killed":false}' },
      ]);
    });
  });
}

/** An account that may change flags and must not skip change requests. @returns its personal access token */
async function makeRobot(url: string, admin: FlagPerson): Promise<string> {
  const [username, password] = ['robot', 'Robot-for-tests-1'];
  await admin.call('POST', '/api/admin/user-admin', { username, password, rootRole: 2, sendEmail: false });
  const login = await fetch(`${url}/auth/simple/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  const [cookie = ''] = (login.headers.get('set-cookie') ?? '').split(';');
  const robot = createFlagPerson(url, { cookie });
  const made = await robot.call('POST', '/api/admin/user/tokens', {
    description: 'gateway',
    expiresAt: '2099-01-01T00:00:00Z',
  });
  return z.object({ secret: z.string() }).parse(made).secret;
}
