import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../test/support/enrolment-question.ts';
import type { PathOverride } from '../../core/catalog.ts';
import type { RouteReason } from '../../core/route-decision.ts';
import { decidePath } from '../decide-path.ts';

interface Situation {
  readonly useLitellm: boolean;
  readonly killed: boolean;
  readonly supported: boolean;
  readonly override: PathOverride;
  readonly broken: boolean;
  readonly enrolled: boolean | undefined;
  readonly newArm: boolean;
}

const BOOLEANS = [true, false];
const OVERRIDES: readonly PathOverride[] = ['auto', 'legacy', 'litellm'];

const SITUATIONS: readonly Situation[] = BOOLEANS.flatMap((useLitellm) =>
  BOOLEANS.flatMap((killed) =>
    BOOLEANS.flatMap((supported) =>
      OVERRIDES.flatMap((override) =>
        BOOLEANS.flatMap((broken) =>
          [true, false, undefined].flatMap((enrolled) =>
            BOOLEANS.map((newArm) => ({ useLitellm, killed, supported, override, broken, enrolled, newArm })),
          ),
        ),
      ),
    ),
  ),
);

/** The contract's precedence as a list: the first line that applies decides. */
const PRECEDENCE: readonly (readonly [(s: Situation) => boolean, 'legacy' | 'litellm', RouteReason])[] = [
  [(s) => !s.useLitellm, 'legacy', 'use_litellm_off'],
  [(s) => s.killed, 'legacy', 'kill_switch'],
  [(s) => !s.supported, 'legacy', 'unsupported'],
  [(s) => s.override === 'legacy', 'legacy', 'key_override'],
  [(s) => s.override === 'litellm', 'litellm', 'key_override'],
  [(s) => s.broken, 'legacy', 'breaker_open'],
  [(s) => s.enrolled === undefined, 'legacy', 'flags_unavailable'],
  [(s) => s.enrolled === false, 'legacy', 'not_enrolled'],
  [(s) => !s.newArm, 'legacy', 'control_arm'],
  [() => true, 'litellm', 'enrolled'],
];

function decide(situation: Situation) {
  const { useLitellm, killed, supported, override, broken, enrolled, newArm } = situation;
  const asked: string[] = [];
  const { decision, draw } = decidePath(
    { ...requestOf('key_1'), drawId: 'req_1', override, supported },
    {
      useLitellm,
      isKilled: () => killed,
      isBreakerOpen: () => broken,
      isEnrolled: ({ keyId }) => {
        asked.push(keyId);
        return enrolled;
      },
      drawArm: (drawId) => {
        asked.push(drawId);
        return { isNew: newArm, share: 0.25, rules: undefined };
      },
    },
  );
  return { decision, draw, asked };
}

const OPEN = {
  useLitellm: true,
  killed: false,
  supported: true,
  override: 'auto',
  broken: false,
  enrolled: true,
  newArm: true,
} as const;

describe('decidePath', () => {
  it('is tested in every situation', () => {
    expect(SITUATIONS).toHaveLength(2 * 2 * 2 * 3 * 2 * 3 * 2);
  });

  it.each(SITUATIONS)(
    'USE_LITELLM=$useLitellm killed=$killed supported=$supported override=$override broken=$broken enrolled=$enrolled newArm=$newArm',
    (situation) => {
      const rule = PRECEDENCE.find(([applies]) => applies(situation));
      expect(decide(situation).decision).toEqual({ path: rule?.[1], reason: rule?.[2] });
    },
  );

  it('takes the new path in three kinds of situation only', () => {
    const taken = SITUATIONS.filter((situation) => decide(situation).decision.path === 'litellm');
    expect(taken.every((s) => s.useLitellm && !s.killed && s.supported)).toBe(true);
    expect(
      taken.every((s) => s.override === 'litellm' || (!s.broken && s.enrolled === true && s.newArm)),
    ).toBe(true);
    expect(taken).toHaveLength(12 + 1);
  });

  it('asks for the enrolment of the key and the arm of the request', () => {
    expect(decide(OPEN).asked).toEqual(['key_1', 'req_1']);
    expect(decide({ ...OPEN, enrolled: false }).asked).toEqual(['key_1']);
    expect(decide({ ...OPEN, killed: true }).asked).toEqual([]);
    expect(decide({ ...OPEN, broken: true }).asked).toEqual([]);
  });

  it('gives the draw with the share that it was made with, and none where none was made', () => {
    expect(decide(OPEN).draw).toEqual({ isNew: true, share: 0.25, rules: undefined });
    expect(decide({ ...OPEN, newArm: false }).draw).toMatchObject({ isNew: false, share: 0.25 });
    expect(decide({ ...OPEN, enrolled: false }).draw).toBeUndefined();
    expect(decide({ ...OPEN, override: 'litellm' }).draw).toBeUndefined();
  });
});
