import { describe, expect, it } from 'vitest';
import {
  ADAPTER_PLAN,
  createReleaseBench,
  HARM,
  HOUR,
  MINUTE,
  NOTE,
  SECOND,
  startRelease,
  WELL,
} from '../../../../test/support/release-bench.ts';

async function atHalf(plan = ADAPTER_PLAN) {
  const bench = await startRelease(plan);
  await bench.feed(WELL);
  expect(await bench.look(HOUR)).toMatchObject({ step: 'half' });
  return bench;
}

describe('what is counted late, of the step before', () => {
  it('promotes nothing', async () => {
    const { feed, look, controller } = await atHalf();
    await feed({ ...WELL, stepId: 'named' });
    await feed({ requests: { candidate: 1, control: 1 } });
    expect(await look(3 * HOUR)).toMatchObject({ state: 'running', step: 'half' });
    const { step, pending } = controller.view()?.stored.analysis.canary ?? {};
    expect(step?.requests).toEqual({ candidate: 0, control: 0 });
    expect(pending).toMatchObject([{ requests: { candidate: 1, control: 1 }, isLate: false }]);
  });

  it('is no event of the step that has begun: that is blind without any of its own', async () => {
    const { feed, look } = await atHalf();
    await feed({ ...WELL, stepId: 'named' });
    expect(await look(10 * MINUTE)).toMatchObject({ state: 'held', cause: 'blind' });
  });

  it('rolls back where it is harm, in the next step and in the final one', async () => {
    const next = await atHalf();
    await next.feed({ ...HARM, stepId: 'named' });
    expect(await next.look()).toMatchObject({ state: 'rolled_back' });
    const final = await atHalf();
    await final.feed(WELL);
    expect(await final.look(2 * HOUR)).toMatchObject({ state: 'promoted' });
    await final.feed({ ...HARM, stepId: 'half', share: 0.5 });
    expect(await final.look()).toMatchObject({ state: 'rolled_back' });
  });
});

describe('what was counted over a long time at once, while the database was away', () => {
  const BACKLOG = {
    requests: { candidate: 2_500, control: 2_500 },
    bad: { any_failure: { candidate: 10, control: 10 } },
  };

  it('promotes nothing, as an outage in it could not be seen', async () => {
    const { feed, look, controller } = await atHalf();
    for (let fed = 0; fed < 6; fed += 1) await feed({ ...BACKLOG, countedForMs: 60_000 });
    await look();
    const { step } = controller.view()?.stored.analysis.canary ?? {};
    expect(step).toMatchObject({ forPromotion: 0, leftOut: 30_000, requests: { candidate: 15_000 } });
  });

  it('rolls back where it is harm', async () => {
    const { feed, look } = await atHalf();
    await feed({ ...HARM, countedForMs: 60_000 });
    expect(await look()).toMatchObject({ state: 'rolled_back' });
  });
});

describe('what many processes have counted before anybody looked', () => {
  it('is looked at a piece at a time, so that an outage in one of them is seen', async () => {
    const { feed, look, controller } = await atHalf();
    const quiet = {
      requests: { candidate: 250, control: 250 },
      bad: { any_failure: { candidate: 1, control: 1 } },
    };
    for (let fed = 0; fed < 8; fed += 1) await feed(quiet);
    await feed({
      requests: { candidate: 250, control: 250 },
      bad: { any_failure: { candidate: 20, control: 20 } },
    });
    await look();
    const { looks, step } = controller.view()?.stored.analysis.canary ?? {};
    // The first three tell what is usual, and the outage is left out.
    expect(step?.leftOut).toBe(2_000);
    expect(looks).toBeGreaterThanOrEqual(9);
  });
});

describe('counts that cannot be read', () => {
  it('are set aside, hold the run until a person has looked, and keep nothing else from being taken in', async () => {
    const { db, feed, look, rollout, control, logger, controller } = await startRelease();
    const { runId = '' } = rollout.summary().rules ?? {};
    const row = { run_id: runId, created_at: Date.now() };
    await db('release_counts').insert([
      { ...row, id: 'broken:1', counts: '{"runId":' },
      { ...row, id: 'foreign:1', counts: '{"of":"another version"}' },
    ]);
    await feed(WELL);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'unreadable_counts', step: 'named' });
    expect(controller.view()?.stored.analysis.canary.step.requests).toEqual(WELL.requests);
    expect(logger.entries).toContainEqual(
      expect.objectContaining({ fields: { ids: ['broken:1', 'foreign:1'] } }),
    );
    await feed(HARM);
    expect(await db('release_counts').where({ set_aside: true }).pluck('id')).toEqual([
      'broken:1',
      'foreign:1',
    ]);
    await control.resume(NOTE);
    expect(await look()).toMatchObject({ state: 'rolled_back' });
  });

  it('stay for who looks into them, when another plan is begun', async () => {
    const { db, look, rollout, control } = await startRelease();
    const { runId = '' } = rollout.summary().rules ?? {};
    const old = Date.now() - 24 * HOUR;
    await db('release_counts').insert({ run_id: runId, created_at: old, id: 'broken:1', counts: '' });
    await look();
    await control.abort(NOTE);
    await control.addPlan(ADAPTER_PLAN, 'olga');
    await control.start('adapter', NOTE);
    expect(await db('release_counts').pluck('id')).toEqual(['broken:1']);
  });

  it('keep a run held as long as nobody has it go on', async () => {
    const { db, look, rollout, control, feed } = await startRelease();
    const { runId = '' } = rollout.summary().rules ?? {};
    await db('release_counts').insert({ run_id: runId, created_at: 0, id: 'broken:1', counts: '' });
    for (let looks = 0; looks < 3; looks += 1) {
      await feed({ requests: { candidate: 1, control: 1 } });
      expect(await look(MINUTE)).toMatchObject({ state: 'held', cause: 'unreadable_counts' });
    }
    await control.resume(NOTE);
    expect(await look()).toMatchObject({ state: 'running' });
  });
});

describe('a breaker that is open in another process', () => {
  it('holds the run for as long as that says so', async () => {
    const { feed, look } = await startRelease();
    const nothing = { requests: { candidate: 0, control: 0 }, isBreakerOpen: true };
    await feed(nothing);
    expect(await look()).toMatchObject({ state: 'held', cause: 'breaker_open' });
    await feed(nothing);
    expect(await look(4 * SECOND)).toMatchObject({ state: 'held', cause: 'breaker_open' });
    expect(await look(5 * SECOND)).toMatchObject({ state: 'running' });
  });
});

describe('bake time and deadline', () => {
  it('stand still while the run is held', async () => {
    const { feed, look, conditions, controller } = await startRelease();
    await feed({ requests: { candidate: 5, control: 5 } });
    await look(30 * MINUTE);
    await feed(WELL);
    await look(MINUTE);
    conditions.isKilled = true;
    await look();
    expect(await look(24 * HOUR)).toMatchObject({ state: 'held', cause: 'killed' });
    conditions.isKilled = false;
    await feed({ requests: { candidate: 5, control: 5 } });
    expect(await look()).toMatchObject({ state: 'running', step: 'named' });
    expect(controller.view()?.waitsFor).toEqual(['bake time']);
    await feed(WELL);
    expect(await look(29 * MINUTE)).toMatchObject({ state: 'running', step: 'half' });
  });
});

describe('traffic facts', () => {
  it('are asked for when a step is to begin, and at no other look', async () => {
    const bench = await createReleaseBench();
    let asked = 0;
    bench.facts.keyShares = async () => {
      asked += 1;
      return [];
    };
    await bench.control.addPlan(ADAPTER_PLAN, 'olga');
    await bench.control.start('adapter', NOTE);
    for (let looks = 0; looks < 5; looks += 1) {
      await bench.feed({ requests: { candidate: 10, control: 10 } });
      await bench.look(30 * MINUTE);
    }
    expect(asked).toBe(0);
    await bench.feed(WELL);
    expect(await bench.look()).toMatchObject({ step: 'half' });
    expect(asked).toBe(1);
  });
});
