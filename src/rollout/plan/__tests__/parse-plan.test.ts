import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePlan } from '../parse-plan.ts';
import { planHash } from '../plan-hash.ts';

const PLAN = `
plan: adapter-openai
scope: {providers: [openai], endpoints: [chat.completions, embeddings]}
analysis: {arm_share: 0.5, min_rd: 0.002}
metrics:
  - {id: any_failure, mode: rollback}
  - {id: slow_first_token, threshold_ms: 2500, mode: hold}
steps:
  - {id: named, keys: [own], bake: 2h, approvals: 1}
  - {id: t5, traffic_share: 0.05, bake: 24h, min_requests: 2500, deadline: 72h}
  - {id: most, traffic_share: 0.95, holdback: 0.05, bake: 24h}
  - {id: final}
freeze: [{cron: "0 17 * * 5", duration: 64h, timezone: Europe/Berlin}]
`;

describe('a plan', () => {
  it('is read with its defaults, and times in milliseconds', () => {
    const plan = parsePlan(PLAN);
    expect(plan.steps).toMatchObject([
      { id: 'named', bake: 7_200_000, approvals: 1, min_requests: 0, holdback: 0, deadline: 604_800_000 },
      { id: 't5', traffic_share: 0.05, deadline: 259_200_000 },
      { id: 'most', holdback: 0.05 },
      { id: 'final' },
    ]);
    expect(plan.analysis).toMatchObject({
      alpha_rollback: 0.05,
      margin_rho: 2,
      arm_unit: 'request',
      blind_after: 600_000,
    });
    expect(plan.objectives).toEqual({ success: 0.999, burn: 14.4, mode: 'hold' });
  });

  it('may be JSON', () => {
    const json = JSON.stringify({
      plan: 'a',
      steps: [{ id: 's', keys: ['k'], bake: '1h' }, { id: 'final' }],
    });
    expect(parsePlan(json).steps).toHaveLength(2);
  });

  it.each([
    [
      'a gate that nobody checks',
      'id: named,',
      'id: named, gate: egress_diff,',
      'steps.0.gate',
      'unknown gate',
    ],
    ['no final step', '  - {id: final}\n', '', 'steps.2.id', 'final'],
    ['a final step that says more', '{id: final}', '{id: final, bake: 1h}', 'steps.3', 'bake'],
    [
      'a final step before the end',
      'id: t5, traffic_share: 0.05, bake: 24h, min_requests: 2500, deadline: 72h',
      'id: final',
      'steps.1.id',
      'final',
    ],
    ['two steps of one name', 'id: t5', 'id: named', 'steps.1.id', 'twice'],
    ['a step without anybody', 'keys: [own], ', '', 'steps.0.traffic_share', 'keys'],
    ['a step with both', 'keys: [own]', 'keys: [own], traffic_share: 0.1', 'steps.0.traffic_share', 'keys'],
    [
      'less traffic than before',
      'traffic_share: 0.95',
      'traffic_share: 0.01',
      'steps.2.traffic_share',
      'less',
    ],
    [
      'nothing left to compare with',
      'traffic_share: 0.95, holdback: 0.05, bake: 24h}',
      'traffic_share: 1, bake: 24h}',
      'steps.2.traffic_share',
      'compare',
    ],
    [
      'a step of keys after one of traffic',
      'id: most, traffic_share: 0.95, holdback: 0.05',
      'id: most, keys: [own]',
      'steps.2.keys',
      'before',
    ],
    ['nothing left of a holdback', 'holdback: 0.05', 'holdback: 0.2', 'steps.2.traffic_share', 'holdback'],
    [
      'a deadline before the end of the bake time',
      'deadline: 72h',
      'deadline: 1h',
      'steps.1.deadline',
      'bake',
    ],
    ['a time without a unit', 'bake: 2h', 'bake: 2', 'steps.0.bake', 'expected string'],
    ['a time of another unit', 'bake: 2h', 'bake: 2w', 'steps.0.bake', 'such as 30m'],
    ['a stream that is not there', 'id: any_failure', 'id: any_success', 'metrics.0.id', 'expected'],
    [
      'a stream twice',
      'id: slow_first_token, threshold_ms: 2500',
      'id: any_failure',
      'metrics.1.id',
      'twice',
    ],
    [
      'a threshold where nothing is slow',
      'id: any_failure',
      'id: any_failure, threshold_ms: 3',
      'metrics.0.threshold_ms',
      'threshold',
    ],
    [
      'the overhead deciding',
      'id: slow_first_token',
      'id: slow_overhead',
      'metrics.1.mode',
      'not comparable',
    ],
    [
      'nothing that rolls back',
      'any_failure, mode: rollback',
      'any_failure, mode: hold',
      'metrics',
      'rollback',
    ],
    ['an endpoint that is not there', 'embeddings]', 'embedding]', 'scope.endpoints.1', 'expected'],
    ['a field that is not there', 'analysis: {', 'analysis: {alpha: 1, ', 'analysis', 'alpha'],
    ['a cron expression that is none', '0 17 * * 5', '0 17 * *', 'freeze.0.cron', 'five fields'],
    ['a time zone that is none', 'Europe/Berlin', 'Europe/Atlantis', 'freeze.0.timezone', 'time zone'],
    [
      'a freeze of going back',
      'timezone: Europe/Berlin',
      'blocks: [rollback]',
      'freeze.0.blocks.0',
      'promote',
    ],
  ])('is refused for %s, and the field is named', (_, what, instead, param, message) => {
    expect(PLAN).toContain(what);
    expect(() => parsePlan(PLAN.replace(what, instead))).toThrow(
      expect.objectContaining({ code: 'invalid_body', param, message: expect.stringContaining(message) }),
    );
  });

  it('is refused where it is no YAML, with the place, or too long', () => {
    expect(() => parsePlan('plan: [')).toThrow(
      expect.objectContaining({ message: expect.stringContaining('line 1') }),
    );
    expect(() => parsePlan(`${PLAN}#${'x'.repeat(300_000)}`)).toThrow(
      expect.objectContaining({ code: 'invalid_body' }),
    );
  });

  it('is refused where aliases blow it up', () => {
    const bomb = `a: &a [x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c]\n`;
    expect(() => parsePlan(bomb)).toThrow(expect.objectContaining({ code: 'invalid_body' }));
  });
});

describe('the hash of a plan', () => {
  const hash = (text: string) => planHash(parsePlan(text));

  it('is that of what it says, however it is written', () => {
    const lines = PLAN.trim().split('\n');
    const turned = [...lines.slice(-1), ...lines.slice(0, -1)].join('\n');
    expect(hash(`# a comment\n${turned}`)).toBe(hash(PLAN));
    expect(hash(PLAN.replace('bake: 2h', 'bake: 120m'))).toBe(hash(PLAN));
    expect(hash(PLAN)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is another for every other value', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8_000 }), fc.integer({ min: 1, max: 8_000 }), (one, other) => {
        const withRequests = (count: number) =>
          hash(PLAN.replace('min_requests: 2500', `min_requests: ${count}`));
        expect(withRequests(one) === withRequests(other)).toBe(one === other);
      }),
      { numRuns: 30 },
    );
  });
});
