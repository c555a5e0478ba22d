import { describe, expect, it, onTestFinished } from 'vitest';
import { createModelPresetParts } from '../../../src/compose-model-presets.ts';
import { connectDatabase } from '../../../src/db/connect-database.ts';
import {
  claimPresetsDue,
  readStoredPresets,
  setPresetsDue,
} from '../../../src/db/model-presets-repository.ts';
import { writeSystemSettings } from '../../../src/db/system-settings-repository.ts';
import { createModelPresets } from '../../../src/services/model-presets/model-presets.ts';
import { createUpstreamTransport } from '../../../src/services/upstream-transport.ts';
import { eventually } from '../../support/eventually.ts';
import { createMigratedDatabase } from '../../support/migrated-database.ts';
import { createRecordingLogger } from '../../support/recording-logger.ts';
import { startPriceListServer } from './price-list-server.ts';

const LIST = { 'gpt-x': { input_cost_per_token: 1e-6 }, 'gpt-y': { mode: 'chat' } };

describe('the daily update', () => {
  /** Two replicas with one database that look every few milliseconds whether it is time. */
  async function startReplicas(url: string) {
    const { db, location } = await createMigratedDatabase();
    await writeSystemSettings(db, { modelPresetsUrl: url });
    const other = connectDatabase(location);
    const transport = createUpstreamTransport({ connectMs: 5_000, headersMs: 5_000, idleMs: 5_000 }, true);
    let changes = 0;
    const looks = new Map([db, other].map((each) => [each, 0]));
    for (const each of looks.keys()) {
      each.on('query', () => looks.set(each, (looks.get(each) ?? 0) + 1));
    }
    /** Waits until each of them has looked a few times more. */
    const haveLooked = async () => {
      const before = new Map(looks);
      await eventually(() => [...looks].every(([each, count]) => count > (before.get(each) ?? 0) + 10));
    };
    const replicas = [db, other].map((each) =>
      createModelPresetParts({
        db: each,
        transport,
        allowPrivateUpstreams: true,
        catalogChanged: async () => {
          changes += 1;
        },
        presets: createModelPresets(),
        logger: createRecordingLogger(),
        everyMs: 5,
      }),
    );
    onTestFinished(async () => {
      for (const replica of replicas) await replica.stop();
      await transport.close();
      await other.destroy();
    });
    for (const replica of replicas) replica.start();
    return { db, changes: () => changes, haveLooked };
  }

  it('is made by one of the replicas, once, and only when an administrator has wished for it', async () => {
    const list = await startPriceListServer();
    list.answerList(LIST);
    const { db, changes, haveLooked } = await startReplicas(list.url);
    await haveLooked();
    expect(list.asked()).toBe(0);
    await writeSystemSettings(db, { modelPresetsAutoUpdate: true });
    await eventually(() => changes() > 0);
    await haveLooked();
    expect([list.asked(), changes()]).toEqual([1, 1]);
    expect(await readStoredPresets(db)).toMatchObject({ source: list.url, total: 2 });
    expect(await db('audit_log').select('actor', 'entity')).toEqual([
      { actor: 'gateway', entity: 'model-presets' },
    ]);
    await setPresetsDue(db, 0);
    await eventually(() => changes() > 1);
  });

  it('that fails is tried again later by whoever is first, and not at once by all', async () => {
    const list = await startPriceListServer();
    list.answer((_, response) => response.writeHead(500).end());
    const { db, haveLooked } = await startReplicas(list.url);
    await writeSystemSettings(db, { modelPresetsAutoUpdate: true });
    await eventually(() => list.asked() > 0);
    await haveLooked();
    expect(list.asked()).toBe(1);
    expect(await claimPresetsDue(db, Date.now() + 3_700_000, 0)).toBe(true);
  });
});
