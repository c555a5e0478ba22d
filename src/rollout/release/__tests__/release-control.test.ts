import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { ADAPTER_PLAN, HOUR, NOTE, startRelease, WELL } from '../../../../test/support/release-bench.ts';

describe('people', () => {
  it('may skip what was not shown, and it says so', async () => {
    const { control, look, state } = await startRelease();
    const note = { actor: 'olga', reason: 'too little traffic at night', step: 'named' };
    await control.skip(note);
    // Sent once more, it says nothing of the step that has begun.
    await expect(control.skip(note)).rejects.toMatchObject({ code: 'conflict', param: 'step' });
    await expect(control.promote(note)).rejects.toMatchObject({ code: 'conflict', param: 'step' });
    expect(state()).toMatchObject({ state: 'running', step: 'half' });
    const decisions = (await control.history())?.decisions;
    expect(decisions?.at(-1)).toMatchObject({
      kind: 'skip',
      actor: 'olga',
      reason: 'too little traffic at night',
    });
    expect(await look()).toMatchObject({ step: 'half' });
  });

  it('may hold it, and it does not go on by itself', async () => {
    const { control, feed, look } = await startRelease();
    await control.hold(NOTE);
    await feed(WELL);
    expect(await look(2 * HOUR)).toMatchObject({ state: 'held', cause: 'person' });
    await control.resume(NOTE);
    // While it was held nothing was baked.
    expect(await look()).toMatchObject({ state: 'running', step: 'named' });
    await feed(WELL);
    expect(await look(HOUR)).toMatchObject({ state: 'running', step: 'half' });
  });

  it('may hold it while a promotion is being carried out: what the step has is brought back', async () => {
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    let isGated = false;
    const { control, feed, look, embedded, state } = await startRelease(ADAPTER_PLAN, {
      rollout: (real) => ({
        ...real,
        async change(change, actor) {
          if (isGated) {
            isGated = false;
            entered.resolve();
            await gate.promise;
          }
          return real.change(change, actor);
        },
      }),
    });
    await feed(WELL);
    isGated = true;
    const promoting = look(2 * HOUR);
    await entered.promise;
    const holding = control.hold(NOTE);
    await eventually(async () => (await control.status())?.stored.run.state === 'held');
    gate.resolve();
    await Promise.all([promoting, holding]);
    await look(4_000);
    expect(state()).toMatchObject({ state: 'held', cause: 'person', step: 'named' });
    expect(embedded.summary()).toMatchObject({ enrolledPercent: 0, namedKeys: ['id-of-own'] });
  });

  it('begin no second plan beside one that runs', async () => {
    const { control } = await startRelease();
    const other = await control.addPlan(ADAPTER_PLAN.replace('adapter', 'other'), 'olga');
    await expect(control.start(other.id, NOTE)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('store the same plan once', async () => {
    const { control } = await startRelease();
    expect((await control.addPlan(`# said otherwise\n${ADAPTER_PLAN}`, 'olga')).id).toBe('adapter@1');
    expect((await control.addPlan(ADAPTER_PLAN.replace('bake: 1h', 'bake: 3h'), 'olga')).id).toBe(
      'adapter@2',
    );
  });

  it('are told of a key that is not there', async () => {
    const { control } = await startRelease();
    const plan = ADAPTER_PLAN.replace('[own]', '[own, unknown-one]');
    await expect(control.addPlan(plan, 'olga')).rejects.toMatchObject({
      code: 'invalid_body',
      param: 'steps.0.keys',
    });
  });
});
