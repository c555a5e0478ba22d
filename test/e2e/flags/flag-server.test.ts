import { afterAll, beforeAll, describe } from 'vitest';
import { idleKillFlag, KILL_FLAG, ROLLOUT_FLAG, rolloutFlag } from '../../../src/rollout/flag-definition.ts';
import { missingUnleash, startUnleashServer } from '../../support/unleash-server.ts';
import { describeChanges } from './describe-changes.ts';
import { describeFlags, type FlagsUnderTest } from './describe-flags.ts';
import { describeGateway } from './describe-gateway.ts';
import { describeNamedKeys } from './describe-named-keys.ts';
import { describeOutages } from './describe-outages.ts';
import { describeRelease } from './describe-release.ts';
import { createFlagPerson } from './flag-person.ts';
import { startFlagProxy } from './flag-proxy.ts';
import { flagServerAt, openRollout } from './open-rollout.ts';
import type { ServedUnderTest } from './served-under-test.ts';

const missing = await missingUnleash();

describeFlags('the database', openEmbedded);

describe.skipIf(missing !== '')(`a real Unleash server${missing}`, () => {
  let running: ServedUnderTest;
  const served = () => running;

  beforeAll(async () => {
    const unleash = await startUnleashServer();
    const proxy = await startFlagProxy(unleash.url);
    const person = createFlagPerson(unleash.url, { authorization: unleash.adminToken });
    running = { unleash, proxy, person, server: flagServerAt(proxy.url, unleash) };
  }, 120_000);
  afterAll(async () => {
    await running?.proxy.stop();
    await running?.unleash.stop();
  });

  describeFlags('an Unleash server', () => openServed(running));
  describeChanges(served);
  describeNamedKeys(served);
  describeOutages(served);
  describeGateway(served);
  describeRelease(served);
});

async function openEmbedded(): Promise<FlagsUnderTest> {
  const { rollout, db, close } = await openRollout(undefined);
  const store = async (name: string, definition: object) => {
    await db('flag_definitions')
      .where({ name })
      .update({ definition: JSON.stringify(definition) });
  };
  await rollout.start();
  return {
    rollout,
    close,
    async setRollout(text) {
      const strategies = rolloutFlag(1).strategies.map((strategy) => ({
        ...strategy,
        parameters: { ...strategy.parameters, rollout: text },
      }));
      await store(ROLLOUT_FLAG, { ...rolloutFlag(1), strategies });
    },
    setKilled: (killed) => store(KILL_FLAG, { ...idleKillFlag(), enabled: killed }),
    async removeFlags() {
      await db('flag_definitions').del();
    },
  };
}

async function openServed({ person, server }: ServedUnderTest): Promise<FlagsUnderTest> {
  await person.makeFlag(ROLLOUT_FLAG, false, []);
  await person.makeFlag(KILL_FLAG, false, [{ name: 'default', parameters: {}, constraints: [] }]);
  const { rollout, close } = await openRollout(server);
  await rollout.start();
  return {
    rollout,
    close,
    async setRollout(text) {
      await person.setRollout(ROLLOUT_FLAG, text);
      await person.setEnabled(ROLLOUT_FLAG, true);
    },
    setKilled: (killed) => person.setEnabled(KILL_FLAG, killed),
    async removeFlags() {
      await person.removeFlag(ROLLOUT_FLAG);
      await person.removeFlag(KILL_FLAG);
    },
  };
}
