import type { AdminActor } from './admin-operation.ts';

/**
 * Whose keys an account may see, with everything that was done with them: its own. Administrators see all.
 * @returns the owner's id; undefined for all
 */
export function visibleOwner(actor: AdminActor): string | undefined {
  // An account that is nobody owns nothing: no key has an empty owner.
  return actor.role === 'admin' ? undefined : (actor.userId ?? '');
}
