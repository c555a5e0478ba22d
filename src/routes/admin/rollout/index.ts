import { Router } from 'express';
import { z } from 'zod';
import type { KillSwitch } from '../../../rollout/kill-switch.ts';
import type { Rollout } from '../../../rollout/rollout.ts';
import type { AdminSessions } from '../../../services/admin-sessions.ts';
import { parseBody } from '../parse-body.ts';
import { actorOf, requireRole } from '../require-role.ts';

const reasonBody = z.strictObject({ reason: z.string().trim().min(1).max(1000) });
const changeBody = z.strictObject({
  enrolled_percent: z.int().min(0).max(100).optional(),
  arm_share: z.number().min(0).max(1).optional(),
});

export interface RolloutRouteDependencies {
  readonly rollout: Rollout;
  readonly killSwitch: KillSwitch;
  readonly useLitellm: boolean;
  readonly sessions: AdminSessions;
}

/** `/api/admin/rollout`: where the rollout stands, the percentage, and the kill switch. */
export function createRolloutRouter(deps: RolloutRouteDependencies): Router {
  const { rollout, killSwitch, sessions } = deps;
  const router = Router();
  const describe = () => {
    const { enrolledPercent, armShare, snapshotAgeSeconds } = rollout.summary();
    return {
      use_litellm: deps.useLitellm,
      killed: killSwitch.isEngaged() || rollout.isKilledByFlag(),
      enrolled_percent: enrolledPercent,
      arm_share: armShare,
      snapshot_age_seconds: Number.isFinite(snapshotAgeSeconds) ? snapshotAgeSeconds : null,
    };
  };

  router.get('/', requireRole(sessions, 'viewer'), (_request, response) => {
    response.json(describe());
  });
  router.patch('/', requireRole(sessions, 'operator'), async (request, response) => {
    const change = parseBody(changeBody, request.body);
    await rollout.change({ enrolledPercent: change.enrolled_percent, armShare: change.arm_share });
    response.json(describe());
  });
  router.post('/kill', requireRole(sessions, 'operator'), (request, response) => {
    const { reason } = parseBody(reasonBody, request.body);
    killSwitch.engage({ reason, actor: actorOf(request, sessions).name });
    response.json(describe());
  });
  router.post('/unkill', requireRole(sessions, 'operator'), (request, response) => {
    const { reason } = parseBody(reasonBody, request.body);
    killSwitch.release({ reason, actor: actorOf(request, sessions).name });
    response.json(describe());
  });
  return router;
}
