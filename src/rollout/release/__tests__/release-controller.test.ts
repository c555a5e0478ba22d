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

const AT_NAMED = { ...NOTE, step: 'named' };

describe('a plan that is begun', () => {
  it('exposes what its first step names, and nobody else', async () => {
    const { rollout, state } = await startRelease();
    expect(state()).toEqual({ state: 'running', step: 'named', cause: null });
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: ['id-of-own'], armShare: 0.5 });
  });

  it('goes on, step by step, as each is shown to be safe, to all of the traffic', async () => {
    const { feed, look, rollout, events, control } = await startRelease();
    await feed(WELL);
    expect(await look(30 * MINUTE)).toMatchObject({ step: 'named' });
    await feed(WELL);
    expect(await look(HOUR)).toMatchObject({ state: 'running', step: 'half' });
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 100, namedKeys: [], armShare: 0.5 });
    await feed(WELL);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'promoted', step: 'final' });
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 100, armShare: 1 });
    expect(events.map(({ type }) => type)).toEqual([
      'release.started',
      'release.promoted',
      'release.promoted',
    ]);
    const history = await control.history();
    expect(history?.decisions.map(({ kind, status, actor }) => [kind, status, actor])).toEqual([
      ['start', 'done', 'olga'],
      ['promote', 'done', 'release-controller'],
      ['promote', 'done', 'release-controller'],
    ]);
  });

  it('is promoted by nothing but evidence: without events it stays, is held as blind, and changes nothing', async () => {
    const { look, rollout } = await startRelease();
    expect(await look(5 * MINUTE)).toMatchObject({ state: 'running' });
    expect(await look(10 * MINUTE)).toMatchObject({ state: 'held', cause: 'blind' });
    expect(await look(24 * HOUR)).toMatchObject({ state: 'held', cause: 'blind', step: 'named' });
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: ['id-of-own'] });
  });

  it('goes on by itself when there is something to see again', async () => {
    const { look, feed } = await startRelease();
    expect(await look(10 * MINUTE)).toMatchObject({ state: 'held', cause: 'blind' });
    await feed(WELL);
    expect(await look()).toMatchObject({ state: 'running' });
  });

  it('is inconclusive at its deadline, stays so, and is neither promoted nor rolled back', async () => {
    const { look, feed, rollout, events } = await startRelease();
    for (let hours = 0; hours < 7; hours += 1) {
      await feed({ requests: { candidate: 20, control: 30 } });
      for (let tenth = 0; tenth < 10; tenth += 1) {
        await feed({ requests: { candidate: 1, control: 1 } });
        await look(6 * MINUTE);
      }
    }
    expect(await look()).toMatchObject({ state: 'inconclusive', step: 'named' });
    await feed(WELL);
    expect(await look(HOUR)).toMatchObject({ state: 'inconclusive' });
    expect(rollout.summary()).toMatchObject({ namedKeys: ['id-of-own'] });
    expect(events.at(-1)).toMatchObject({ type: 'release.inconclusive' });
  });
});

describe('harm', () => {
  it.each(['running', 'held', 'inconclusive'] as const)('rolls back a run that is %s', async (from) => {
    const { feed, look, control, rollout, state } = await startRelease();
    if (from === 'held') await control.hold(NOTE);
    if (from === 'inconclusive') {
      for (let looks = 0; looks < 7 * 8; looks += 1) {
        await feed({ requests: { candidate: 1, control: 1 } });
        await look(HOUR / 8);
      }
    }
    expect(state()).toMatchObject({ state: from });
    await feed(HARM);
    expect(await look()).toMatchObject({ state: 'rolled_back' });
    expect(rollout.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
  });

  it.each([
    ['rollback', 'rolled_back', 0],
    ['hold', 'held', 100],
    ['observe', 'promoted', 100],
  ] as const)('at the final step is told by the objectives alone: %s', async (mode, state, percent) => {
    const { feed, look, rollout } = await startRelease(`${ADAPTER_PLAN}objectives: {mode: ${mode}}\n`);
    for (let steps = 0; steps < 2; steps += 1) {
      await feed(WELL);
      await look(2 * HOUR);
    }
    await feed({
      requests: { candidate: 500, control: 0 },
      bad: { any_failure: { candidate: 2, control: 0 } },
    });
    expect(await look(HOUR)).toMatchObject({ state: 'promoted', step: 'final' });
    await feed({
      requests: { candidate: 500, control: 0 },
      bad: { any_failure: { candidate: 50, control: 0 } },
    });
    expect(await look(HOUR)).toMatchObject({ state });
    expect(rollout.summary().enrolledPercent).toBe(percent);
    expect(await look(HOUR)).toMatchObject({ state: state === 'held' ? 'promoted' : state });
  });

  it('ends the run: it takes nothing any more, and the plan needs another revision', async () => {
    const { feed, look, control } = await startRelease();
    await feed(HARM);
    await look();
    await expect(control.resume(NOTE)).rejects.toMatchObject({ code: 'conflict' });
    await expect(control.promote(AT_NAMED)).rejects.toMatchObject({ code: 'conflict' });
    await expect(control.start('adapter@1', NOTE)).rejects.toMatchObject({ code: 'conflict' });
    const again = await control.addPlan(ADAPTER_PLAN, 'olga');
    expect(again.id).toBe('adapter@2');
    await control.start('adapter', NOTE);
    expect(await look()).toMatchObject({ state: 'running', step: 'named' });
  });

  it('is not of the same faults on both paths', async () => {
    const { feed, look } = await startRelease();
    for (let looks = 0; looks < 20; looks += 1) {
      await feed({
        requests: { candidate: 100, control: 100 },
        bad: { any_failure: { candidate: 40, control: 40 } },
      });
      expect(await look(MINUTE)).not.toMatchObject({ state: 'rolled_back' });
    }
  });
});

describe('what keeps a step from being promoted', () => {
  it('is an approval that is asked for, by so many different people', async () => {
    const { feed, look, control } = await startRelease(
      ADAPTER_PLAN.replace('min_requests: 200', 'approvals: 2, min_requests: 200'),
    );
    await feed(WELL);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'running', step: 'named' });
    expect(control.status).toBeDefined();
    expect((await control.promote(AT_NAMED)).waitsFor).toEqual(['1 approval']);
    expect((await control.promote(AT_NAMED)).waitsFor).toEqual(['1 approval']);
    await control.promote({ ...AT_NAMED, actor: 'otto' });
    expect(await look()).toMatchObject({ step: 'half' });
  });

  it('is a freeze window, which keeps nobody from going back', async () => {
    const frozen = `${ADAPTER_PLAN}freeze: [{cron: '0 13 * * *', duration: 9h}]\n`;
    const promoted = await startRelease(frozen);
    await promoted.feed(WELL);
    expect(await promoted.look(2 * HOUR)).toMatchObject({ state: 'running', step: 'named' });
    expect(promoted.controller.view()?.waitsFor).toEqual(['the end of a freeze window']);
    await expect(promoted.control.skip(AT_NAMED)).rejects.toMatchObject({ code: 'conflict' });
    await promoted.feed({ requests: { candidate: 50, control: 50 } });
    expect(await promoted.look(9 * HOUR)).toMatchObject({ step: 'half' });
    const back = await startRelease(frozen);
    await back.feed(HARM);
    expect(await back.look()).toMatchObject({ state: 'rolled_back' });
  });

  it('is counts that are not in the shares that were drawn: the run is held until a person has looked', async () => {
    const { feed, look, control } = await startRelease();
    await feed({ requests: { candidate: 300, control: 700 } });
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'sample_ratio_mismatch' });
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'sample_ratio_mismatch' });
    await control.resume(NOTE);
    // What was counted before shows nothing any more: the step is shown to be safe by what is counted from now on.
    await feed({ requests: { candidate: 100, control: 100 } });
    expect(await look(2 * HOUR)).toMatchObject({ state: 'running', step: 'named' });
    await feed(WELL);
    expect(await look()).toMatchObject({ state: 'running', step: 'half' });
  });

  it.each([
    ['isKilled', true, 'killed'],
    ['areFlagsKnown', false, 'flags_unavailable'],
    ['isBreakerOpen', true, 'breaker_open'],
  ] as const)('is %s being %s, as long as it is', async (name, value, cause) => {
    const { look, conditions, feed } = await startRelease();
    conditions[name] = value;
    await feed(WELL);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause, step: 'named' });
    conditions[name] = !value;
    expect(await look()).toMatchObject({ state: 'running' });
  });

  it('is a process whose timers run late, as both arms suffer alike', async () => {
    const { feed, look } = await startRelease();
    await feed({ ...WELL, eventLoopLagMs: 900 });
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'event_loop', step: 'named' });
    await feed({ ...WELL, eventLoopLagMs: 30 });
    expect(await look()).toMatchObject({ state: 'running' });
  });

  it('is a rollout that somebody has changed by hand', async () => {
    const { look, byHand, feed, rollout, control } = await startRelease();
    await byHand(40);
    await feed(WELL);
    // It may be another process's change that is not seen here yet: it keeps from promoting, and no more.
    expect(await look(2 * HOUR)).toMatchObject({ state: 'running', step: 'named' });
    expect(await look(30 * SECOND)).toMatchObject({ state: 'held', cause: 'drift' });
    expect(rollout.summary().enrolledPercent).toBe(40);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'drift' });
    await expect(control.skip(AT_NAMED)).rejects.toMatchObject({ code: 'conflict' });
    await control.resume(NOTE);
    // What the step has is brought back first; then it is promoted, as it was shown to be safe.
    expect((await control.history())?.decisions).toMatchObject([
      { kind: 'start' },
      { kind: 'hold' },
      { kind: 'resume', status: 'done', change: { enrolledPercent: 0, namedKeys: ['id-of-own'] } },
      { kind: 'promote', stepId: 'half', status: 'done' },
    ]);
  });
});

describe('several processes', () => {
  it('have one that acts, until it gives up or is gone', async () => {
    const { replica, clock, feed, look, control, rollout } = await startRelease();
    const other = replica();
    await feed(WELL);
    clock.now += 2 * HOUR;
    // The lease of the first has run out long ago: the second one takes it.
    await other.controller.look();
    expect(rollout.summary().enrolledPercent).toBe(100);
    expect(await look(SECOND)).toMatchObject({ step: 'half' });
    const decisions = (await control.history())?.decisions ?? [];
    expect(decisions.map(({ kind }) => kind)).toEqual(['start', 'promote']);
    await feed(HARM);
    await look(SECOND);
    expect((await control.history())?.decisions.map(({ kind }) => kind)).toEqual(['start', 'promote']);
    await other.controller.stop();
    expect(await look(4 * SECOND)).toMatchObject({ state: 'rolled_back' });
  });

  it('are not overtaken by one whose lease has run out', async () => {
    const { store, replica, clock } = await startRelease();
    const before = await store.active();
    const stale = await store.acquire('first', clock.now, 1);
    expect(stale).toBeUndefined();
    clock.now += 60 * SECOND;
    const old = await store.acquire('first', clock.now, 1_000);
    clock.now += 60 * SECOND;
    const newer = await replica().store.acquire('second', clock.now, 1_000);
    expect(newer?.token).toBeGreaterThan(old?.token ?? Number.POSITIVE_INFINITY);
    if (before === undefined || old === undefined) throw new Error('There is no run.');
    await expect(store.write(before, { run: before.run }, old)).rejects.toMatchObject({ name: 'StaleRun' });
  });
});

describe('a decision', () => {
  it('that was written and not acted on is acted on by whoever comes next, once', async () => {
    let failing = true;
    let changes = 0;
    const bench = await createReleaseBench({
      rollout: (real) => ({
        ...real,
        async change(change, actor) {
          if (failing) throw new Error('the flag server is gone');
          changes += 1;
          return real.change(change, actor);
        },
      }),
    });
    await bench.control.addPlan(ADAPTER_PLAN, 'olga');
    await bench.control.start('adapter', NOTE);
    expect(bench.embedded.summary().namedKeys).toEqual([]);
    expect((await bench.control.history())?.decisions).toMatchObject([{ kind: 'start', status: 'pending' }]);
    failing = false;
    await bench.look();
    expect(bench.embedded.summary().namedKeys).toEqual(['id-of-own']);
    expect((await bench.control.history())?.decisions).toMatchObject([
      { kind: 'start', status: 'done', attempts: 1 },
    ]);
    await bench.look();
    await bench.look();
    expect(changes).toBe(1);
  });

  it('that began nothing is begun again by whoever has the run go on', async () => {
    let failing = true;
    const bench = await createReleaseBench({
      rollout: (real) => ({
        ...real,
        change: (change, actor) =>
          failing ? Promise.reject(new Error('the flag server is gone')) : real.change(change, actor),
      }),
    });
    await bench.control.addPlan(ADAPTER_PLAN, 'olga');
    await bench.control.start('adapter', NOTE);
    for (let tries = 0; tries < 6; tries += 1) await bench.look();
    expect(bench.state()).toMatchObject({ state: 'held', cause: 'change_failed' });
    failing = false;
    await bench.control.resume(NOTE);
    expect(bench.state()).toMatchObject({ state: 'running', step: 'named' });
    expect(bench.embedded.summary().namedKeys).toEqual(['id-of-own']);
  });

  it('that cannot be carried out holds the run, but one that goes back is tried for ever', async () => {
    let failing = false;
    const { control, feed, look, embedded } = await startRelease(ADAPTER_PLAN, {
      rollout: (real) => ({
        ...real,
        async change(change, actor) {
          if (failing) throw new Error('the flag server is gone');
          return real.change(change, actor);
        },
      }),
    });
    failing = true;
    await feed(WELL);
    await look(2 * HOUR);
    for (let tries = 0; tries < 6; tries += 1) await look();
    expect(await look()).toMatchObject({ state: 'held', cause: 'change_failed', step: 'named' });
    await control.abort(NOTE);
    for (let tries = 0; tries < 10; tries += 1) await look();
    expect(await look()).toMatchObject({ state: 'rolling_back' });
    failing = false;
    expect(await look()).toMatchObject({ state: 'aborted' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: [] });
  });
});

describe('what is measured', () => {
  it('is kept with what it was judged by', async () => {
    const { feed, look, control } = await startRelease();
    await feed(HARM);
    await look();
    const [measurement] = (await control.history())?.measurements ?? [];
    expect(measurement?.verdict).toMatchObject({ verdict: 'fail', reasons: ['worse'] });
    expect(measurement?.inputs).toMatchObject({
      known: { strata: expect.any(Object) },
      conditions: { isKilled: false },
    });
  });

  it('counts each batch once, whatever fails in between', async () => {
    const { sink, rollout, look, controller } = await startRelease();
    const { rules } = rollout.summary();
    const counts = {
      runId: rules?.runId ?? '',
      stepId: 'named',
      strata: [{ stratum: 's', share: 0.5, requests: { candidate: 40, control: 60 }, bad: {} }],
      bound: [],
      keys: [],
      countedForMs: 1_000,
      eventLoopLagMs: 0,
      isBreakerOpen: false,
    };
    await sink.append('process:1', counts);
    await look();
    await sink.append('process:1', counts);
    await look();
    const requests = controller.view()?.stored.analysis.canary.step.requests;
    expect(requests).toEqual({ candidate: 40, control: 60 });
  });

  it('takes a conversation in once, with its first request', async () => {
    const { sink, rollout, look, controller } = await startRelease();
    const runId = rollout.summary().rules?.runId ?? '';
    const one = { stratum: 's', share: 0.5, bad: [] };
    const talk = (conversation: string, arm: 'candidate' | 'control') => ({ ...one, conversation, arm });
    const counts = (...bound: ReturnType<typeof talk>[]) => ({
      runId,
      stepId: 'named',
      strata: [],
      bound,
      keys: [],
      countedForMs: 1_000,
      eventLoopLagMs: 0,
      isBreakerOpen: false,
    });
    const many = Array.from({ length: 60 }, (_, index) =>
      talk(`c${index}`, index % 2 === 0 ? 'candidate' : 'control'),
    );
    await sink.append('process:1', counts(...many, talk('c0', 'candidate')));
    await look();
    await sink.append('process:2', counts(...many));
    await look();
    expect(controller.view()?.stored.analysis.canary.step.requests).toEqual({ candidate: 30, control: 30 });
  });
});
