import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ADAPTER_PLAN,
  createReleaseBench,
  HARM,
  HOUR,
  NOTE,
  SECOND,
  startRelease,
  WELL,
} from '../../../../test/support/release-bench.ts';

const PLAN = `${ADAPTER_PLAN}freeze: [{cron: '0 15 * * *', duration: 2h}]\n`;
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

  it('overwrites nothing of theirs either where the breaker opens before it is sure that it is theirs', async () => {
    const { look, embedded, byHand, conditions } = await withPendingPromote();
    await byHand(7);
    conditions.isBreakerOpen = true;
    expect(await look()).toMatchObject({ state: 'held', cause: 'breaker_open' });
    await look(30 * SECOND);
    conditions.isBreakerOpen = false;
    // It does not go on by itself from there.
    expect(await look()).toMatchObject({ state: 'held', cause: 'drift' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 7 });
  });

  it('overwrites nothing where they have taken just the named key out', async () => {
    const { look, embedded, rollout } = await withPendingPromote();
    await rollout.change({ namedKeys: [] }, 'nina');
    expect(await look()).toMatchObject({ state: 'running', step: 'named' });
    expect(await look(30 * SECOND)).toMatchObject({ state: 'held', cause: 'drift', step: 'named' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
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
    await vi.waitFor(() => expect(state()).toMatchObject({ state: 'running', step: 'named' }));
  });
});

describe('a run that was to begin, and whose end was asked for instead', () => {
  it('begins nothing any more, however much was waiting', async () => {
    const flags = { areGone: true };
    const { control, look, embedded } = await createReleaseBench({
      rollout: (real) => ({
        ...real,
        change: (change, actor) =>
          flags.areGone ? Promise.reject(new Error('gone')) : real.change(change, actor),
      }),
    });
    await control.addPlan(PLAN, 'olga');
    await control.start('adapter', NOTE);
    for (let tries = 0; tries < 5; tries += 1) await look();
    await control.resume(NOTE);
    await control.abort(NOTE);
    flags.areGone = false;
    expect(await look()).toMatchObject({ state: 'aborted' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
    const decisions = (await control.history())?.decisions ?? [];
    expect(decisions.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'start failed',
      'hold failed',
      'start failed',
      'abort done',
    ]);
  });
});

describe('a resume that brings back what somebody has changed', () => {
  it('is given up where it is refused again and again, changes nothing then, and waits for a person', async () => {
    const flags = { areGone: false };
    const { control, look, embedded, byHand } = await startRelease(PLAN, {
      rollout: (real) => ({
        ...real,
        change: (change, actor) =>
          flags.areGone ? Promise.reject(new Error('refused')) : real.change(change, actor),
      }),
    });
    await byHand(7);
    await look();
    expect(await look(30 * SECOND)).toMatchObject({ state: 'held', cause: 'drift' });
    flags.areGone = true;
    await control.resume(NOTE);
    for (let tries = 0; tries < 5; tries += 1) await look();
    flags.areGone = false;
    await look();
    expect(await look()).toMatchObject({ state: 'held', cause: 'change_failed', step: 'named' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 7 });
    const decisions = (await control.history())?.decisions.slice(-2) ?? [];
    expect(decisions.map(({ kind, status }) => `${kind} ${status}`)).toEqual(['resume failed', 'hold done']);
  });
});

describe('a skip of a run that a person holds', () => {
  it('leaves it held by that person where a freeze window has come between', async () => {
    const flags = { areGone: false };
    const { control, look } = await startRelease(PLAN, {
      rollout: (real) => ({
        ...real,
        change: (change, actor) =>
          flags.areGone ? Promise.reject(new Error('gone')) : real.change(change, actor),
      }),
    });
    await control.hold(NOTE);
    flags.areGone = true;
    await control.skip({ ...NOTE, step: 'named' });
    flags.areGone = false;
    expect(await look(3 * HOUR)).toMatchObject({ state: 'held', cause: 'person', step: 'named' });
    expect(await look(3 * HOUR)).toMatchObject({ state: 'held', cause: 'person', step: 'named' });
  });
});

describe('a database that does not say how keys share the traffic', () => {
  it('is asked again at the next look, and holds nothing', async () => {
    const { facts, feed, look } = await startRelease();
    const { keyShares } = facts;
    facts.keyShares = () => Promise.reject(new Error('SQLITE_BUSY'));
    await feed(WELL);
    expect(await look(HOUR)).toMatchObject({ state: 'running', step: 'named' });
    facts.keyShares = keyShares;
    // After a fault the lease is asked for anew, which takes a few seconds.
    expect(await look(4 * SECOND)).toMatchObject({ state: 'running', step: 'half' });
  });
});
