import { GatewayError } from '../../core/gateway-error.ts';
import type { Actor } from '../../services/admin-sessions.ts';

const RANK: Readonly<Record<Actor['role'], number>> = { viewer: 0, operator: 1, admin: 2 };

/** @throws GatewayError `forbidden` where the role is below the one that is needed */
export function refuseBelow(role: Actor['role'], needed: Actor['role']): void {
  if (RANK[role] < RANK[needed]) throw new GatewayError('forbidden', `This needs the role ${needed}.`);
}
