import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createReleaseBench, HOUR, SECOND } from '../../../../test/support/release-bench.ts';

const NOTE = { actor: 'olga', reason: 'as planned' };
const PLAN = `
plan: adapter
metrics: [{id: any_failure, mode: rollback}, {id: gateway_error, mode: rollback}]
analysis: {ceiling: 0.02}
steps:
  - {id: named, keys: [own], bake: 1h, min_requests: 200, deadline: 6h}
  - {id: half, traffic_share: 0.5, bake: 2h, min_requests: 200, deadline: 6h}
  - {id: final}
freeze: [{cron: '0 15 * * *', duration: 2h}]
`;
const WELL = { requests: { candidate: 500, control: 500 } };
const HARM = {
  requests: { candidate: 200, control: 200 },
  bad: { any_failure: { candidate: 30, control: 0 }, gateway_error: { candidate: 30, control: 0 } },
};
const NAMED = { enrolledPercent: 0, namedKeys: ['id-of-own'], armShare: 0.5 };
const HALF = { enrolledPercent: 100, armShare: 0.5 };

/** A run whose next step was decided and could not be brought about yet. */
async function withPendingPromote() {
  const flags = { areGone: false };
  const bench = await createReleaseBench({
    rollout: (real) => ({
      ...real,
      change: (change, actor) =>
        flags.areGone ? Promise.reject(new Error('SQLITE_BUSY: /var/lib/db')) : real.change(change, actor),
    }),
  });
  await bench.control.addPlan(PLAN, 'olga');
  await bench.control.start('adapter', NOTE);
  await bench.feed(WELL);
  flags.areGone = true;
  await bench.look(2 * HOUR);
  const pending = (await bench.control.history())?.decisions.at(-1);
  expect(pending).toMatchObject({ kind: 'promote', status: 'pending' });
  flags.areGone = false;
  const last = async () => (await bench.control.history())?.decisions.at(-1);
  return { ...bench, flags, last };
}

describe('a promotion that was decided and is not in force yet', () => {
  it('is carried out at the next look where nothing has come between', async () => {
    const { look, embedded } = await withPendingPromote();
    expect(await look()).toMatchObject({ state: 'running', step: 'half' });
    expect(embedded.summary()).toMatchObject(HALF);
  });

  it('is not where a freeze window has begun since: it is when that is over', async () => {
    const { look, embedded, feed, control } = await withPendingPromote();
    expect(await look(HOUR)).toMatchObject({ state: 'held', cause: 'frozen', step: 'named' });
    expect(embedded.summary()).toMatchObject(NAMED);
    expect(await look(HOUR)).toMatchObject({ state: 'held', cause: 'frozen' });
    await feed(WELL);
    await look(HOUR);
    expect(await look()).toMatchObject({ state: 'running', step: 'half' });
    const decisions = (await control.history())?.decisions;
    expect(decisions?.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'start done',
      'promote failed',
      'hold done',
      'resume done',
      'promote done',
    ]);
    expect(decisions?.[1]?.fault).toBe('superseded by: hold');
  });

  it.each([
    ['a kill', 'isKilled', true, 'killed'],
    ['a breaker that opened', 'isBreakerOpen', true, 'breaker_open'],
  ] as const)('is not where %s came since', async (_, name, value, cause) => {
    const { look, embedded, conditions } = await withPendingPromote();
    conditions[name] = value;
    expect(await look()).toMatchObject({ state: 'held', cause, step: 'named' });
    expect(embedded.summary()).toMatchObject(NAMED);
    conditions[name] = !value;
    await look();
    expect(await look()).toMatchObject({ state: 'running', step: 'half' });
  });

  it('waits while it is not known what the flags say, changes nothing, and holds the run in the end', async () => {
    const { look, embedded, conditions } = await withPendingPromote();
    conditions.areFlagsKnown = false;
    for (let looks = 0; looks < 3; looks += 1) {
      expect(await look()).toMatchObject({ state: 'running', step: 'named' });
    }
    await look();
    expect(await look()).toMatchObject({ state: 'held', cause: 'flags_unavailable', step: 'named' });
    expect(embedded.summary()).toMatchObject(NAMED);
    conditions.areFlagsKnown = true;
    await look();
    expect(await look()).toMatchObject({ state: 'running', step: 'half' });
  });

  it('overwrites nothing that a person has set since', async () => {
    const { look, embedded, byHand } = await withPendingPromote();
    await byHand(7);
    expect(await look()).toMatchObject({ state: 'running', step: 'named' });
    expect(await look(30 * SECOND)).toMatchObject({ state: 'held', cause: 'drift', step: 'named' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 7 });
  });

  it('is finished where it is in force already, whatever has begun since', async () => {
    const { look, embedded, last, rollout } = await withPendingPromote();
    const pending = await last();
    if (pending?.change === undefined) throw new Error('Nothing is pending.');
    const rules = { ...pending.change.rules, sequence: pending.sequence };
    await rollout.change({ ...pending.change, rules }, pending.actor);
    expect(await look(HOUR)).toMatchObject({ state: 'running', step: 'half' });
    expect(embedded.summary()).toMatchObject(HALF);
    expect(await last()).toMatchObject({ id: pending.id, status: 'done' });
  });

  it('gives way to harm', async () => {
    const { look, embedded, feed } = await withPendingPromote();
    await feed(HARM);
    expect(await look(HOUR)).toMatchObject({ state: 'rolled_back' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
  });

  it('shows nobody what a database said', async () => {
    const { last, control } = await withPendingPromote();
    expect((await last())?.fault).toMatch(/^The gateway failed/);
    expect(JSON.stringify(await control.history())).not.toContain('SQLITE_BUSY');
  });
});

describe('a step that nobody may begin now', () => {
  it.each([
    ['isKilled', true],
    ['areFlagsKnown', false],
    ['isBreakerOpen', true],
  ] as const)('begins by nobody’s asking, where %s is %s', async (name, value) => {
    const { control, conditions } = await createReleaseBench();
    await control.addPlan(PLAN, 'olga');
    conditions[name] = value;
    await expect(control.start('adapter', NOTE)).rejects.toMatchObject({ code: 'conflict' });
    conditions[name] = !value;
    await control.start('adapter', NOTE);
    conditions[name] = value;
    const skipped = control.skip({ ...NOTE, step: 'named' });
    await expect(skipped).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is any step in a freeze window', async () => {
    const { control, clock, look, embedded } = await createReleaseBench();
    await control.addPlan(PLAN, 'olga');
    clock.now += 3 * HOUR;
    await expect(control.start('adapter', NOTE)).rejects.toMatchObject({ code: 'conflict' });
    await look(2 * HOUR);
    await control.start('adapter', NOTE);
    expect(embedded.summary()).toMatchObject(NAMED);
  });

  it('is the first one, where it was decided just before: it begins when it may', async () => {
    const flags = { areGone: true };
    const { control, look, clock, embedded } = await createReleaseBench({
      rollout: (real) => ({
        ...real,
        change: (change, actor) =>
          flags.areGone ? Promise.reject(new Error('gone')) : real.change(change, actor),
      }),
    });
    await control.addPlan(PLAN, 'olga');
    clock.now += 3 * HOUR - SECOND;
    await control.start('adapter', NOTE);
    flags.areGone = false;
    expect(await look()).toMatchObject({ state: 'held', cause: 'frozen' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
    await look(2 * HOUR);
    await look();
    expect(embedded.summary()).toMatchObject(NAMED);
    expect((await control.history())?.decisions.map(({ kind }) => kind)).toEqual(['start', 'hold', 'start']);
  });
});

describe('a change that takes longer than the lease holds', () => {
  it('keeps the lease: no other process acts meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let changes = 0;
    const { control, clock, replica, state, store } = await createReleaseBench({
      rollout: (real) => ({
        ...real,
        async change(change, actor) {
          changes += 1;
          entered.resolve();
          await gate.promise;
          return real.change(change, actor);
        },
      }),
    });
    await control.addPlan(PLAN, 'olga');
    const starting = control.start('adapter', NOTE);
    await entered.promise;
    const other = replica();
    for (let seconds = 0; seconds < 60; seconds += 6) {
      clock.now += 6 * SECOND;
      vi.advanceTimersByTime(6 * SECOND);
      // The lease is renewed in its turn, behind what else the database is asked for.
      await store.latest();
      await other.controller.look();
    }
    expect(changes).toBe(1);
    gate.resolve();
    await starting;
    expect(state()).toMatchObject({ state: 'running', step: 'named' });
  });
});
