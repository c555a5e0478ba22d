import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../test/support/enrolment-question.ts';
import type { PathSignals } from '../decide-path.ts';
import { explainPath } from '../explain-path.ts';
import type { PlanScope } from '../plan/release-plan.ts';

const QUESTION = { ...requestOf('key_a'), drawId: 'req_1', override: 'auto', supported: true } as const;
const DRAW = { isNew: true, share: 0.25, rules: undefined };

function explain(signals: Partial<PathSignals> = {}, question: object = {}, scope?: PlanScope) {
  const open: PathSignals = {
    useLitellm: true,
    isKilled: () => false,
    isBreakerOpen: () => false,
    isEnrolled: () => true,
    drawArm: () => DRAW,
    ...signals,
  };
  return explainPath({ ...QUESTION, ...question }, open, scope);
}

describe('the explanation of a path', () => {
  it.each<[string, ReturnType<typeof explain>, string, number]>([
    ['use_litellm', explain({ useLitellm: false }), 'use_litellm_off', 1],
    ['kill_switch', explain({ isKilled: () => true }), 'kill_switch', 2],
    ['support', explain({}, { supported: false }), 'unsupported', 3],
    ['key_override', explain({}, { override: 'legacy' }), 'key_override', 4],
    ['breaker', explain({ isBreakerOpen: () => true }), 'breaker_open', 5],
    ['flags', explain({ isEnrolled: () => undefined }), 'flags_unavailable', 6],
    ['scope', explain({ isEnrolled: () => false }, {}, { providers: ['anthropic'] }), 'not_enrolled', 7],
    ['enrolment', explain({ isEnrolled: () => false }, {}, { providers: ['openai'] }), 'not_enrolled', 8],
    ['arm', explain(), 'enrolled', 9],
    ['arm', explain({ drawArm: () => ({ ...DRAW, isNew: false }) }), 'control_arm', 9],
  ])('ends at %s, and all before it let the request through', (step, explanation, reason, count) => {
    expect(explanation.decision.reason).toBe(reason);
    expect(explanation.steps).toHaveLength(count);
    expect(explanation.steps.at(-1)).toMatchObject({ step, decides: true });
    expect(explanation.steps.slice(0, -1).every(({ decides }) => !decides)).toBe(true);
  });

  it('has the share of the new arm where a coin is thrown for each request, and none elsewhere', () => {
    expect(explain().newShare).toBe(0.25);
    expect(explain({ isKilled: () => true }).newShare).toBeUndefined();
  });
});
