import { describe, expect, it } from 'vitest';
import type { PathOverride } from '../../core/catalog.ts';
import type { RouteReason } from '../../core/route-decision.ts';
import { decidePath } from '../decide-path.ts';

interface Situation {
  readonly useLitellm: boolean;
  readonly killed: boolean;
  readonly supported: boolean;
  readonly override: PathOverride;
  readonly enrolled: boolean | undefined;
  readonly newArm: boolean;
}

const BOOLEANS = [true, false];
const OVERRIDES: readonly PathOverride[] = ['auto', 'legacy', 'litellm'];

const SITUATIONS: readonly Situation[] = BOOLEANS.flatMap((useLitellm) =>
  BOOLEANS.flatMap((killed) =>
    BOOLEANS.flatMap((supported) =>
      OVERRIDES.flatMap((override) =>
        [true, false, undefined].flatMap((enrolled) =>
          BOOLEANS.map((newArm) => ({ useLitellm, killed, supported, override, enrolled, newArm })),
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
  [(s) => s.enrolled === undefined, 'legacy', 'flags_unavailable'],
  [(s) => s.enrolled === false, 'legacy', 'not_enrolled'],
  [(s) => !s.newArm, 'legacy', 'control_arm'],
  [() => true, 'litellm', 'enrolled'],
];

function decide(situation: Situation) {
  const { useLitellm, killed, supported, override, enrolled, newArm } = situation;
  const asked: string[] = [];
  const decision = decidePath(
    { keyId: 'key_1', requestId: 'req_1', override, supported },
    {
      useLitellm,
      isKilled: () => killed,
      isEnrolled: (keyId) => {
        asked.push(keyId);
        return enrolled;
      },
      drawsNewArm: (requestId) => {
        asked.push(requestId);
        return newArm;
      },
    },
  );
  return { decision, asked };
}

describe('decidePath', () => {
  it('is tested in every situation', () => {
    expect(SITUATIONS).toHaveLength(2 * 2 * 2 * 3 * 3 * 2);
  });

  it.each(SITUATIONS)(
    'USE_LITELLM=$useLitellm killed=$killed supported=$supported override=$override enrolled=$enrolled newArm=$newArm',
    (situation) => {
      const rule = PRECEDENCE.find(([applies]) => applies(situation));
      expect(decide(situation).decision).toEqual({ path: rule?.[1], reason: rule?.[2] });
    },
  );

  it('takes the new path in three kinds of situation only', () => {
    const taken = SITUATIONS.filter((situation) => decide(situation).decision.path === 'litellm');
    expect(taken.every((s) => s.useLitellm && !s.killed && s.supported)).toBe(true);
    expect(taken.every((s) => s.override === 'litellm' || (s.enrolled === true && s.newArm))).toBe(true);
    expect(taken).toHaveLength(6 + 1);
  });

  it('asks for the enrolment of the key and the arm of the request', () => {
    const open = {
      useLitellm: true,
      killed: false,
      supported: true,
      override: 'auto',
      enrolled: true,
      newArm: true,
    } as const;
    expect(decide(open).asked).toEqual(['key_1', 'req_1']);
    expect(decide({ ...open, enrolled: false }).asked).toEqual(['key_1']);
    expect(decide({ ...open, killed: true }).asked).toEqual([]);
  });
});
