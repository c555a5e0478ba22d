import { z } from 'zod';
import type { Rollout } from '../../../rollout/rollout.ts';
import { type AdminOperation, defineOperation } from '../admin-operation.ts';
import { type AlertDependencies, alertsOperation } from './alerts-operation.ts';
import { switchKill } from './switch-kill.ts';

const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(1000) });
const changeBody = z.strictObject({
  enrolled_percent: z.int().min(0).max(100).optional(),
  arm_share: z.number().min(0).max(1).optional(),
});
const rolloutView = z.object({
  use_litellm: z.boolean(),
  killed: z.boolean(),
  enrolled_percent: z.number(),
  arm_share: z.number(),
  /** Ids of keys that are enrolled whatever the percentage is. */
  named_keys: z.array(z.string()),
  /** Of the release plan that was carried out last; null where none ever was. */
  run_id: z.string().nullable(),
  step_id: z.string().nullable(),
  /** Null where no flags were ever read. */
  snapshot_age_seconds: z.number().nullable(),
});

export interface RolloutRouteDependencies extends AlertDependencies {
  readonly rollout: Rollout;
  readonly useLitellm: boolean;
}

/** `/api/admin/rollout`: where the rollout stands, the percentage, and the kill switch. */
export function rolloutOperations(deps: RolloutRouteDependencies): readonly AdminOperation[] {
  const { rollout } = deps;
  const describe = () => describeRollout(deps);
  return [
    defineOperation({
      methods: ['get'],
      path: '/admin/rollout',
      role: 'viewer',
      summary: 'Where the rollout stands',
      input: {},
      response: rolloutView,
      handle: describe,
    }),
    defineOperation({
      methods: ['patch'],
      path: '/admin/rollout',
      role: 'operator',
      summary: 'Set the percentage of keys that are enrolled, or the share of the new arm',
      input: { body: changeBody },
      response: rolloutView,
      async handle({ body }, { name }) {
        await rollout.change({ enrolledPercent: body.enrolled_percent, armShare: body.arm_share }, name);
        return describe();
      },
    }),
    ...killOperations(deps, describe),
    alertsOperation(deps),
  ];
}

function killOperations(
  deps: RolloutRouteDependencies,
  describe: () => z.output<typeof rolloutView>,
): readonly AdminOperation[] {
  const kill = {
    action: 'kill',
    summary: 'Send all requests to the legacy path at once, whether or not the database answers',
    urgent: true,
  } as const;
  // Whoever goes back to the new path can wait until it is known that they still may.
  const unkill = { action: 'unkill', summary: 'Let the rollout decide again', urgent: false } as const;
  return [kill, unkill].map(({ action, summary, urgent }) =>
    defineOperation({
      methods: ['post'],
      path: `/admin/rollout/${action}`,
      role: 'operator',
      summary,
      urgent,
      input: { body: reasonBody },
      response: rolloutView,
      async handle({ body: { reason } }, { name }) {
        await switchKill(deps, action, { reason, actor: name });
        return describe();
      },
    }),
  );
}

function describeRollout({ rollout, killSwitch, useLitellm }: RolloutRouteDependencies) {
  const { enrolledPercent, armShare, namedKeys, rules, snapshotAgeSeconds } = rollout.summary();
  return {
    use_litellm: useLitellm,
    killed: killSwitch.isEngaged() || rollout.isKilledByFlag(),
    enrolled_percent: enrolledPercent,
    arm_share: armShare,
    named_keys: [...namedKeys],
    run_id: rules?.runId ?? null,
    step_id: rules?.stepId ?? null,
    snapshot_age_seconds: Number.isFinite(snapshotAgeSeconds) ? snapshotAgeSeconds : null,
  };
}
